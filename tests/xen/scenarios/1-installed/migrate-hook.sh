# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# Live migration under vif-route with the hook file; without ip=, as vif-route's own IPv4 routes
# cannot be on both vifs.

# shellcheck source=tests/xen/lib.sh
. "$TESTS/lib.sh"
# shellcheck source=tests/xen/migrate.sh
. "$TESTS/migrate.sh"

domu rover <<-END
	type = "pvh"
	vif = ['']
	extra = "$guest eth0=2001:db8:0:b2::2/64@2001:db8:0:b2::1"
END

check 'a PVH domU starts'
create rover
has "$(vif rover)" 2001:db8:0:b2::1/64

migrates rover 2001:db8:0:b2::1
