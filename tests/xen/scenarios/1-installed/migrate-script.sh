# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# Live migration with the program as the hotplug script, and with an IPv4 address in ip=, whose
# route the target takes over.

# shellcheck source=tests/xen/lib.sh
. "$TESTS/lib.sh"
# shellcheck source=tests/xen/migrate.sh
. "$TESTS/migrate.sh"

domu roam <<-END
	type = "pvh"
	vif = ['script=vif-route-ipv6,ip=192.0.2.32']
	extra = "$guest,$internet4 eth0=2001:db8:0:b1::2/64@2001:db8:0:b1::1,192.0.2.32/32@198.51.100.1"
END

check 'a PVH domU starts'
create roam
has "$(vif roam)" 2001:db8:0:b1::1/64
pings roam "$internet4"

migrates roam 2001:db8:0:b1::1
nothing 'an IPv4 route is left' ip route show 192.0.2.32
