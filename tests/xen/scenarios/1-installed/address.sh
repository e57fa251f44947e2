# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# A single address out of the network that dom0's eth0 is on: the neighbour there resolves it by neighbour
# discovery, and dom0 answers for the guest that runs, also after a live migration.

# shellcheck source=tests/xen/lib.sh
. "$TESTS/lib.sh"
# shellcheck source=tests/xen/migrate.sh
. "$TESTS/migrate.sh"

readonly single=2001:db8:ffff::14

proxies() {
	ip -6 neigh show proxy | grep -F "$single" || true
}

# Asked for anew: what the neighbour has learnt before proves nothing.
found_by_the_neighbour() {
	ip -n internet -6 neigh flush dev eth0
	reachable "$single"
}

knows_the_guest() {
	ip -6 neigh show dev "$1" nud permanent | grep -F "$single lladdr"
}

domu single <<-END
	type = "pvh"
	vif = ['script=vif-route-ipv6']
	extra = "$guest eth0=$single/128@fe80::1"
END

check 'a guest with a single address is found by neighbour discovery, and reaches the internet'
create single
connected single
source=$(vif single)
has "$source" fe80::1/64
[[ $(proxies) == "$single dev eth0 "* ]]
knows_the_guest "$source"
pings single "$internet"
found_by_the_neighbour

check 'live migration: it is found at the new vif'
write_transports
xl migrate -s "$transport" single localhost
[[ $(vif single) != "$source" ]]
within 10 no_link "$source"
[[ $(proxies) == "$single dev eth0 "* ]]
knows_the_guest "$(vif single)"
pings single "$internet"
found_by_the_neighbour

check 'destroy leaves nothing: nobody answers for it'
destroy single
nothing 'dom0 answers for it' proxies
