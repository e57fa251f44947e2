#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# What differs between the releases of Debian, for the Makefile and all tiers of the tests. It is
# about the root in which it runs.
#
# release.sh codename    bookworm, trixie ...
# release.sh xen         the version in the names of Xen's packages and folders: 4.17
# release.sh kernel      the package of the newest kernel that apt knows, for the emulated machine
# release.sh sources [CODENAME]      the mirrors of this machine's apt as lines of a sources.list, for
#                                    this release or another one; status 1 without any
#
# What needs no name here is told apart by content: see plain in tests/xen/machine.sh.
set -euo pipefail

codename() {
	(. /etc/os-release && echo "${VERSION_CODENAME:?/etc/os-release has no VERSION_CODENAME}")
}

# dependency PACKAGE PATTERN: what it depends on, which has the release's version in its name.
dependency() {
	apt-cache depends --important "$1" 2>/dev/null | grep -oE "Depends: $2" | cut -d ' ' -f 2
}

# A fresh machine has no lists yet: the releases that are supported have their version here.
xen() {
	case $(codename) in
	bookworm) echo 4.17 ;;
	trixie) echo 4.20 ;;
	*) dependency xen-system-amd64 'xen-hypervisor-[0-9.]+' | grep -oE '[0-9.]+$' ;;
	esac
}

kernel() {
	dependency linux-image-amd64 'linux-image-[0-9].*'
}

sources() {
	local own
	own=$(codename)
	# shellcheck disable=SC2016 # the words are apt's to fill in
	apt-get indextargets --format 'deb $(REPO_URI) $(RELEASE) $(COMPONENT)' 'Created-By: Packages' |
		sed -nE "s/^(deb [^ ]+) ($own|stable|testing)(-updates|-security)? main\$/\1 ${1:-$own}\3 main/p" |
		sort -u | grep .
}

"$@"
