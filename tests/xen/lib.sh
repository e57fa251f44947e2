# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# What the scenarios are written in; each sources it first, and runs with "bash -euo pipefail" in
# dom0. A scenario is a story told in checks:
#
#   check 'WHAT HOLDS'          begins one; it passes if every command up to the next succeeds, and
#                               the first that fails ends the story
#   domu NAME <<END ... END     writes /etc/xen/NAME.cfg: these lines and what all domUs have
#   edit SED-SCRIPT             changes /etc/xen/ipv6.cfg, which other stories read and edit as well
#   guest_config NAME           the eth0= that guest-config has for it
#   create NAME                 starts it, up to its init
#   create_paused NAME          starts it, but not its kernel
#   refused NAME TEXT...        xl create fails, and prints each TEXT
#   destroy NAME                ends it and looks that nothing of the suite stays behind
#   has DEV ADDRESS/LENGTH      dom0 holds the address there: the suite's own, usable at once
#   has_none DEV                the suite put no address there
#   nothing WHAT COMMAND...     the command prints nothing
#   connected NAME [DEVID]      the hotplug script told libxl so
#   pings NAME ADDRESS...       the guest gets answers, from now on
#   reachable ADDRESS...        from the internet, through dom0
#
# What a check prints goes into the story's log; standard output is the report.

: "${STORY:?}" "${LOG:?}" "${TESTS:?}" "${CHECKOUT:?}"

# For a domU's "extra": a quick boot, and whom to ping beside its gateways. pci=off spares a PVH or PV
# guest a long search for a bus that it has not.
# shellcheck disable=SC2034
readonly internet=2001:db8:ffff::2 internet4=198.51.100.2
# shellcheck disable=SC2034
readonly guest="console=hvc0 quiet norandmaps rodata=off pci=off ping=$internet"
readonly mark=120 # SUITE_PROTOCOL, on addresses and routes
readonly patience=90 # seconds

exec 3>&1 >&2
domus=()
checking='' began=0 reason=''

# --- the report ---

passed() {
	[[ -z $checking ]] || echo "ok $STORY: $checking ($((SECONDS - began))s)" >&3
	checking=''
}

check() {
	passed
	checking=$1 began=$SECONDS
	echo "$checking" >"$LOG/at/$STORY"
	echo "--- $checking"
}

fail() {
	reason=$*
	echo "$reason"
	exit 1
}

# What an administrator would look at first.
evidence() {
	tail -n 30 "$LOG/story/$STORY"
	echo "--- the host"
	xl list
	ip -6 address show | grep -v 'valid_lft'
	ip -6 route show
	tail -n 15 /var/log/xen/xen-hotplug.log /var/log/xen/syslog
	for domu in "${domus[@]}"; do
		tail -n 5 "/var/log/xen/console/guest-$domu.log"
	done
}

# In one piece, as other stories report as well.
report_failure() {
	local text
	text=$(evidence 2>&1 | tr -d '\r' | sed 's/^/    /')
	printf 'FAIL %s: %s: %s\n%s\n' "$STORY" "${checking:-the story}" "$reason" "$text" >&3
}

finish() {
	local status=$? domu
	trap - ERR EXIT
	set +e
	if ((status == 0)); then
		passed
	else
		report_failure
	fi
	for domu in "${domus[@]}"; do
		xl destroy "$domu" 2>/dev/null
	done
	exit "$status"
}

set -E
trap 'reason=${reason:-"${BASH_SOURCE[0]##*/}, line $LINENO: $BASH_COMMAND failed"}' ERR
trap finish EXIT
trap 'exit 143' TERM # it took too long

# True within SECONDS of an idle machine, looked at again and again.
within() {
	local end=$((SECONDS + $1 * ${PATIENCE:-1}))
	shift
	until "$@"; do
		((SECONDS < end)) || return 1
		sleep 1
	done
}

# --- domUs ---

domu() {
	{
		cat <<-END
			name = "$1"
			kernel = "$CHECKOUT/build/xen/vmlinux"
			ramdisk = "$CHECKOUT/build/xen/guest.cpio"
			memory = 128
			tsc_mode = "native"    # emulated, it takes a trap for each look at the clock
			on_crash = "preserve"
		END
		cat
	} >"/etc/xen/$1.cfg"
	echo "/etc/xen/$1.cfg:" && sed 's/^/    /' "/etc/xen/$1.cfg"
}

# In one step, as they may be reading it; without a line more or less, as one of them counts them.
edit() {
	(
		flock 9
		sed "$1" /etc/xen/ipv6.cfg >/etc/xen/ipv6.cfg.new
		mv /etc/xen/ipv6.cfg.new /etc/xen/ipv6.cfg
	) 9>/run/ipv6.cfg.edit
}

