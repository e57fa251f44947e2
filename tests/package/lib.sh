# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# For tests of the installed package: a copy of the clean Debian 12 for each, which is thrown away.
# It has the sandbox's network, and apt there reaches nothing but its own cache.

: "${PACKAGES:?the packages, from package/run}" "${CLEAN_ROOT:?a clean root, from package/run}"

ROOT=$WORK/root
# shellcheck disable=SC2034 # for the tests
VERSION=$(sed -n 's/^VERSION *= *//p' "$TOP/Makefile")

in_root() {
	chroot "$ROOT" env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LC_ALL=C.UTF-8 "$@"
}

# What is written goes to memory, over the root that is kept.
root_up() {
	local layer=$WORK/layer
	[[ $ROOT_STATUS != 77 ]] || skip "$(<"$PACKAGES/root.log")"
	[[ $ROOT_STATUS == 0 ]] || fail "no clean root" "$(<"$PACKAGES/root.log")"
	mkdir "$ROOT" "$layer"
	mount -t tmpfs -o mode=755 tmpfs "$layer"
	mkdir "$layer/upper" "$layer/work"
	mount -t overlay -o "lowerdir=$CLEAN_ROOT,upperdir=$layer/upper,workdir=$layer/work" overlay "$ROOT"
	mount -t proc proc "$ROOT/proc"
	mount -t sysfs sysfs "$ROOT/sys" 2>/dev/null || mount --rbind /sys "$ROOT/sys"
	mount -t devpts -o newinstance devpts "$ROOT/dev/pts"
	mount --bind "$PACKAGES" "$ROOT/mnt"
}

# deb NAME: the package that build.sh made under that name, as the root sees it.
deb() {
	local file
	file=$(echo "$PACKAGES/$1"/vif-route-ipv6_*.deb)
	[[ -e $file ]] || fail "the package was not built" "$(tail -n 30 "$PACKAGES/$1/log")"
	echo "/mnt/$1/${file##*/}"
}

# dpkg, with nobody there to answer a question.
dpkg() {
	run in_root dpkg "$@"
	expect_status 0
}

# install_package NAME [OPTION...]
install_package() {
	local file
	file=$(deb "$1")
	dpkg "${@:2}" --install "$file"
}

# XenStore, where xenstore-read and the program look for it without being told.
xenstore_in_root() {
	mkdir -p "$ROOT/run/xenstored"
	mount --bind "$XENSTORED_RUNDIR" "$ROOT/run/xenstored"
}

# vif_route COMMAND DOMID DEVID: Xen's own script in the root, as libxl calls it.
vif_route() {
	run in_root XENBUS_TYPE=vif XENBUS_BASE_PATH=backend "XENBUS_PATH=backend/vif/$2/$3" \
		script=/etc/xen/scripts/vif-route netdev= "vif=vif$2.$3" \
		/etc/xen/scripts/vif-route "$1" type_if=vif
}

# --- systemd in the root ---

systemd_in_root() {
	# None of what else a machine would start.
	rm -r "$ROOT"/lib/systemd/system/*.wants
	SYSTEMD_ROOT=$ROOT "$TOP/tests/lib/systemd.sh" /etc/systemd/system:/lib/systemd/system \
		basic.target >"$WORK/systemd" 2>&1 &
	systemd=$!
	trap 'systemd_down; xenstore_down' EXIT
	wait_for 20 systemd_runs
}

systemd_runs() {
	kill -0 "$systemd" 2>/dev/null || skip "systemd cannot run here: $(<"$WORK/systemd")"
	under_systemd systemctl is-active basic.target
}

# As in_root, where systemd can tell who asks.
under_systemd() {
	nsenter --pid --mount --target "$(systemd_pid)" -- chroot "$ROOT" \
		env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LC_ALL=C.UTF-8 "$@"
}

# expect_unit UNIT PROPERTY VALUE
expect_unit() {
	local seen
	seen=$(under_systemd systemctl show --value -P "$2" "$1")
	[[ $seen == "$3" ]] || fail "expected of $1: $2=$3, saw $seen"
}
