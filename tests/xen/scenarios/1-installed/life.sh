# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# The hook file under Xen's own vif-route, which is what "make install" alone gives: a domU with
# one line in ipv6.cfg, configured as guest-config says, from its start to its end.

# shellcheck source=tests/xen/lib.sh
. "$TESTS/lib.sh"

gateway=2001:db8:0:1::1

domu web <<-END
	type = "pv"
	vif = ['']
	extra = "$guest eth0=$(guest_config web)"
END

check 'the hook file gives the vif its gateway address'
create web
connected web
has "$(vif web)" "$gateway/64"

check 'the guest reaches its gateway and the internet, and is reached'
pings web "$gateway" "$internet"
reachable 2001:db8:0:1::2

check 'save and restore'
xl save web /tmp/web.saved
nothing 'while it is saved, dom0 has' ip -6 -o address show to "$gateway"
xl restore /tmp/web.saved
rm /tmp/web.saved
has "$(vif web)" "$gateway/64"
pings web "$gateway" "$internet"

check 'reboot'
old=$(xl domid web)
is_reborn() {
	exists web && [[ $(xl domid web) != "$old" ]]
}
xl reboot web
within "$patience" is_reborn
pings web "$gateway" "$internet"
has "$(vif web)" "$gateway/64"

check 'destroy leaves nothing'
destroy web
