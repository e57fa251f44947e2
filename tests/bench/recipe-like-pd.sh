#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# What prefix NAT by a shell script costs: the steps of the wiki's recipe, and no more than those.
# dhcpcd's environment comes in, and ip6tables is run for each rule. It is faithful to a fault: the
# look whether the rules are there goes to the table mangle, where they never are, so that a renewal
# makes them anew.
set -e

wan=${interface:?}
inside=${INTERNAL_PREFIX:?}
mark=0x8aebe875
stored=/run/ipv6-pd/current_prefix
delegated=${new_dhcp6_ia_pd1_prefix1:-}
delegated_length=${new_dhcp6_ia_pd1_prefix1_length:-0}

nat() {
	/sbin/ip6tables -t nat "$@"
}

rebuild() {
	local outside=$1
	nat -N external_dnat 2>/dev/null || true
	nat -N external_snat 2>/dev/null || true
	nat -F external_dnat
	nat -F external_snat
	nat -A external_dnat -i "$wan" -d "$outside" -j NETMAP --to "$inside"
	nat -A external_snat -o "$wan" -s "$inside" -j NETMAP --to "$outside"
	nat -A external_dnat ! -i "$wan" -s "$inside" -d "$outside" -j MARK --set-mark $mark
	nat -A external_dnat ! -i "$wan" -s "$inside" -d "$outside" -j NETMAP --to "$inside"
	nat -A external_snat ! -i "$wan" -s "$inside" -m mark --mark $mark -j NETMAP --to "$outside"
}

are_there() {
	/sbin/ip6tables -t mangle -L external_dnat -n -v 2>/dev/null | grep -q -F "$1"
}

[[ -n $delegated ]] || exit 0
length=$(echo -n "$inside" | cut -d / -f 2)
if ((delegated_length != length)); then
	echo "expected a prefix of length $length, got $delegated_length"
	exit 1
fi
last=
[[ ! -f $stored ]] || last=$(cat "$stored")
[[ $last != "$delegated/$length" ]] || ! are_there "$last" || exit 0
rebuild "$delegated/$length"
mkdir -p "$(dirname "$stored")"
echo -n "$delegated/$length" >"$stored"
