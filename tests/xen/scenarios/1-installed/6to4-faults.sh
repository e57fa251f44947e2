# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# 6to4 up, killed or refused memory at its system calls, on a kernel that has sit: the next one makes
# the site whole, none says success without it, and down takes all away.

# shellcheck source=tests/xen/lib.sh
. "$TESTS/lib.sh"

readonly step=6 # every so many of its calls, others in each run
cfg=/tmp/6to4-faults.cfg trace=/tmp/6to4-faults.trace

in_ns() {
	ip netns exec 6faults "$@"
}

# sixtofour COMMAND [TRACER...]
sixtofour() {
	in_ns "${@:2}" vif-route-ipv6 -q -c $cfg 6to4 "$1" >/dev/null
}

# What the site is made of, without the numbers that differ from device to device.
site() {
	in_ns ip -6 -o address show scope global | sed 's/^[0-9]*: //'
	in_ns ip -6 route show proto 121 | sort
	in_ns ip -d -o link show dev tun6to4 | sed 's/^[0-9]*: //' | grep -o 'tun6to4\|mtu [0-9]*\|sit .* ttl [0-9]*'
}

is_whole() {
	[[ $(site 2>/dev/null) == "$whole" ]]
}

# The calls behind the loader's; alarm is among the first of main's own.
own_calls() {
	sixtofour up strace -o $trace
	sed -n 's/^\([a-z_0-9]*\)(.*/\1/p' $trace | awk '{ print $1, ++seen[$1] }' |
		sed -n '/^alarm 1$/,$p' | grep -v '^exit_group'
}

# disturbed FAULT "NAME N": its status in STATUS.
disturbed() {
	status=0
	sixtofour up strace -o $trace -e "trace=${2% *}" -e "inject=${2% *}:$1:when=${2#* }" || status=$?
	grep -qE 'INJECTED|killed by SIGKILL' $trace || fail "$2: nothing was injected"
}

check '6to4 up is whole, and down takes it away'
ip netns add 6faults
in_ns ip link add lan0 type dummy
in_ns ip link set lan0 up
printf '[6to4]\npublic_ipv4 = 203.0.113.5\nlan.lan0 = 1\nrelay = 2002:c633:6401::1\n' >$cfg
sixtofour up
whole=$(site)
[[ $(grep -c . <<<"$whole") -gt 15 ]]
mapfile -t calls < <(sixtofour down && own_calls)
((${#calls[@]} > 60))
sixtofour down
! is_whole

check '6to4 up killed at its system calls is completed by the next'
tried=0
for ((i = RANDOM % step; i < ${#calls[@]}; i += step)); do
	disturbed signal=KILL "${calls[i]}"
	sixtofour up
	is_whole || fail "killed at ${calls[i]}: $(site)"
	sixtofour down
	tried=$((tried + 1))
done
echo "$tried of ${#calls[@]} calls"
((tried > 10))

check '6to4 up refused memory at its system calls tells the truth'
for ((i = RANDOM % step; i < ${#calls[@]}; i += step)); do
	disturbed error=ENOMEM "${calls[i]}"
	((status != 0)) || is_whole || fail "${calls[i]} refused: success without the effect: $(site)"
	sixtofour up
	is_whole || fail "refused at ${calls[i]}: $(site)"
	sixtofour down
done

check '6to4 down killed at its start leaves nothing that the next does not take'
sixtofour up
sixtofour down strace -o $trace -e trace=sendto -e inject=sendto:signal=KILL:when=6 || :
sixtofour down
[[ -z $(in_ns ip -6 -o address show scope global)$(in_ns ip -6 route show proto 121) ]]
ip netns delete 6faults
