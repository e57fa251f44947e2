# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# Three domUs started at once, found by name, MAC address and UUID, by two of the ways in.

# shellcheck source=tests/xen/lib.sh
. "$TESTS/lib.sh"

domu first <<-END
	type = "pv"
	vif = ['']
	extra = "$guest eth0=2001:db8:0:a1::2/64@2001:db8:0:a1::1"
END
domu second <<-END
	type = "pv"
	vif = ['mac=00:16:3e:00:00:a2,script=vif-route-ipv6']
	extra = "$guest eth0=2001:db8:0:a2::2/64@2001:db8:0:a2::1"
END
domu third <<-END
	type = "pv"
	uuid = "1f4e0a5c-7a05-4a6e-9a0e-0000000000a3"
	vif = ['script=vif-route-ipv6']
	extra = "$guest eth0=2001:db8:0:a3::2/64@2001:db8:0:a3::1"
END

check 'three domUs are created at once'
domus=(first second third)
creations=()
for name in "${domus[@]}"; do
	xl create "/etc/xen/$name.cfg" &
	creations+=($!)
done
for creation in "${creations[@]}"; do
	wait "$creation"
done

check 'each has its gateway, by name, MAC address or UUID'
has "$(vif first)" 2001:db8:0:a1::1/64
has "$(vif second)" 2001:db8:0:a2::1/64
has "$(vif third)" 2001:db8:0:a3::1/64

check 'each reaches it, and the internet'
pings first 2001:db8:0:a1::1 "$internet"
pings second 2001:db8:0:a2::1 "$internet"
pings third 2001:db8:0:a3::1 "$internet"

check 'they end at once, and nothing is left'
for name in "${domus[@]}"; do
	destroy "$name" &
	wait_for+=($!)
done
for ended in "${wait_for[@]}"; do
	wait "$ended"
done
