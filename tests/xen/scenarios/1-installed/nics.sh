# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# Two network cards, each with a network of its own; the first vif has a name of its own as well.
# Then the second is detached, the domU renamed, and the card attached again: the new name's entry
# counts from then on.

# shellcheck source=tests/xen/lib.sh
. "$TESTS/lib.sh"

domu mail <<-END
	type = "pv"
	vif = ['vifname=mail0', '']
	extra = "$guest eth0=2001:db8:0:2::2/64@2001:db8:0:2::1 eth1=2001:db8:0:12::2/64@2001:db8:0:12::1,2001:db8:0:22::2/64@2001:db8:0:22::1"
END

check 'vifname, and a gateway of its own for each card'
create mail
has mail0 2001:db8:0:2::1/64
has "$(vif mail 1)" 2001:db8:0:12::1/64

check 'the guest reaches both gateways and the internet'
pings mail 2001:db8:0:2::1 2001:db8:0:12::1 "$internet"
reachable 2001:db8:0:2::2

check 'network-detach takes one network away and leaves the other'
second=$(vif mail 1)
xl network-detach mail 1
within 10 no_link "$second"
nothing_names "$second"
pings mail 2001:db8:0:2::1 "$internet"

check 'rename, then network-attach: the entry of the new name'
xl rename mail post
domus+=(post)
xl network-attach post
has "$(vif post 1)" 2001:db8:0:22::1/64
pings mail 2001:db8:0:22::1 2001:db8:0:2::1

check 'destroy leaves nothing'
destroy post
within 10 no_link mail0
nothing_names mail0
