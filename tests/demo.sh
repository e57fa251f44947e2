#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# The main job, shown on this machine without Xen: the program gives two domUs their gateways, and
# the guests ping through them. XenStore and kernel are the real ones; a network namespace stands in
# for dom0 and one for each domU, so nothing of this machine is touched. Exits 0 only if all worked.
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
self=$here/${0##*/}
PROGRAM=$(realpath -m "${PROGRAM:-$here/../build/vif-route-ipv6}")
HELPERS=${HELPERS:-$here/../build/tests}
export PROGRAM HELPERS

bold='' green='' plain=''
if [[ -t 1 ]]; then
	bold=$'\e[1m' green=$'\e[32m' plain=$'\e[0m'
fi

heading() {
	printf '\n%s%s%s\n' "$bold" "$*" "$plain"
}

# Runs a command of the second part, under the words of the first: show 'words' CMD...
show() {
	printf '  $ %s\n' "$1"
	run "${@:2}"
	sed 's/^/  /' "$WORK/out" "$WORK/err"
	[[ $STATUS == 0 ]] || fail "the demo ends here: that should have worked"
}

show_online() {
	local link=vif$1.0
	show "XENBUS_PATH=backend/vif/$1/0 vif=$link vif-route-ipv6 online" hook online "$1" 0
	expect_addr "$link" "$2"
	show "ip -6 addr show dev $link" ip -6 addr show dev "$link"
}

show_ping() {
	# A guest that has just started may be a moment away from answering.
	wait_for 10 guest "$1" ping -6 -c 1 -W 1 "$2"
	show "ping $2" guest "$1" ping -6 -c 3 -i 0.2 "$2"
}

show_offline() {
	show "XENBUS_PATH=backend/vif/$1/0 vif=vif$1.0 vif-route-ipv6 offline" hook offline "$1" 0
	expect_no_addr "vif$1.0"
}

story() {
	heading "A dom0 with two domUs, mydomu1 and mydomu2, as libxl starts them"
	xenstore_up
	domu mydomu1 1 && vif 1 0
	domu mydomu2 2 && vif 2 0
	echo 1 >/proc/sys/net/ipv6/conf/all/forwarding
	show "xenstore-list /local/domain" xenstore-list /local/domain
	show "ip -br link show type veth" ip -br link show type veth

	heading "Its /etc/xen/ipv6.cfg: one gateway for each domU"
	config <<-'END'
		ipv6_gateway_addr[mydomu1]=2001:db8:0:1::1/64

		[domu mydomu2]
		ipv6_gateway_addr = 2001:db8:0:2::1/64
	END
	show "cat /etc/xen/ipv6.cfg" cat "$CFG"

	heading "mydomu1 starts: the hook puts its gateway on its vif"
	show_online 1 2001:db8:0:1::1/64
	guest_up 1 0 2001:db8:0:1::2/64 2001:db8:0:1::1

	heading "mydomu2 starts"
	show_online 2 2001:db8:0:2::1/64
	guest_up 2 0 2001:db8:0:2::2/64 2001:db8:0:2::1

	heading "Inside mydomu1: its gateway answers"
	show_ping 1 2001:db8:0:1::1

	heading "Inside mydomu1: mydomu2 answers, across dom0"
	show_ping 1 2001:db8:0:2::2

	heading "Both shut down: the gateways go"
	show_offline 1
	show_offline 2
	show "ip -6 addr show to 2001:db8::/32" ip -6 addr show to 2001:db8::/32
	expect_quiet

	heading "${green}It works: both gateways came, carried traffic, and went.${plain}"
}

# Root may make namespaces; others may where the kernel lets them be root in a user namespace.
as_some_root() {
	if ((EUID == 0)); then
		exec "$self" --outside
	elif unshare -r true 2>/dev/null; then
		exec unshare -r "$self" --outside
	fi
	echo "demo: no network namespaces for this user: run it as root (sudo make demo)" >&2
	exit 1
}

outside() {
	[[ -x $PROGRAM ]] || {
		echo "demo: there is no $PROGRAM yet: run make first" >&2
		exit 1
	}
	"$here/lib/helpers.sh" "$HELPERS"
	WORK=$(mktemp -d)
	export WORK
	trap 'rm -rf "$WORK"' EXIT
	"$HELPERS/sandbox" "$self" --inside
}

case ${1:-} in
--inside)
	# shellcheck source-path=SCRIPTDIR source=lib/harness.sh
	source "$here/lib/harness.sh"
	story
	;;
--outside)
	outside
	;;
*)
	as_some_root
	;;
esac
