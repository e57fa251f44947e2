# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# A driver domain: the backend of a domU's vif is in another domU, whose `xl devd` runs the program. It
# cannot read the domU's name there, so the entry is one by MAC address.

# shellcheck source=tests/xen/lib.sh
. "$TESTS/lib.sh"

# What the driver domain tells last.
driver_tells() {
	tail -n 3 /var/log/xen/console/guest-driver.log | tr -d '\r' | grep -qxF "driver: $1"
}

domu driver <<-END
	type = "pvh"
	ramdisk = "$CHECKOUT/build/xen/driver.cpio"
	memory = 192
	driver_domain = 1
	extra = "console=hvc0 quiet norandmaps rodata=off pci=off"
END
domu inner <<-END
	type = "pvh"
	vif = ['mac=00:16:3e:00:00:c1,backend=driver,script=vif-route-ipv6']
	extra = "$guest eth0=2001:db8:0:c1::2/64@2001:db8:0:c1::1"
END

check 'a driver domain starts'
create driver
within "$patience" driver_tells 'no vif'

check 'the vif of a domU behind it has its gateway there, by xl devd, and the guest reaches it'
create inner
within 20 driver_tells "vif$(xl domid inner).0 2001:db8:0:c1::1/64"
pings inner 2001:db8:0:c1::1

check 'its end leaves nothing there'
xl destroy inner
within 20 driver_tells 'no vif'
destroy driver
