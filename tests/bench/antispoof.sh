# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# The rows of antispoof: what the guard costs a packet, with few vifs and with many. Sourced by run.
#
#   guest 2001:db8:1::2 ---- vif1.0 ::1 | dom0 | eth0 2001:db8:ffff::1 ---- ::2 far

: "${BENCH:?}" "${PROGRAM:?}" "${CFG:?}" "${WORK:?}" # of run

antispoof_few_row() {
	antispoof_throughput 1 4
}

antispoof_many_row() {
	antispoof_throughput 100 40
}

# Each vif has a single address, too.
antispoof_addresses_row() {
	antispoof_throughput 100 40 addresses
}

# antispoof_throughput DOMUS VIFS [addresses]: in turn with the guard of all vifs and with no rules.
antispoof_throughput() {
	local round
	guarded_vifs "$@"
	for ((round = 0; round < 11; round++)); do
		nft -f "$WORK/guard.nft"
		forward >>"$WORK/guarded.ns"
		nft flush ruleset
		forward >>"$WORK/open.ns"
	done
	row "40,000 datagrams, $(($1 * $2)) ${3:-guards}, none" at-most 1.05 "$(median guarded) $(median open)"
}

guarded_vifs() {
	xenstore_up
	vifs_of "$1" "$2"
	[[ -z ${3:-} ]] || sed -i -E "s/^ipv6_gateway_addr(.* = 2001:db8):(.*)::.*/&\naddress\1:fffe::\2/" "$CFG"
	printf '[defaults]\nantispoof = yes\n' >>"$CFG"
	ip netns add guest
	ip link set p1.0 netns guest name eth0
	ip netns add far
	ip link add eth0 up type veth peer name eth0 netns far
	ip addr add 2001:db8:ffff::1/64 dev eth0 nodad
	ip -n far addr add 2001:db8:ffff::2/64 dev eth0 nodad
	ip -n far link set eth0 up
	"$PROGRAM" -c "$CFG" sync >/dev/null
	ip -n guest link set eth0 address "$(mac_of 1 0)" up
	ip -n guest addr add 2001:db8:1::2/64 dev eth0 nodad
	ip -n guest -6 route add default via 2001:db8:1::1
	ip -n far -6 route add default via 2001:db8:ffff::1
	wait_for 120 ip netns exec guest ping -6 -n -c 1 -W 1 2001:db8:ffff::2
	nft -s list ruleset >"$WORK/guard.nft"
}

# Prints the nanoseconds. The witness is far's counter: what the guard drops is quick.
forward() {
	local before
	before=$(received)
	ip netns exec guest "$BENCH/send-flows" 2001:db8:ffff::2 9 one 40000
	(($(received) - before >= 36000)) || { echo "only $(($(received) - before)) of 40000 arrived" >&2 && return 1; }
}

received() {
	ip netns exec far cat /sys/class/net/eth0/statistics/rx_packets
}
