#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# root.sh DIR: sees to a clean Debian 12 in DIR/root, with what the package depends on and what its
# tests need, and with those packages in apt's cache, so that the tests need no network. It is made
# anew when this script, apt's configuration or the mirror's state differ from what DIR/root.key has.
# Status 77: apt is configured with no mirror of Debian 12. What an interrupted call leaves is
# DIR/root.new.
set -euo pipefail

readonly RELEASE=bookworm
PACKAGES=libinih1,libmnl0,libxenstore4,nftables,netbase
PACKAGES+=,iproute2,net-tools,xen-utils-common,systemd

dir=$1

# The mirrors of the machine's own apt, as lines of a sources.list.
sources() {
	# shellcheck disable=SC2016 # the words are apt's to fill in
	apt-get indextargets --format 'deb $(REPO_URI) $(RELEASE) $(COMPONENT)' 'Created-By: Packages' |
		grep -E "^deb [^ ]+ $RELEASE(-updates|-security)? main$" | sort -u
}

# How the machine's own apt reaches them.
access() {
	apt-config dump | grep -E '^Acquire::(https?::|Check-|Retries|Languages)' || :
}

key() {
	{
		cat "$0" "$dir/sources" "$dir/access"
		cat /var/lib/apt/lists/*"_${RELEASE}"*_InRelease 2>/dev/null || :
	} | sha256sum
}

# In namespaces of its own: what ends this script ends it as well, and no mount is left.
make_root() {
	unshare --mount --pid --fork --kill-child --mount-proc -- mmdebstrap --quiet --mode=root \
		--variant=minbase --format=directory --include="$PACKAGES" --aptopt="$dir/access" \
		--dpkgopt=force-unsafe-io --skip=cleanup/apt/lists,cleanup/apt/cache \
		"$RELEASE" "$dir/root.new" - <"$dir/sources"
}

mkdir -p "$dir"
sources >"$dir/sources" || {
	echo "apt is configured with no mirror of Debian 12 ($RELEASE)"
	exit 77
}
access >"$dir/access"
[[ $(key) != "$(cat "$dir/root.key" 2>/dev/null)" ]] || exit 0
rm -rf --one-file-system "$dir/root.key" "$dir/root" "$dir/root.new"
make_root
mv "$dir/root.new" "$dir/root"
key >"$dir/root.key"
