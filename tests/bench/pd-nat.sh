# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# The rows of pd-nat, held against a script of the recipe's kind: what a change of prefix costs, what
# a renewal without one, how many packets leave untranslated during changes, and what translation
# costs a packet. Sourced by run.
#
# Each of the two, NAME being ours or theirs, has a router of its own between a LAN and an ISP, all
# of them network namespaces:
#
#   NAME-lan fd12:3456:789a::10 ---- lan0 ::1 | NAME | wan0 ::2 ---- 2001:db8:99::1 NAME-isp
#            192.0.2.10                    .1 |      |       .2 ---- 198.51.100.1

readonly INTERNAL_PREFIX=fd12:3456:789a::/58 FIRST=2001:db8:1000:: SECOND=2001:db8:1000:40::
readonly FLOWS=300 LOAD=60000 CHANGES=40
declare -A hook_of
: "${here:?}" "${top:?}" "${BENCH:?}" # of run

# --- the rows ---

pd_nat_nft_row() {
	pd_times nft "$FIRST" "a change, nft, a script"
}

pd_nat_ip6tables_row() {
	pd_times ip6tables "$FIRST" "a change, ip6tables, a script"
}

pd_nat_renewal_nft_row() {
	pd_times nft "$SECOND" "a renewal, nft, a script"
}

pd_nat_renewal_ip6tables_row() {
	pd_times ip6tables "$SECOND" "a renewal, ip6tables, a script"
}

pd_nat_leaks_nft_row() {
	ours nft
	pd_leaks ours "packets untranslated, nft" 0
}

pd_nat_leaks_ip6tables_row() {
	ours ip6tables
	pd_leaks ours "packets untranslated, ip6tables" 0
}

pd_nat_leaks_script_row() {
	theirs
	pd_leaks theirs "packets untranslated, a script" -
}

pd_nat_one_flow_row() {
	pd_throughput one 40000 "40,000 datagrams of one flow"
}

pd_nat_new_flows_row() {
	pd_throughput new 10000 "10,000 datagrams, each a flow"
}

# pd_throughput one|new COUNT LABEL: in turn through our rules, the recipe's and none at all.
pd_throughput() {
	local name round
	ours nft
	theirs
	hook_of[plain]=true
	pd_router plain nft
	for name in ours theirs plain; do
		witness "$name-isp"
	done
	for ((round = 0; round < 11; round++)); do
		for name in ours theirs plain; do
			ip netns exec "$name" conntrack -F 2>/dev/null
			ip netns exec "$name-lan" "$BENCH/send-flows" 2001:db8:99::1 9 "$1" "$2" >>"$WORK/$name.ns"
		done
	done
	for name in ours theirs; do
		# a busy machine loses some on the way
		(($(witnessed "$name-isp" arrived) >= round * $2 * 9 / 10 && $(witnessed "$name-isp" untranslated) == 0)) || {
			echo "$name: $(witnessed "$name-isp" arrived) of $((round * $2)) arrived," \
				"$(witnessed "$name-isp" untranslated) untranslated" >&2
			return 1
		}
	done
	row "$3, NETMAP" at-most - "$(median ours) $(median theirs)"
	row "$3, no NAT" at-most - "$(median ours) $(median plain)"
}

median() {
	sort -n "$WORK/$1.ns" | sed -n 6p
}

# pd_times BACKEND BEFORE LABEL: from BEFORE to SECOND; the way back is not timed.
pd_times() {
	local medians before=new_dhcp6_ia_pd1_prefix1=$2 after=new_dhcp6_ia_pd1_prefix1=$SECOND
	ours "$1"
	theirs
	other_flows ours
	other_flows theirs
	medians=$("$BENCH/pairs" $((PAIRS < 50 ? PAIRS : 50)) \
		-- @ours "$after" "${hook_of[ours]}" -- "$before" "${hook_of[ours]}" \
		-- @theirs "$after" "${hook_of[theirs]}" -- "$before" "${hook_of[theirs]}")
	row "$3" at-least 2 "$medians"
}

# pd_leaks NAME LABEL GOAL: one change after the other, until the ISP has seen enough packets.
pd_leaks() {
	local name=$1 senders=() changes=0
	witness "$name-isp"
	for _ in 1 2 3; do
		ip netns exec "$name-lan" "$here/send-udp.py" 2001:db8:99::1 9 &
		senders+=($!)
	done
	while ((changes < CHANGES || $(witnessed "$name-isp" arrived) < LOAD)); do
		become "$name" "$SECOND"
		become "$name" "$FIRST"
		changes=$((changes + 2))
	done
	kill "${senders[@]}"
	wait "${senders[@]}" 2>/dev/null || :
	leaks_row "$2" "$3" "$(witnessed "$name-isp" untranslated)" "$(witnessed "$name-isp" arrived)" \
		"$changes"
}

