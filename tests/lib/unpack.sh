#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# unpack.sh DIR PACKAGE...: Debian packages unpacked into DIR, once, and not installed: what they would
# do at the next boot is not for a developer's machine. Without a network, DIR stays as it is, and the
# tests that need it skip.
set -euo pipefail

dir=$1
shift
[[ ! -e $dir ]] || exit 0
command -v dpkg-deb >/dev/null || exit 0

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
chmod 755 "$work"
(cd "$work" && apt-get -q -o APT::Sandbox::User=root download "$@" >/dev/null 2>&1) || {
	echo "unpack.sh: cannot download $*" >&2
	exit 0
}
for package in "$work"/*.deb; do
	dpkg-deb -x "$package" "$work/root"
done
mkdir -p "${dir%/*}"
mv "$work/root" "$dir"
