# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# What must not start, and what xl then says; and a domU that ipv6.cfg does not know, which must.
# Their kernels never run: the hotplug script is what it is about.

# shellcheck source=tests/xen/lib.sh
. "$TESTS/lib.sh"

line=$(grep -n '^ipv6_gateway_addr = 2001:db8:0:f2::/64' /etc/xen/ipv6.cfg)
place=/etc/xen/ipv6.cfg:${line%%:*}

# with_script NAME SCRIPT
with_script() {
	domu "$1" <<-END
		type = "pv"
		vif = ['script=$2']
	END
}

check 'a mistake in its entry, hook file: xl prints file and line'
with_script broken vif-route
refused broken "$place"

check 'a mistake in its entry, script=: xl prints file and line'
with_script broken vif-route-ipv6
refused broken "$place"

check "another running domU's network: xl names both, and that one keeps it"
with_script owner vif-route
with_script thief vif-route-ipv6
create_paused owner
refused thief 2001:db8:0:f1::1 owner
has "$(vif owner)" 2001:db8:0:f1::1/64
destroy owner

check 'no entry, hook file: connected, without an address of the suite'
with_script nobody vif-route
create_paused nobody
connected nobody
has_none "$(vif nobody)"
destroy nobody

check 'no entry, script=: connected, without an address of the suite'
with_script nobody vif-route-ipv6
create_paused nobody
connected nobody
has_none "$(vif nobody)"
destroy nobody
