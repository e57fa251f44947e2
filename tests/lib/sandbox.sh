#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# sandbox.sh CMD...: runs CMD in namespaces of its own (network, mounts, processes), where it can
# do as dom0 does without touching this machine, and where all that it started ends with it.
# WORK names a directory that both sides see. Wants root, or a user namespace around it.
set -euo pipefail

: "${WORK:?a directory to work in}"

# A /dev without the machine's log socket, so that what is written to syslog stays in here.
private_dev() {
	local node
	mkdir "$WORK/dev"
	mount -t tmpfs -o mode=755 tmpfs "$WORK/dev"
	mkdir "$WORK/dev/net" "$WORK/dev/shm"
	for node in null zero full random urandom tty net/tun; do
		[[ -e /dev/$node ]] || continue
		touch "$WORK/dev/$node"
		mount --bind "/dev/$node" "$WORK/dev/$node"
	done
	ln -s /proc/self/fd "$WORK/dev/fd"
	mount --rbind "$WORK/dev" /dev
}

# /etc/xen is a copy, free to be changed.
private_etc_xen() {
	[[ -d /etc/xen ]] || return 0
	cp -R --preserve=mode /etc/xen "$WORK/etc-xen"
	mount --bind "$WORK/etc-xen" /etc/xen
}

inside() {
	local dir
	mount --make-rprivate /
	private_etc_xen
	private_dev
	for dir in /run /var/lib /var/log; do
		mount -t tmpfs -o mode=755 tmpfs "$dir"
	done
	# /sys shows the network namespace of who mounted it. A container may forbid that: go without.
	mount -t sysfs sysfs /sys 2>/dev/null || :
	ip link set lo up
	exec "$@"
}

if [[ ${1:-} == --inside ]]; then
	shift
	inside "$@"
fi
exec unshare --net --mount --pid --fork --kill-child --mount-proc -- "$0" --inside "$@"
