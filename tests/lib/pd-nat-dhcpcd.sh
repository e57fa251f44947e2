# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# The real dhcpcd for tests of pd-nat, to be sourced behind harness.sh. It only ever runs where
# /etc/resolv.conf, its leases and /run are the test's own.
#
# own_files            for what dhcpcd would overwrite, and what it remembers
# hook_of DIR          the hook as it is installed, for the program in DIR
# conf_of LINK         what dhcpcd-conf prints, with that hook
# start, stop          it runs; start_by WRAPPER... where WRAPPER puts it
# complaints, expect_no_complaints      of what it and the hook have said
# own_disk DIR         a file system with the immutable attribute
# soon CONDITION...    as wait_for; it tells all logs where that fails

# dhcpcd's own, and what the hook says on stderr.
COMPLAINT='unknown|invalid|warn|error|cannot|must|no longer|not supported|failed|denied'
COMPLAINT+='|vif-route-ipv6: '
DHCPCD_PID=''

own_files() {
	echo 'nameserver 192.0.2.53' >"$WORK/resolv.conf"
	mount --bind "$WORK/resolv.conf" /etc/resolv.conf
	mkdir -p /var/lib/dhcpcd
}

# As `make install` makes it.
hook_of() {
	sed "s|@SBINDIR@|$1|" "$TOP/etc/dhcpcd-hook" >"$WORK/dhcpcd-hook"
	chmod +x "$WORK/dhcpcd-hook"
}

# In $WORK/conf.
conf_of() {
	run "$PROGRAM" -c "$CFG" pd-nat dhcpcd-conf "$1"
	expect_ok
	sed "s|^script .*|script $WORK/dhcpcd-hook|" "$WORK/out" >"$WORK/conf"
}

start() {
	start_by env
}

# No udev tells here that a link is ready: --nodev.
start_by() {
	"$@" dhcpcd --nodev -B -d -f "$WORK/conf" >"$WORK/dhcpcd.log" 2>&1 &
	DHCPCD_PID=$!
}

ends() {
	kill "$DHCPCD_PID" || return 0
	return 1
}

# Again and again: 9.4.1 loses a SIGTERM that comes while it waits for its hook.
stop() {
	soon ends
}

complaints() {
	grep -iE "$COMPLAINT" "$WORK/dhcpcd.log"
}

expect_no_complaints() {
	! complaints >"$WORK/complaints" || fail "dhcpcd complains:" "$(<"$WORK/complaints")"
}

# A lease takes seconds: it is not looked for all the time.
soon() {
	local began=$SECONDS
	until "$@" >/dev/null 2>&1; do
		patience
		((SECONDS - began <= 30 * PATIENCE)) || fail "not true within 30 s: $*" "$(tail -n +1 "$WORK"/*.log)"
		sleep 0.2
	done
}

# A new ext4 in a file, on DIR; it goes with the sandbox, immutable or not.
own_disk() {
	local file i
	file=$(mktemp "$WORK/ext4.XXXXXX")
	[[ -e /dev/loop-control ]] || {
		mknod -m 600 /dev/loop-control c 10 237
		for i in {0..15}; do mknod -m 600 "/dev/loop$i" b 7 "$i"; done
	}
	truncate -s 4M "$file"
	mkfs.ext4 -q "$file"
	mount -o loop "$file" "$1" 2>/dev/null || skip "no loop mounts here"
}
