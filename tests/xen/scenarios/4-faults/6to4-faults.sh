# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash disable=SC2119,SC2120 # a run takes its tracer's words, or none
#
# 6to4 up is killed, or refused something, at its system calls: the next call makes the site whole,
# and no disturbed one says success without the effect. A site in a namespace, as in 6to4.sh.

# shellcheck source=tests/xen/lib.sh
. "$TESTS/lib.sh"
# shellcheck source=tests/lib/faults.sh
. "$TESTS/../lib/faults.sh"

WORK=$(mktemp -d)
PROGRAM=$(command -v vif-route-ipv6)

in_ns() {
	ip netns exec 6faults "$@"
}

run() {
	STATUS=0
	"$@" >"$WORK/out" 2>"$WORK/err" || STATUS=$?
}

expect_status() {
	((STATUS == $1)) || fail "exit status $STATUS: $(<"$WORK/err")"
}

up() {
	run in_ns "$@" "$PROGRAM" -c "$WORK/cfg" 6to4 up
}

down() {
	run in_ns "$PROGRAM" -c "$WORK/cfg" 6to4 down
	expect_status 0
}

# All that up makes, and what it must leave alone.
site() {
	in_ns ip -6 -o address show | sed 's/^[0-9]*: //; s/valid_lft.*//' | grep -v ' fe80:'
	in_ns ip -6 route show proto "$((mark + 1))"
	in_ns ip -d link show tun6to4 | sed -n 's/^[0-9]*: //p; s/ *sit / /p'
}

expect_whole() {
	[[ $(site 2>&1) == "$wanted" ]] || fail "$1: $(site 2>&1 | diff <(echo "$wanted") -)"
}

# disturb FAULT: at each of CALLS.
disturb() {
	local call
	for call in "${CALLS[@]}"; do
		down
		disturbed "$1" "$call" up
		((STATUS != 0)) || expect_whole "$1 at $call: success without the effect"
		up
		expect_status 0
		expect_whole "behind $1 at $call"
	done
}

check 'a site for the faults'
modprobe sit
ip netns add 6faults
in_ns ip link set lo up
in_ns ip link add lan0 type veth peer name lan0peer
in_ns ip link set lan0 up
in_ns ip link set lan0peer up
in_ns ip address add 198.51.100.20/32 dev lan0
in_ns ip -6 address add 2001:db8:9::1/64 dev lan0 nodad
in_ns sysctl -qw net.ipv6.conf.all.forwarding=1
printf '[6to4]\npublic_ipv4 = 198.51.100.20\nrelay = 2002:c633:6401::1\nlan.lan0 = 1\n' >"$WORK/cfg"
up
expect_status 0
wanted=$(site)
grep -F 2002:c633:6414:1::1/64 <<<"$wanted"
grep -F 2001:db8:9::1/64 <<<"$wanted"
down
own_calls up
all=("${CALLS[@]}")

check '6to4 up killed at any change is completed by the next'
keep_calls sendto
sample 2
disturb signal=KILL

check '6to4 up killed in between is completed by the next'
CALLS=("${all[@]}")
drop_calls sendto
sample 12
disturb signal=KILL

check '6to4 up refused something tells the truth'
CALLS=("${all[@]}")
sample 5
each_error disturb
keep_calls sendto recvmsg
disturb error=ENOMEM

ip netns del 6faults
rm -r "$WORK"
