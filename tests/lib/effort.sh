# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# How much of a test runs, on which build, and how long it may take. To be sourced; the tests on real
# Xen have it, too.

# release_build WHY: the rest of the test needs a program without sanitizers, which net/run may have
# in RELEASE_PROGRAM.
release_build() {
	is_sanitized || return 0
	[[ -n ${RELEASE_PROGRAM:-} ]] || skip "$1"
	PROGRAM=$RELEASE_PROGRAM
}

is_sanitized() {
	[[ $(ldd "$PROGRAM") == *asan* ]]
}

# many ALL SAMPLE: how many of something to try, ALL with THOROUGH=yes.
many() {
	if [[ -n ${THOROUGH:-} ]]; then echo "$1"; else echo "$2"; fi
}

# How many times slower than an idle one a machine may be that has this much to do, into PATIENCE.
patience() {
	local load
	read -r load _ </proc/loadavg
	# shellcheck disable=SC2034 # for who calls this
	PATIENCE=$((${load%.*} / ${CORES:=$(nproc)} + 1))
}
