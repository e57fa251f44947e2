# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# The program as the whole hotplug script: IPv4 and IPv6 addresses of ip= are routed as vif-route
# routes IPv4 ones, beside the domU's gateways of ipv6.cfg.

# shellcheck source=tests/xen/lib.sh
. "$TESTS/lib.sh"

domu db <<-END
	type = "pv"
	vif = ['script=vif-route-ipv6,vifname=db0,ip=192.0.2.31 2001:db8:0:51::7']
	extra = "$guest,$internet4 eth0=2001:db8:0:1f::2/64@2001:db8:0:1f::1,192.0.2.31/32@198.51.100.1,2001:db8:0:51::7/128@2001:db8:0:1f::1,2001:db8:0:200::1/56@2001:db8:0:1f::1"
END

check 'script=vif-route-ipv6 names, addresses and connects the vif'
create db
connected db
has db0 2001:db8:0:1f::1/64
has db0 fe80::1/64

check 'ip= is routed: IPv4 with the address of dom0 as source, and IPv6'
ip route show dev db0 | grep '^192\.0\.2\.31 .*src 198\.51\.100\.1 .*metric 2'
ip -4 address show dev db0 | grep -w 198.51.100.1/32
[[ $(</proc/sys/net/ipv4/conf/db0/proxy_arp) == 1 ]]
ip -6 route show dev db0 | grep '^2001:db8:0:51::7 .*metric 2'

check 'the guest reaches the internet by both protocols, and is reached'
pings db 2001:db8:0:1f::1 198.51.100.1 "$internet" "$internet4"
reachable 2001:db8:0:1f::2 192.0.2.31 2001:db8:0:51::7

check 'its further network is reached by the route of its entry'
reachable 2001:db8:0:200::1

check 'destroy leaves nothing'
destroy db
within 10 no_link db0
nothing_names db0
nothing 'an IPv4 route is left' ip route show 192.0.2.31
