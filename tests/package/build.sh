#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# build.sh DIR: builds Debian packages out of this tree, as it lies here, into DIR:
#   first/   as one would, tests and source package included
#   again/   a second time, in another place, time zone and umask, and without the tests
#   later/   with a higher version number
#   last/    with a higher one still, and another hook file
# Each has what dpkg-buildpackage printed in `log` and its exit status in `status`. They are built as
# nobody, without a network.
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
top=${here%/tests/package}
dir=$1
readonly NOBODY=65534

as_nobody() {
	unshare --net --pid --fork --kill-child --mount-proc -- \
		setpriv --reuid=$NOBODY --regid=$NOBODY --clear-groups --no-new-privs \
		env -u MAKEFLAGS -u MAKELEVEL -u CC -u CFLAGS -u CPPFLAGS -u LDFLAGS -u VERSION \
		HOME=/nonexistent LC_ALL=C.UTF-8 "$@"
}

# tree PLACE: a copy of what is here, but for what was built.
tree() {
	mkdir -p "$1"
	tar -C "$top" --exclude=./build --exclude=./.git -cf - . | tar -C "$1" --no-same-owner -xf -
	chown -R $NOBODY:$NOBODY "$1"
}

# build NAME TREE OPTION...
build() {
	local name=$1 tree=$2 status=0
	shift 2
	mkdir "$dir/$name"
	(cd "$tree" && as_nobody dpkg-buildpackage -us -uc "$@") >"$dir/$name/log" 2>&1 </dev/null ||
		status=$?
	find "$tree/.." -maxdepth 1 -type f -exec mv -t "$dir/$name" {} +
	echo "$status" >"$dir/$name/status"
}

# release TREE VERSION
release() {
	local log=$1/debian/changelog
	{
		printf 'vif-route-ipv6 (%s) unstable; urgency=low\n\n  * Test.\n\n' "$2"
		sed -n '/^ -- /{p;q}' "$log"
		echo
		cat "$log"
	} >"$dir/changelog"
	cat "$dir/changelog" >"$log"
}

chmod 755 "$dir"
mkdir -m 755 "$dir/trees"
chown $NOBODY:$NOBODY "$dir/trees"
tree "$dir/trees/tree"
build first "$dir/trees/tree"

mkdir -p "$dir/trees/some/where"
chown $NOBODY:$NOBODY "$dir/trees/some/where"
tree=$dir/trees/some/where/else
tree "$tree"
export DEB_BUILD_OPTIONS=nocheck
(umask 077 && TZ=Pacific/Apia build again "$tree" --build=binary)
version=$(dpkg-parsechangelog -l "$tree/debian/changelog" -S Version)
release "$tree" "$version+1"
build later "$tree" --build=binary --no-pre-clean
release "$tree" "$version+2"
echo '# Another version of the hook file.' >>"$tree/etc/vif-post.d/50-vif-route-ipv6.hook"
build last "$tree" --build=binary --no-pre-clean
rm -rf "$dir/trees" "$dir/changelog"
