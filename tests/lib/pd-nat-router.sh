# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# The router of the tests of pd-nat, which is the sandbox itself, and hosts around it: namespaces
# with a link eth0. To be sourced by a test, behind harness.sh.
#
#   lan (fd12:3456:789a::10) ---- lan0 | the router | wan0 ---- isp (2001:db8:99::1)
#
# router nft|ip6tables      these three, and [pd-nat wan0] of that backend
# host NAME LINK            one more namespace, behind the router's LINK
# address NAME IP/LEN [VIA] an address of its, and its default route
# at NAME CMD...            a command in there
# expect_external PREFIX    traffic by it
# pd ARG..., lease ...      the program by hand, and as dhcpcd would run it

readonly OUTSIDE=2001:db8:99::1 INSIDE=fd12:3456:789a::10 INTERNAL=fd12:3456:789a::/58

at() {
	local name=$1
	shift
	nsenter --net="/run/netns/$name" -- "$@"
}

# Without duplicate address detection: a link serves at once.
host() {
	ip netns add "$1"
	at "$1" sysctl -qw net.ipv6.conf.default.accept_dad=0
	sysctl -qw net.ipv6.conf.default.accept_dad=0
	ip link add "$2" type veth peer name eth0 netns "$1"
	ip link set "$2" up
	ip -n "$1" link set lo up
	ip -n "$1" link set eth0 up
}

address() {
	local family=-6 nodad=nodad
	[[ $2 == *:* ]] || family=-4 nodad=''
	# shellcheck disable=SC2086 # a word or none
	ip -n "$1" addr add "$2" dev eth0 $nodad
	[[ -z ${3:-} ]] || ip -n "$1" $family route add default via "$3"
}

hosts() {
	host lan lan0
	host isp wan0
	address lan "$INSIDE/64" fd12:3456:789a::1
	address isp "$OUTSIDE/64"
	ip -n isp -6 route add 2001:db8:1000::/40 via 2001:db8:99::2
}

# routes_by WRAPPER...: what makes a router of where WRAPPER runs a command.
routes_by() {
	"$@" ip addr add fd12:3456:789a::1/64 dev lan0 nodad
	"$@" ip addr add 2001:db8:99::2/64 dev wan0 nodad
	"$@" ip -6 route add default via "$OUTSIDE"
	"$@" sysctl -qw net.ipv6.conf.all.forwarding=1
}

wires() {
	hosts
	routes_by env
}

# The user's firewall leaves the jumps, as the recipe's does.
jumps() {
	ip6tables -t nat -N external_dnat
	ip6tables -t nat -N external_snat
	ip6tables -t nat -A PREROUTING -j external_dnat
	ip6tables -t nat -A POSTROUTING -j external_snat
}

router() {
	wires
	printf '[pd-nat wan0]\ninternal_prefix = %s\nbackend = %s\n' "$INTERNAL" "$1" | config
	[[ $1 == nft ]] || jumps
}

pd() {
	# shellcheck disable=SC2153 # not a program here
	"$PROGRAM" -c "$CFG" -v pd-nat "$@"
}

# lease REASON PREFIX VALID...: what dhcpcd would run, for wan0 or another WAN.
lease() {
	local number=1 words=("reason=$1" "interface=${WAN:-wan0}" new_dhcp6_ia_pd1_iaid=00000001)
	shift
	while (($#)); do
		words+=("new_dhcp6_ia_pd1_prefix$number=$1" "new_dhcp6_ia_pd1_prefix${number}_length=56"
			"new_dhcp6_ia_pd1_prefix${number}_pltime=$2" "new_dhcp6_ia_pd1_prefix${number}_vltime=$2")
		number=$((number + 1))
		shift 2
	done
	env "${words[@]}" "$PROGRAM" -c "$CFG" -v pd-nat hook /usr/lib/vif-route-ipv6/dhcpcd-hook
}

# The programs that pd-nat runs, to be had where a test has something else stand in for them.
real_programs() {
	local program
	REAL=$WORK/real
	mkdir "$REAL"
	for program in nft ip6tables-save ip6tables-restore; do
		cp -L "/usr/sbin/$program" "$REAL/$program"
	done
}

pings() {
	wait_for 8 at "$1" ping -q -c 1 -W 1 "$2"
}

# Through the external prefix, out, in and around.
expect_external() {
	pings lan "$OUTSIDE"
	pings isp "${1}10"
	pings lan "${1}10"
}

# --- traffic (see flows.py) ---

declare -A FLOW_PID

flows() {
	at "$1" /usr/bin/python3 "$TOP/tests/lib/flows.py" "${@:2}"
}

# serve HOST: it answers on port 7000.
serve() {
	nsenter --net="/run/netns/$1" -- /usr/bin/python3 "$TOP/tests/lib/flows.py" serve 7000 >"$WORK/serve.$1" &
	wait_for 10 grep -q ready "$WORK/serve.$1"
}

# flow NAME HOST udp|tcp ADDRESS [SECONDS]: a long-lived flow to a host that serves, whose questions
# are lost after so many seconds.
flow() {
	: >"$WORK/flow.$1"
	nsenter --net="/run/netns/$2" -- \
		/usr/bin/python3 "$TOP/tests/lib/flows.py" flow "$3" "$4" 7000 "${5:-1}" >>"$WORK/flow.$1" 2>&1 &
	FLOW_PID[$1]=$!
}

# Answers arrive, from now on, and the server sees SOURCE.
goes_on() {
	local from
	from=$(wc -l <"$WORK/flow.$1")
	wait_for 10 answers_behind "$1" "$from" "$2"
}

answers_behind() {
	(($(tail -n "+$(($2 + 1))" "$WORK/flow.$1" | grep -c "^answer [0-9]* $3\$") >= 3))
}

end_flow() {
	kill "${FLOW_PID[$1]}"
	wait "${FLOW_PID[$1]}" 2>/dev/null || :
}

# entries WORDS...: the tracked connections with all these words, a line each, with the id.
entries() {
	local lines word
	lines=$(
		conntrack -L -f ipv6 -o id 2>/dev/null
		conntrack -L -f ipv4 -o id 2>/dev/null
	)
	for word in "$@"; do
		lines=$(grep -w -F -e "$word" <<<"$lines" || :)
	done
	[[ -z $lines ]] || echo "$lines"
}
