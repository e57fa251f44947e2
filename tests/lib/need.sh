#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# need.sh PACKAGE...: sees to it that these Debian packages are installed. Root installs what is
# missing; anyone else is told the command. What this Debian does not have is named: its tests skip.
set -euo pipefail

missing=()

installed() {
	[[ $(dpkg-query -W -f '${db:Status-Status}' "$1" 2>/dev/null) == installed ]]
}

quietly() {
	local log
	log=$(mktemp)
	if ! "$@" >"$log" 2>&1; then
		cat "$log" >&2
		rm -f "$log"
		return 1
	fi
	rm -f "$log"
}

can_be_installed() {
	apt-get install -s --no-install-recommends "$@" >/dev/null 2>&1
}

# Leaves out of missing what this Debian does not have.
leave_out_unknown() {
	local package known=()
	for package in "${missing[@]}"; do
		if can_be_installed "$package"; then
			known+=("$package")
		else
			echo "need.sh: this Debian has no $package" >&2
		fi
	done
	missing=("${known[@]}")
}

command -v dpkg-query >/dev/null || {
	echo "need.sh: this is no Debian; the tests want what these packages hold: $*" >&2
	exit 1
}
for package in "$@"; do
	installed "$package" || missing+=("$package")
done
((${#missing[@]})) || exit 0

if ((EUID != 0)); then
	echo "need.sh: packages are missing; as root, run:" >&2
	echo "  apt-get install --no-install-recommends ${missing[*]}" >&2
	exit 1
fi
echo "installing ${missing[*]}" >&2
export DEBIAN_FRONTEND=noninteractive
# The lists may be old or absent: only then are they fetched, and the install tried again.
can_be_installed "${missing[@]}" || quietly apt-get update
can_be_installed "${missing[@]}" || leave_out_unknown
quietly apt-get install -y --no-install-recommends "${missing[@]}"