# What guest-config says that the guest is to have, in guest-init's words.
guest_config() {
	vif-route-ipv6 guest-config "$1" |
		awk '$1 == "address" { address = $2 } $1 == "gateway" { print address "@" $2 }'
}

exists() {
	xl domid "$1" >/dev/null 2>&1
}

# How often an init has spoken on a domU's console.
init_lines() {
	{ grep -sE '^(guest|driver): ' "/var/log/xen/console/guest-$1.log" || true; } | wc -l
}

init_speaks() {
	(($(init_lines "$1") > $2))
}

# In emulation about one boot in fifty of a PVH kernel ends by a triple fault, at its write of the
# APIC's EOI register. xl then starts the domU again, with a new domid, and so the vif that a story
# remembers would be gone. Hence a domU counts as created when its init runs.
create() {
	local before
	domus+=("$1")
	before=$(init_lines "$1")
	xl create "/etc/xen/$1.cfg" || fail "xl create $1 failed"
	within "$patience" init_speaks "$1" "$before" || fail "$1 does not boot"
}

create_paused() {
	domus+=("$1")
	xl create -p "/etc/xen/$1.cfg" || fail "xl create $1 failed"
}

refused() {
	local name=$1 said text
	shift
	domus+=("$name")
	if said=$(xl create -p "/etc/xen/$name.cfg" 2>&1); then
		fail "xl created $name"
	fi
	echo "$said"
	for text in "$@"; do
		[[ $said == *"$text"* ]] || fail "xl does not say: $text"
	done
	! exists "$name" || fail "$name is there all the same"
}

vif() {
	echo "vif$(xl domid "$1").${2:-0}"
}

backend() {
	echo "/local/domain/0/backend/vif/$(xl domid "$1")/${2:-0}"
}

connected() {
	local status
	status=$(xenstore-read "$(backend "$@")/hotplug-status")
	[[ $status == connected ]] || fail "hotplug-status of $1 is: $status"
}

no_link() {
	! ip link show "$1" >/dev/null 2>&1
}

# The domU's own links go with it; what could stay are routes, and rules that name them.
destroy() {
	local device devices
	devices=$(ip -o link show | grep -oE " vif$(xl domid "$1")\.[0-9]+(-emu)?" || true)
	xl destroy "$1"
	for device in $devices; do
		within 10 no_link "$device" || fail "$device is still there"
		nothing_names "$device"
	done
}

# nothing WHAT COMMAND...: it prints nothing.
nothing() {
	local what=$1 found
	shift
	found=$("$@")
	[[ -z $found ]] || fail "$what: $found"
}

nothing_names() {
	! ip -6 route show table all | grep -w "dev $1" || fail "a route by $1 is left"
	! nft list ruleset | grep -F "\"$1\"" || fail "a rule for $1 is left"
}

# --- addresses ---

# The suite's addresses on a link; Debian 12's ip does not show whose an address is.
marked() {
	"$CHECKOUT/build/tests/addr-owner" "$1" | sed -n "s/ $mark\$//p"
}

has() {
	local line
	grep -qxF "$2" <<<"$(marked "$1")" || fail "$1 does not have $2, but: $(ip -6 -o address show dev "$1")"
	line=$(ip -6 -o address show dev "$1" | grep -F " $2 ") # not others of its network
	[[ $line != *tentative* && $line != *dadfailed* ]] || fail "$2 cannot be used: $line"
}

has_none() {
	nothing "$1 has" marked "$1"
}

# --- traffic ---

# A guest reports each of its pings on its console. xenconsoled names the log by the domU's name at
# its creation, with --incoming at the target of a migration.
answers() {
	cat "/var/log/xen/console/guest-$1"{,--incoming}.log 2>/dev/null | grep -cF "guest: $2 answers" || true
}

# Two more: the first may be one that was under way before.
more_answers() {
	(($(answers "$1" "$2") >= $3 + 2))
}

pings() {
	local name=$1 address
	local -A before
	shift
	for address in "$@"; do
		before[$address]=$(answers "$name" "$address")
	done
	for address in "$@"; do
		within "$patience" more_answers "$name" "$address" "${before[$address]}" ||
			fail "$name gets no answer from $address"
	done
}

reaches() {
	ip netns exec internet ping -q -c 1 -W 2 "$1" >/dev/null
}

reachable() {
	local address
	for address in "$@"; do
		within 20 reaches "$address" || fail "$address cannot be reached from the internet"
	done
}
