# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# A guest sends IPv6 in IPv4 (protocol 41) from its own IPv4 address to dom0's 6to4 tunnel: the packet
# inside comes out of the tunnel, which no vif's guard sees. With antispoof it does not get that far.

# shellcheck source=tests/xen/lib.sh
. "$TESTS/lib.sh"

inner=2002:c633:6401::1                 # of dom0, by 198.51.100.1
section='/^\[domu digger\]/,/^\[/'

domu digger <<-END
	type = "pv"
	vif = ['script=vif-route-ipv6,ip=192.0.2.41']
	extra = "$guest,$internet4,$inner eth0=2001:db8:0:d2::2/64@2001:db8:0:d2::1,192.0.2.41/32@198.51.100.1 tunnel=2002:c000:229::1/16@198.51.100.1"
END

check 'without antispoof, what a guest sends through a tunnel to dom0 comes out of it'
modprobe sit
printf '[6to4]\npublic_ipv4 = 198.51.100.1\n' >/tmp/tunnel.cfg
vif-route-ipv6 -c /tmp/tunnel.cfg 6to4 up
create digger
pings digger "$inner"

check 'with antispoof it does not, from its true IPv4 address, and all else goes on'
edit "$section s/^antispoof = no/antispoof = yes/"
said=$(vif-route-ipv6 sync digger) || true # another entry has a mistake, on purpose
[[ $said == *"+ $(vif digger) antispoof (digger)"* ]] || fail "sync: $said"
pings digger "$internet"
seen=$(answers digger "$inner")
pings digger "$internet" "$internet4" 198.51.100.1 2001:db8:0:d2::1
[[ $(answers digger "$inner") == "$seen" ]] || fail "$seen became $(answers digger "$inner")"

check 'destroy leaves nothing'
destroy digger
vif-route-ipv6 -c /tmp/tunnel.cfg 6to4 down
rm /tmp/tunnel.cfg
