# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# A stubdomain: libxl gives it a copy of each card of its HVM domU, with the same MAC address, script and
# ip=. Both are one domU.
#
# Its init only tells libxl that the device model runs; the HVM's kernel never does (see hvm.sh). Its kernel
# has no Xen consoles: QEMU 10 makes no backend for the third one ("No serial device #2 found"), and Linux
# would wait for it as long as libxl waits for the stubdomain.

# shellcheck source=tests/xen/lib.sh
. "$TESTS/lib.sh"

# The file has a mistake of another domU's, so sync exits 1.
changes() {
	vif-route-ipv6 sync stubbed || true
}

domu stubbed <<-END
	type = "hvm"
	kernel = "$CHECKOUT/build/xen/vmlinuz"
	vnc = 0
	device_model_version = "qemu-xen"
	device_model_stubdomain_override = 1
	stubdomain_kernel = "$CHECKOUT/build/xen/vmlinux"
	stubdomain_ramdisk = "$CHECKOUT/build/xen/stub.cpio"
	stubdomain_cmdline = "quiet norandmaps rodata=off initcall_blacklist=xen_hvc_init"
	stubdomain_memory = 128
	vif = ['mac=00:16:3e:00:00:d3,script=vif-route-ipv6,ip=2001:db8:0:51::9']
END

check 'the vifs of a stubdomain and of its HVM domU come online with one entry and one ip='
create_paused stubbed
connected stubbed
connected stubbed-dm
for name in stubbed stubbed-dm; do
	has "$(vif "$name")" 2001:db8:0:d3::1/64
	ip -6 route show dev "$(vif "$name")" | grep '^2001:db8:0:51::9 '
done

check 'they are in no conflict, and the routes of the HVM come first'
vif-route-ipv6 status stubbed
ip -6 route show 2001:db8:0:d3::/64 dev "$(vif stubbed)" | grep 'metric 2 '
ip -6 route show 2001:db8:0:d3::/64 dev "$(vif stubbed-dm)" | grep 'metric 3 '
nothing 'sync changes something' changes

check 'destroy leaves nothing'
stub=$(vif stubbed-dm)
destroy stubbed
within 10 no_link "$stub"
nothing_names "$stub"
