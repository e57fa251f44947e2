# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# Two 6to4 sites that ping each other, one of them behind a NAT gateway; all in namespaces, for it
# is dom0's kernel that has sit:
#
#   6lan ---- 6site ---- 6nat ---- 6world ---- 6peer
#          lan0 | eth0   lan | wan              | eth0
#               | 192.168.1.2| 203.0.113.5      | 198.51.100.20

# shellcheck source=tests/xen/lib.sh
. "$TESTS/lib.sh"

namespaces=(6lan 6site 6nat 6world 6peer)
site=2002:cb00:7105 peer=2002:c633:6414

in_ns() {
	ip netns exec "$@"
}

# wire NS1 LINK1 ADDRESS1 NS2 LINK2 ADDRESS2
wire() {
	ip -n "$1" link add "$2" type veth peer name "$5" netns "$4"
	ip -n "$1" address add "$3" dev "$2"
	ip -n "$4" address add "$6" dev "$5"
	ip -n "$1" link set "$2" up
	ip -n "$4" link set "$5" up
}

lay_wires() {
	local name
	for name in "${namespaces[@]}"; do
		ip netns add "$name"
		ip -n "$name" link set lo up
	done
	ip -n 6site link add lan0 type veth peer name eth0 netns 6lan
	ip -n 6site link set lan0 up
	ip -n 6lan link set eth0 up
	wire 6site eth0 192.168.1.2/24 6nat lan 192.168.1.1/24
	wire 6nat wan 203.0.113.5/24 6world nat0 203.0.113.1/24
	wire 6world peer0 198.51.100.1/24 6peer eth0 198.51.100.20/24
	ip -n 6site route add default via 192.168.1.1
	ip -n 6nat route add default via 203.0.113.1
	ip -n 6peer route add default via 198.51.100.1
	in_ns 6nat sysctl -q -w net.ipv4.ip_forward=1
	in_ns 6world sysctl -q -w net.ipv4.ip_forward=1
	in_ns 6site sysctl -q -w net.ipv6.conf.all.forwarding=1
	in_ns 6nat iptables -P FORWARD DROP
}

write_sites() {
	printf '[6to4]\npublic_ipv4 = 203.0.113.5\nlocal_ipv4 = 192.168.1.2\nlan.lan0 = 1\n' >/tmp/site.cfg
	printf '[6to4]\npublic_ipv4 = 198.51.100.20\n' >/tmp/peer.cfg
}

up() {
	in_ns "6$1" vif-route-ipv6 -c "/tmp/$1.cfg" 6to4 up
}

answers_from() {
	in_ns "$1" ping -q -c 1 -W 2 "$2" >/dev/null
}

# In the form of one line each, so that they can be compared.
state_of() {
	ip -n "$1" -6 address show
	ip -n "$1" -6 route show table all
	ip -n "$1" -d tunnel show
}

check '6to4 up makes both tunnels'
modprobe sit
lay_wires
write_sites
up site
up peer
in_ns 6site vif-route-ipv6 -c /tmp/site.cfg 6to4 status
in_ns 6peer vif-route-ipv6 -c /tmp/peer.cfg 6to4 status --json
ip -n 6site -6 address show dev tun6to4 | grep -F "$site::1/16"
ip -n 6site -6 address show dev lan0 | grep -F "$site:1::1/64"
ip -n 6site -d link show tun6to4 | grep -F 'mtu 1280'

check 'twice changes nothing'
once=$(state_of 6site)
nothing 'the second call says' up site
[[ $(state_of 6site) == "$once" ]]

check 'prefixes of private IPv4 addresses are unreachable'
! ip -n 6peer -6 route get 2002:a00:1::1 || fail 'there is a way to 10.0.0.1'
! ip -n 6peer -6 route get 2002:c0a8:102::1 || fail 'there is a way to 192.168.1.2'
ip -n 6peer -6 route get 2002:808:808::1 | grep -w 'dev tun6to4'

check 'the NAT gateway forwards with the rules of 6to4 gateway, policy DROP'
in_ns 6nat vif-route-ipv6 6to4 gateway --public 203.0.113.5 --target 192.168.1.2 --wan wan --apply

check 'the sites ping each other through it, and the peer the LAN'
in_ns 6lan ip address add "$site:1::2/64" dev eth0 nodad
in_ns 6lan ip route add default via "$site:1::1"
within 20 answers_from 6peer "$site::1"
within 20 answers_from 6site "$peer::1"
within 20 answers_from 6lan "$peer::1"
within 20 answers_from 6peer "$site:1::2"

check 'big packets pass the tunnel, also where IPv4 has less room than it wants'
big_answers() {
	in_ns 6lan ping -q -c 1 -W 2 -s "$1" "$peer::1" >/dev/null
}
within 10 big_answers 1400
echo 'an IPv4 link with MTU 1280'
ip -n 6world link set peer0 mtu 1280
ip -n 6peer link set eth0 mtu 1280
within 10 big_answers 1232

check 'a relay leads to the rest of IPv6'
in_ns 6peer sysctl -q -w net.ipv6.conf.all.forwarding=1
ip -n 6peer address add 2001:db8:eeee::1/128 dev lo
echo "relay = $peer::1" >>/tmp/site.cfg
up site
ip -n 6site -6 route show default
within 10 answers_from 6lan 2001:db8:eeee::1

check 'ifupdown makes a working site of what 6to4 interfaces prints'
in_ns 6peer vif-route-ipv6 -c /tmp/peer.cfg 6to4 down
vif-route-ipv6 6to4 interfaces --public 198.51.100.20 >/tmp/peer.interfaces
in_ns 6peer ifup -i /tmp/peer.interfaces --state-dir=/run/6peer tun6to4
within 20 answers_from 6lan "$peer::1"
in_ns 6peer ifdown -i /tmp/peer.interfaces --state-dir=/run/6peer tun6to4
up peer

check 'a changed public address is followed'
sed -i 's/203\.0\.113\.5/203.0.113.6/' /tmp/site.cfg
up site
ip -n 6site -6 address show dev lan0 | grep -F '2002:cb00:7106:1::1/64'
nothing 'the old addresses' ip -n 6site -6 -o address show to "$site::/48"

check 'a device that is not the suite'"'"'s is refused'
in_ns 6peer vif-route-ipv6 -c /tmp/peer.cfg 6to4 down
ip -n 6peer tunnel add tun6to4 mode sit remote any local 198.51.100.20
! up peer || fail 'it was taken'
ip -n 6peer tunnel del tun6to4

check '6to4 down takes away all that up made'
in_ns 6site vif-route-ipv6 -c /tmp/site.cfg 6to4 down
nothing 'addresses are left' ip -n 6site -6 -o address show to 2002::/16
nothing 'routes are left' ip -n 6site -6 route show table all proto 121
! ip -n 6site link show tun6to4 || fail 'the tunnel is left'

for name in "${namespaces[@]}"; do
	ip netns del "$name"
done
