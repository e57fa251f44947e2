# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# Where dom0 has no IPv4 address, vif-route gives up before any hook; script= serves there.

# shellcheck source=tests/xen/lib.sh
. "$TESTS/lib.sh"

domu modern <<-END
	type = "pv"
	vif = ['script=vif-route-ipv6']
	extra = "$guest eth0=2001:db8:0:e::2/64@2001:db8:0:e::1"
END
domu dated <<-END
	type = "pv"
	vif = ['script=vif-route']
END

check 'script=vif-route-ipv6 needs no IPv4 address on dom0'
create modern
connected modern
has "$(vif modern)" 2001:db8:0:e::1/64

check 'vif-route does: its domU is refused'
refused dated 'vif-route failed'

check 'the guest reaches its gateway and the internet, and is reached'
pings modern 2001:db8:0:e::1 "$internet"
reachable 2001:db8:0:e::2

check 'destroy leaves nothing'
destroy modern
