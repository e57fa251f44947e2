#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# systemd.sh DIR UNIT: a systemd of its own, with the units in DIR alone, of which it starts UNIT. To
# be run inside lib/sandbox.c. It is process 1 of a further namespace, and its control groups are
# below one made for it. SYSTEMD_ROOT names a root in which another Debian lies, whose systemd is to
# run. Status 77: this machine does not let it.
set -euo pipefail

dir=$1 unit=$2 root=${SYSTEMD_ROOT:-}
hierarchy=$WORK/cgroup
group=$hierarchy/vif-route-ipv6-test${WORK//\//.}

no() {
	echo "$1"
	exit 77
}

# The hierarchy's root is this machine's: nothing but the one group is made there, and taken away.
enter() {
	mkdir -p "$hierarchy"
	mount -t cgroup -o none,name=systemd cgroup "$hierarchy" 2>/dev/null || no "no control groups"
	mkdir "$group"
	echo $BASHPID >"$group/cgroup.procs"
}

leave() {
	echo $BASHPID >"$hierarchy/cgroup.procs"
	find "$group" -depth -type d -exec rmdir {} + 2>/dev/null || :
}

# In the namespaces: what a container's systemd expects to find.
inside() {
	umount "$hierarchy"
	[[ -z $root ]] || mount -t proc proc "$root/proc"
	mount -t tmpfs tmpfs "$root/sys/fs/cgroup"
	mkdir "$root/sys/fs/cgroup/systemd"
	mount -t cgroup -o none,name=systemd cgroup "$root/sys/fs/cgroup/systemd"
	export container=test SYSTEMD_UNIT_PATH=$dir SYSTEMD_GENERATOR_PATH=/nowhere
	# No other hierarchy than that one.
	export SYSTEMD_PROC_CMDLINE='systemd.unified_cgroup_hierarchy=0 systemd.legacy_systemd_cgroup_controller=1'
	exec ${root:+chroot "$root"} /lib/systemd/systemd --system --log-target=null --unit="$unit"
}

if [[ ${3:-} == --inside ]]; then
	inside
fi
[[ -x $root/lib/systemd/systemd ]] || no "no systemd"
enter
trap leave EXIT
unshare --cgroup --mount --pid --fork --kill-child --mount-proc --uts --ipc -- "$0" "$dir" "$unit" --inside
