# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# A domU with an emulated card, as one without drivers for Xen has it (HVM, QEMU in dom0): beside its
# vif there is a tap, and it is the tap that its packets take.

# shellcheck source=tests/xen/lib.sh
. "$TESTS/lib.sh"

gateway=2001:db8:0:c::1

domu legacy <<-END
	type = "hvm"
	xen_platform_pci = 0   # or Linux would unplug the emulated card
	vif = ['model=e1000,script=vif-route-ipv6']
	serial = "file:/var/log/xen/console/guest-legacy.log"
	vnc = 0
	extra = "${guest/pci=off/} console=ttyS0 driver=e1000 eth0=2001:db8:0:c::2/64@$gateway"
END

check 'an HVM domU starts: vif and tap have the gateway address'
create legacy
tap=$(vif legacy)-emu
has "$(vif legacy)" "$gateway/64"
has "$tap" "$gateway/64"

check "the tap's route wins"
ip -6 route get 2001:db8:0:c::2 | grep -w "dev $tap"

check 'the guest reaches its gateway and the internet through the tap, and is reached'
pings legacy "$gateway" "$internet"
reachable 2001:db8:0:c::2

check 'destroy leaves nothing'
destroy legacy
