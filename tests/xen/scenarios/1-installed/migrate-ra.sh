# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# A guest that configures itself by router advertisements, and its live migration. netback gives every
# vif of every dom0 the MAC address fe:ff:ff:ff:ff:ff, and so one link-local address: the guest's default
# route leads to the new vif as it did to the old one. radvd is killed before, without a farewell, so
# that no advertisement of the target's could be what brings the route back.

# shellcheck source=tests/xen/lib.sh
. "$TESTS/lib.sh"
# shellcheck source=tests/xen/migrate.sh
. "$TESTS/migrate.sh"

readonly file=/run/vif-route-ipv6/radvd.conf router=fe80::fcff:ffff:feff:ffff/64

has_router() {
	ip -6 -o address show dev "$1" scope link -tentative | grep -qF " $router "
}

advertises() {
	grep -qx "interface $1 {" "$file"
}

domu nomad <<-END
	type = "pvh"
	vif = ['']
	extra = "$guest"
END

check 'radvd waits for the first domU'
vif-route-ipv6 ra --serve &
serve=$!

check 'a PVH domU without any configuration reaches the internet'
create nomad
source=$(vif nomad)
has "$source" 2001:db8:0:b3::1/64
advertises "$source"
pings nomad "$internet"
has_router "$source"

check 'live migration without radvd: its default route leads to the new vif'
pkill -KILL -x radvd
wait "$serve" || true
write_transports
xl migrate -s "$transport" nomad localhost
[[ $(vif nomad) != "$source" ]]
within 10 no_link "$source"
pings nomad "$internet"
has_router "$(vif nomad)"

check 'the new vif is advertised, and the old one is not'
advertises "$(vif nomad)"
! advertises "$source" || fail "$source is still in $file"

check 'destroy leaves nothing'
target=$(vif nomad)
destroy nomad
! advertises "$target" || fail "$target is still in $file"
