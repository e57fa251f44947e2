# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# A run that is killed, or refused, at one of its system calls. To be sourced by a test, behind
# harness.sh. A run is a command that takes, as its last words, a tracer for the program it runs:
#
#     online() { run "$@" "$PROGRAM" online vif1.0; }
#
#     calls online                       the calls of an undisturbed run into CALLS
#     disturbed signal=KILL "read 3" online
#     disturbed error=ENOMEM "${CALLS[7]}" online

# shellcheck source=tests/lib/effort.sh
source "${BASH_SOURCE[0]%/*}/effort.sh"

# Each test disturbs a dozen of the calls, others in each run, or, with THOROUGH=yes, all of them.

need_strace() {
	command -v strace >/dev/null || skip "no strace: install it"
	release_build "the leak checker does not work under strace"
}

# some_calls: of CALLS those to disturb.
some_calls() {
	local wanted
	wanted=$(many "${#CALLS[@]}" 12)
	((${#CALLS[@]} <= wanted)) || mapfile -t CALLS < <(printf '%s\n' "${CALLS[@]}" | shuf -n "$wanted")
}

# calls CMD...: each as "NAME N", its N-th of that name, which is how strace counts. execve is the
# start itself; what the run starts in turn is not looked at.
calls() {
	"$@" strace -o "$WORK/trace" -e trace=all
	expect_status 0
	list_calls
	((${#CALLS[@]} > 50)) || fail "only ${#CALLS[@]} calls seen"
}

list_calls() {
	mapfile -t CALLS < <(sed -n 's/^\([a-z_0-9]*\)(.*/\1/p' "$WORK/trace" |
		grep -vx -e execve -e exit_group | awk '{ print $1, ++seen[$1] }')
}

# own_calls CMD...: CALLS, without those of the loader; alarm is among the first of main's own.
own_calls() {
	local i
	need_strace
	calls "$@"
	for i in "${!CALLS[@]}"; do
		[[ ${CALLS[i]} != 'alarm 1' ]] || break
	done
	CALLS=("${CALLS[@]:i}")
	((${#CALLS[@]} > 30)) || fail "only ${#CALLS[@]} calls of its own"
}

# keep_calls NAMES...: of CALLS those of these names alone; drop_calls: all but those.
keep_calls() {
	mapfile -t CALLS < <(printf '%s\n' "${CALLS[@]}" | grep -E "^($(joined "$@")) ")
}

drop_calls() {
	mapfile -t CALLS < <(printf '%s\n' "${CALLS[@]}" | grep -vE "^($(joined "$@")) ")
}

# each_error CMD...: CMD error=NAME for each kind of error, CALLS being those that can meet it.
each_error() {
	local all=("${CALLS[@]}") kind error names
	for kind in 'EIO openat read write' 'EINTR read write poll flock wait4 sendto recvmsg' \
		'ENOBUFS sendto recvmsg' 'ENOSPC openat write'; do
		read -r error names <<<"$kind"
		CALLS=("${all[@]}")
		# shellcheck disable=SC2086 # each a word
		keep_calls $names
		"$@" "error=$error"
	done
}

# sample N: every N-th of CALLS, others in each run of the test.
sample() {
	local i all=("${CALLS[@]}")
	CALLS=()
	for ((i = RANDOM % $1; i < ${#all[@]}; i += $1)); do
		CALLS+=("${all[i]}")
	done
}

joined() {
	local IFS='|'
	echo "$*"
}

# tracer FAULT "NAME N": the words that bring it about, into TRACER. The traced set must contain the
# call, or nothing is injected.
tracer() {
	TRACER=(strace -o "$WORK/disturbed" -e "trace=${2% *}" -e "inject=${2% *}:$1:when=${2#* }")
	: >"$WORK/disturbed"
}

# UNSTEADY is the name of a call whose number differs from run to run, so that the last may be missing.
expect_injected() {
	local seen
	seen=$(<"$WORK/disturbed")
	[[ $seen == *INJECTED* || $seen == *'killed by SIGKILL'* || $1 == "${UNSTEADY:-none} "* ]] ||
		fail "$1: nothing was injected"
}

# disturbed FAULT "NAME N" CMD...
disturbed() {
	tracer "$1" "$2"
	{ "${@:3}" "${TRACER[@]}"; } 2>/dev/null # the shell's own word of what was killed
	expect_injected "$2"
}
