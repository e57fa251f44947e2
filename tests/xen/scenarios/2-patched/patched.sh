# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# The patched vif-route.

# shellcheck source=tests/xen/lib.sh
. "$TESTS/lib.sh"

domu patched <<-END
	type = "pv"
	vif = ['vifname=patched0,ip=192.0.2.33']
	extra = "$guest,$internet4 eth0=2001:db8:0:d::2/64@2001:db8:0:d::1,192.0.2.33/32@198.51.100.1"
END
domu broken <<-END
	type = "pv"
	vif = ['']
END

check 'the patched vif-route gives the vif its gateway address'
create patched
connected patched
has patched0 2001:db8:0:d::1/64

check 'a mistake in its entry: xl prints file and line'
refused broken /etc/xen/ipv6.cfg:

check 'the guest reaches the internet by both protocols, and is reached'
pings patched 2001:db8:0:d::1 "$internet" "$internet4"
reachable 2001:db8:0:d::2 192.0.2.33

check 'destroy leaves nothing'
destroy patched
within 10 no_link patched0
nothing_names patched0
