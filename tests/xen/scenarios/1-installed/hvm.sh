# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# An HVM domU: the tap of its emulated card gets the gateway beside the vif, and its routes win.
#
# Its kernel never runs: with the processor and the card emulated within the emulation, it does not
# get as far as its first ping in minutes. tests/net/tap.test has a guest that pings by a tap.

# shellcheck source=tests/xen/lib.sh
. "$TESTS/lib.sh"

gateway=2001:db8:0:a::1

domu emulated <<-END
	type = "hvm"
	kernel = "$CHECKOUT/build/xen/vmlinuz"
	vnc = 0
	vif = ['model=e1000,script=vif-route-ipv6']
END

check 'vif and tap of an HVM domU have the gateway'
create_paused emulated
tap=$(vif emulated)-emu
has "$(vif emulated)" "$gateway/64"
has "$tap" "$gateway/64"

check "the tap's route wins"
ip -6 route get 2001:db8:0:a::2 | grep -w "dev $tap"

check 'destroy leaves nothing'
destroy emulated