# leaks_row LABEL GOAL LEAKED ALL CHANGES
leaks_row() {
	local goal="(no goal)"
	[[ $2 == - ]] || { (($3 <= $2)) && goal="<= $2: met" || goal="<= $2: MISSED"; }
	printf '%-36s %28s  %s\n' "$1" "$3 of $4, $5 changes" "$goal"
}

# --- the routers ---

# ours BACKEND: as dhcpcd runs it. The guard is off, as it would hide what is untranslated, and the
# state is on the disk that WORK is on: it is waited for.
ours() {
	hook_of[ours]=$WORK/dhcpcd-hook
	mkdir "$WORK/state" "$WORK/bin" /var/lib/vif-route-ipv6
	mount --bind "$WORK/state" /var/lib/vif-route-ipv6
	ln -s "$PROGRAM" "$WORK/bin/vif-route-ipv6"
	sed "s|@SBINDIR@|$WORK/bin|" "$top/etc/dhcpcd-hook" >"$WORK/dhcpcd-hook"
	chmod +x "$WORK/dhcpcd-hook"
	printf '[pd-nat wan0]\ninternal_prefix = %s\nbackend = %s\nguard = no\n' \
		"$INTERNAL_PREFIX" "$1" >"$CFG"
	pd_router ours "$1"
}

theirs() {
	hook_of[theirs]=$here/recipe-like-pd.sh
	pd_router theirs ip6tables
}

# pd_router NAME BACKEND: it translates IPv4, too, as most do, and its firewall leaves the jumps.
pd_router() {
	local name=$1
	ip netns add "$name"
	pd_wire "$name" lan lan0 fd12:3456:789a::10 fd12:3456:789a::1 192.0.2.10 192.0.2.1
	pd_wire "$name" isp wan0 2001:db8:99::1 2001:db8:99::2 198.51.100.1 198.51.100.2
	ip -n "$name-lan" route add default via 192.0.2.1
	ip -n "$name-lan" -6 route add default via fd12:3456:789a::1
	ip -n "$name" -6 route add default via 2001:db8:99::1
	ip netns exec "$name" sysctl -q net.ipv6.conf.all.forwarding=1 net.ipv4.ip_forward=1
	ip netns exec "$name" nft "add table ip v4; \
		add chain ip v4 out { type nat hook postrouting priority srcnat; }; \
		add rule ip v4 out oifname wan0 masquerade"
	[[ $2 == nft ]] || ip netns exec "$name" ip6tables-restore <<-'END'
		*nat
		:external_dnat - [0:0]
		:external_snat - [0:0]
		-A PREROUTING -j external_dnat
		-A POSTROUTING -j external_snat
		COMMIT
	END
	become "$name" "$FIRST"
}

# pd_wire ROUTER SIDE LINK FAR NEAR FAR4 NEAR4
pd_wire() {
	local far=$1-$2
	ip netns add "$far"
	ip -n "$1" link add "$3" up type veth peer name eth0 netns "$far"
	ip -n "$far" link set eth0 up
	ip -n "$far" addr add "$4/64" dev eth0 nodad
	ip -n "$1" addr add "$5/64" dev "$3" nodad
	ip -n "$far" addr add "$6/24" dev eth0
	ip -n "$1" addr add "$7/24" dev "$3"
}

# become NAME PREFIX: what dhcpcd runs when the prefix was delegated.
become() {
	export reason=RENEW6 interface=wan0 INTERNAL_PREFIX
	export new_dhcp6_ia_pd1_iaid=00000001 new_dhcp6_ia_pd1_t1=1800 new_dhcp6_ia_pd1_t2=2880
	export new_dhcp6_ia_pd1_prefix1_length=58 new_dhcp6_ia_pd1_prefix1_pltime=3600
	export new_dhcp6_ia_pd1_prefix1_vltime=7200
	new_dhcp6_ia_pd1_prefix1=$2 ip netns exec "$1" "${hook_of[$1]}"
}

# --- traffic ---

# Of a router's conntrack, what has nothing to do with the prefix: IPv4, and the LAN with the router.
other_flows() {
	local found
	ip netns exec "$1" sysctl -q net.netfilter.nf_conntrack_udp_timeout=3600
	ip netns exec "$1-lan" "$here/send-udp.py" 198.51.100.1 9 "$FLOWS"
	ip netns exec "$1-lan" "$here/send-udp.py" fd12:3456:789a::1 9 "$FLOWS"
	found=$(ip netns exec "$1" sysctl -n net.netfilter.nf_conntrack_count)
	((found > FLOWS)) || { echo "only $found connections on $1" >&2 && return 1; }
}

witness() {
	ip netns exec "$1" nft 'table ip6 witness { counter arrived { }; counter untranslated { };
		chain input { type filter hook prerouting priority raw; udp dport 9 jump count; };
		chain count { counter name arrived; ip6 saddr fc00::/7 counter name untranslated; drop; }; }'
}

witnessed() {
	ip netns exec "$1" nft list counter ip6 witness "$2" | awk '/packets/ { print $2 }'
}
