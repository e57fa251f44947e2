#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# debian-root.sh DIR CODENAME PACKAGE...: makes a clean Debian of that release in DIR/root, with these
# packages and what they need, and keeps all packages in its apt's cache, so that tests in it need no
# network. It is made anew if this script, the packages, apt's configuration or the mirror's state
# differ from what DIR/root.key has. An interrupted call leaves DIR/root.new.
# Status 77: apt is configured with no mirror of Debian.
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
dir=$1 codename=$2
shift 2
packages=$(IFS=, && echo "$*")

# How the machine's own apt reaches its mirrors.
access() {
	apt-config dump | grep -E '^Acquire::(https?::|Check-|Retries|Languages)' || :
}

key() {
	{
		echo "$packages"
		cat "$0" "$dir/sources" "$dir/access"
		cat /var/lib/apt/lists/*"_${codename}"*_InRelease 2>/dev/null || :
	} | sha256sum
}

# In namespaces of its own: what ends this script ends it as well, and no mount is left.
make_root() {
	unshare --mount --pid --fork --kill-child --mount-proc -- mmdebstrap --quiet --mode=root \
		--variant=minbase --format=directory --include="$packages" --aptopt="$dir/access" \
		--dpkgopt=force-unsafe-io --skip=cleanup/apt/lists,cleanup/apt/cache \
		"$codename" "$dir/root.new" - <"$dir/sources"
}

mkdir -p "$dir"
"$here/release.sh" sources "$codename" >"$dir/sources" || {
	echo "apt is configured with no mirror of Debian"
	exit 77
}
access >"$dir/access"
[[ $(key) != "$(cat "$dir/root.key" 2>/dev/null)" ]] || exit 0
rm -rf --one-file-system "$dir/root.key" "$dir/root" "$dir/root.new"
make_root
mv "$dir/root.new" "$dir/root"
key >"$dir/root.key"
