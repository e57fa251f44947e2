# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# A small dom0 for tests: a private XenStore, domUs that are network namespaces, their vifs as
# veths, the program called as libxl calls it, and assertions. To be sourced inside lib/sandbox.c,
# with WORK naming a directory to use; CFG is the configuration, PROGRAM the program under test.
#
# The set-up:   domu mydomu1 1 [UUID]        vif [-n] 1 0 [KEY=VALUE...]   tap 1 0
#               guest_up 1 0 ADDR [GATEWAY]  guest 1 CMD...                config <<EOF
# The life:     unplug 1 0 (its link)        vif_gone 1 0 (and its nodes)  domu_gone 1
# The call:     run hook online 1 0 [ENV=VALUE...]       run "$PROGRAM" -c "$CFG" check
# Many:         crowd 200 (a vif each)     vifs_of 100 40     at_once online 1 2 3...
# The outcome:  expect_*, wait_for, skip, fail (below); terminals, for what wants one
# The effort:   release_build WHY, where sanitizers get in the way; many ALL SAMPLE

TOP=${TOP:-$(cd "${BASH_SOURCE[0]%/*}/../.." && pwd)}
PROGRAM=${PROGRAM:-$TOP/build/vif-route-ipv6}
HELPERS=${HELPERS:-$TOP/build/tests}
CFG=${CFG:-/etc/xen/ipv6.cfg}
: "${WORK:?a directory to work in}"

export LC_ALL=C
# A program built with ASan would not have a helper loaded before ASan's own library.
export ASAN_OPTIONS=${ASAN_OPTIONS:+$ASAN_OPTIONS:}verify_asan_link_order=0

# shellcheck source=tests/lib/effort.sh
source "$TOP/tests/lib/effort.sh"

# What every vif of dom0 bears, so that the guest's address never collides with it.
readonly VIF_MAC=fe:ff:ff:ff:ff:ff VIF_LINK_LOCAL=fe80::fcff:ffff:feff:ffff/64

STATUS='' OUT='' ERR='' LAST_RUN=''
XENSTORED_PID='' BETWEEN_PID='' BETWEEN=''

# --- the end of a test ---

# Where the test file called the assertion: the first frame that is not in this directory.
where() {
	local i
	for ((i = 1; i < ${#BASH_SOURCE[@]}; i++)); do
		[[ ${BASH_SOURCE[i]%/*} == "${BASH_SOURCE[0]%/*}" ]] && continue
		echo "${BASH_SOURCE[i]##*/}:${BASH_LINENO[i - 1]}"
		return
	done
}

fail() {
	echo "$(where): $1"
	shift
	(($# == 0)) || printf '  %s\n' "$@"
	if [[ -n $LAST_RUN ]]; then
		printf 'last run: %s\n  status: %s\n' "$LAST_RUN" "$STATUS"
		sed 's/^/  stdout: /' "$WORK/out"
		sed 's/^/  stderr: /' "$WORK/err"
	fi
	exit 1
}

skip() {
	echo "$1" >"$WORK/skipped"
	exit 77
}

# Polls until the command succeeds: a test waits for a condition and never just sleeps. The seconds
# are those of an idle machine. The pauses grow, as a question often costs more than a pause.
wait_for() {
	local seconds=$1 began=$SECONDS pause=20
	shift
	until "$@" >/dev/null 2>&1; do
		patience
		((SECONDS - began <= seconds * PATIENCE)) || fail "not true within $seconds s: $*"
		rest "$pause"
		((pause > 100 || (pause += pause / 2)))
	done
}

# rest MILLISECONDS: sleeps, without starting a program: nobody writes into that pipe.
rest() {
	local seconds
	[[ -p $WORK/silence ]] || mkfifo "$WORK/silence"
	printf -v seconds '0.%03d' "$1"
	read -rt "$seconds" <>"$WORK/silence" || :
}

# Makes new terminals possible, which the sandbox's own /dev has none of.
terminals() {
	mkdir -p /dev/pts
	mount -t devpts -o newinstance,ptmxmode=666 devpts /dev/pts 2>/dev/null ||
		skip "no terminals in this namespace"
	ln -s pts/ptmx /dev/ptmx
}

# --- programs that are unpacked and not installed (unpack.sh) ---

# need_unpacked NAME PROGRAM: lays build/NAME over the sandbox's /usr, unless PROGRAM is installed.
need_unpacked() {
	local layer=$TOP/build/$1
	! command -v "$2" >/dev/null || return 0
	[[ -d $layer ]] || skip "no $1: make need-package, with a network, unpacks it to build/$1"
	mount -t overlay -o "lowerdir=$layer/usr:/usr" overlay /usr || skip "nothing can be laid over /usr"
}

# --- the XenStore ---

# XENSTORED chooses the daemon: xenstored, oxenstored (both releases of Debian start that one by
# default), or a path.
find_xenstored() {
	for daemon in "${XENSTORED:-}" /usr/lib/xen-*/bin/"${XENSTORED:-xenstored}"; do
		[[ $daemon == /* && -x $daemon ]] && return
	done
	fail "no ${XENSTORED:-xenstored}: install xen-utils, or name it in XENSTORED"
}

xenstore_up() {
	local daemon options=(-N "--pid-file=$WORK/xenstored.pid")
	find_xenstored
	export XENSTORED_RUNDIR=$WORK/xenstore
	if [[ ${daemon##*/} == oxenstored ]]; then # it knows no place but this, and no log but a file
		options=(--no-fork --no-domain-init --no-access-log)
		mkdir -p /var/log/xen /run/xenstored
		mount --bind "$XENSTORED_RUNDIR" /run/xenstored
	fi
	LD_PRELOAD=$HELPERS/xenstored-stub.so "$daemon" "${options[@]}" >"$WORK/xenstored.log" 2>&1 &
	XENSTORED_PID=$!
	trap end_xenstored EXIT
	scene up /local/domain/0/domid 0 /local/domain/0/name Domain-0 || fail "no xenstored:" "$(<"$WORK/xenstored.log")"
}

end_xenstored() {
	[[ -n $XENSTORED_PID ]] || return 0
	kill -KILL "$XENSTORED_PID" 2>/dev/null || :
	wait "$XENSTORED_PID" 2>/dev/null || :
	XENSTORED_PID=''
}

xenstore_down() {
	end_xenstored
	rm -f "$XENSTORED_RUNDIR/socket"
}

# xenstore_between RULE...: a misbehaving XenStore in front of the real one (see
# xenstore-between.c), for `hook ... "$BETWEEN"`; another call replaces its rules.
xenstore_between() {
	local dir=$WORK/between
	mkdir -p "$dir"
	[[ -z $BETWEEN_PID ]] || kill "$BETWEEN_PID" 2>/dev/null || :
	rm -f "$dir/socket"
	"$HELPERS/xenstore-between" "$dir" "$WORK/xenstore" "$@" &
	BETWEEN_PID=$!
	# shellcheck disable=SC2034 # for the tests
	BETWEEN=XENSTORED_RUNDIR=$dir
	wait_for 5 test -S "$dir/socket"
}

# An /etc that is this machine's, and the test's own where it is written.
own_etc() {
	local upper=$WORK/upper
	mkdir "$upper"
	mount -t tmpfs tmpfs "$upper"
	mkdir "$upper/etc" "$upper/work"
	mount -t overlay overlay -o "lowerdir=/etc,upperdir=$upper/etc,workdir=$upper/work" /etc ||
		skip "no overlay file systems here"
}

# ndppd_up: with what uplink-config prints, and started again when it dies, as the drop-in for its unit
# has systemd do it.
ndppd_up() {
	command -v ndppd >/dev/null || skip "no ndppd: install it"
	"$PROGRAM" uplink-config >"$WORK/ndppd.conf" || fail "uplink-config"
	while :; do
		ndppd -c "$WORK/ndppd.conf" || :
		rest 500
	done >"$WORK/ndppd" 2>&1 &
}

# --- a systemd by systemd.sh, whose caller leaves that script's pid in $systemd ---

# The oldest: what it has started has its name, too, until it becomes another program.
systemd_pid() {
	pgrep -o -x systemd
}

# shellcheck disable=SC2154 # the tests' own
systemd_down() {
	kill -KILL "$(systemd_pid)" 2>/dev/null || :
	wait "$systemd" 2>/dev/null || :
}

# --- domUs and their vifs ---

scene() {
	"$HELPERS/scene" "$@"
}

# uuid_of DOMID [VARIABLE], mac_of and backend DOMID DEVID [VARIABLE]: print it, or set the variable,
# which starts no subshell.
# shellcheck disable=SC2059 # an option, no format
uuid_of() {
	printf ${2:+-v "$2"} '%08x-0000-4000-8000-%012x' "$1" "$1"
}

# shellcheck disable=SC2059 # an option, no format
mac_of() {
	printf ${3:+-v "$3"} '00:16:3e:%02x:%02x:%02x' $(($1 >> 8 & 255)) $(($1 & 255)) "$2"
}

# shellcheck disable=SC2059 # an option, no format
backend() {
	printf ${3:+-v "$3"} '/local/domain/0/backend/vif/%s/%s' "$1" "$2"
}

# domu NAME DOMID [UUID]: a running domU in the XenStore and as a network namespace. One that
# migrates (NAME--incoming) keeps the UUID of the last domU of that name.
declare -A UUIDS
domu() {
	local name=$1 domid=$2 base=${1%--*} uuid=${3:-}
	[[ -n $uuid || $base == "$name" ]] || uuid=${UUIDS[$base]:-}
	[[ -n $uuid ]] || uuid_of "$domid" uuid
	UUIDS[$base]=$uuid
	scene domu "$domid" \
		"/local/domain/$domid/name" "$name" \
		"/local/domain/$domid/domid" "$domid" \
		"/local/domain/$domid/vm" "/vm/$uuid" \
		"/vm/$uuid/name" "$name" \
		"/vm/$uuid/uuid" "$uuid" \
		"/libxl/$domid/type" pvh
}

# vif [-n] DOMID DEVID [KEY=VALUE...]: the nodes libxl writes before it calls the hotplug script,
# and the link, down as netback leaves it. KEY=VALUE changes or adds a backend node; -n: no link.
vif() {
	local link=yes domid devid back front mac pair extra=()
	[[ $1 != -n ]] || { link=no && shift; }
	domid=$1 devid=$2
	shift 2
	backend "$domid" "$devid" back
	mac_of "$domid" "$devid" mac
	front=/local/domain/$domid/device/vif/$devid
	for pair in "$@"; do
		extra+=("$back/${pair%%=*}" "${pair#*=}")
	done
	scene write \
		"$back/frontend" "$front" "$back/frontend-id" "$domid" \
		"$back/online" 1 "$back/state" 2 \
		"$back/script" /etc/xen/scripts/vif-route \
		"$back/mac" "$mac" \
		"$back/ip" '' "$back/bridge" xenbr0 "$back/handle" "$devid" "$back/type" vif \
		"$back/feature-sg" 1 "$back/feature-gso-tcpv4" 1 "$back/feature-rx-copy" 1 \
		"$back/hotplug-status" '' \
		"$front/backend" "$back" "$front/backend-id" 0 "$front/state" 1 \
		"$front/handle" "$devid" "$front/mac" "$mac" \
		"/libxl/$domid/device/vif/$devid/backend" "$back" \
		"/libxl/$domid/device/vif/$devid/frontend" "$front" \
		"${extra[@]}"
	[[ $link == no ]] || vif_link "$domid" "$devid"
}

# The guest's end has the guest's MAC address and is down until guest_up.
vif_link() {
	local domid=$1 devid=$2 mac
	mac_of "$domid" "$devid" mac
	ip link add name "vif$domid.$devid" address $VIF_MAC type veth \
		peer name "eth$devid" address "$mac" netns "dom$domid"
}

# tap DOMID DEVID: the emulated card of an HVM domU. A veth serves: it has carrier when wanted.
tap() {
	ip link add name "vif$1.$2-emu" address $VIF_MAC type veth peer name "emu$2" netns "dom$1"
}

# unplug DOMID DEVID: the link goes, the XenStore still has its nodes, as libxl's offline sees it.
unplug() {
	local back
	backend "$1" "$2" back
	ip link del dev "vif$1.$2"
	scene write "$back/state" 6 "$back/online" 0
}

# vif_gone DOMID DEVID: nodes and link, after a forced removal.
vif_gone() {
	xenstore_rm "$(backend "$1" "$2")" "/local/domain/$1/device/vif/$2" \
		"/libxl/$1/device/vif/$2"
	! link_exists "vif$1.$2" || ip link del dev "vif$1.$2"
}

# domu_gone DOMID: its own nodes go. Backend nodes, links and guest stay until they are removed,
# which is the leftover that a crash or a skipped offline makes.
domu_gone() {
	local vm
	vm=$(xenstore-read "/local/domain/$1/vm" 2>/dev/null || :)
	xenstore_rm "/local/domain/$1" "/libxl/$1" ${vm:+"$vm"}
}

xenstore_rm() {
	local path
	for path in "$@"; do
		xenstore-rm "$path" 2>/dev/null || :
	done
}

link_exists() {
	[[ -d /proc/sys/net/ipv4/conf/$1 ]]
}

guest() {
	scene in "$@"
}

# guest_up DOMID DEVID ADDRESS/LEN [GATEWAY]: what the guest's own network configuration does.
guest_up() {
	local domid=$1 link=eth$2
	guest "$domid" ip -batch - <<-END
		link set $link up
		addr add $3 dev $link nodad
		${4:+route add default via $4 dev $link}
	END
}

# --- calls ---

config() {
	cat >"$CFG"
}

# hook COMMAND DOMID DEVID [ENV=VALUE...]: the program as vif-route's hook runs it under libxl.
hook() {
	local command=$1 domid=$2 devid=$3
	shift 3
	if [[ $command == add || $command == remove ]] || link_exists "vif$domid.$devid-emu"; then
		set -- "INTERFACE=vif$domid.$devid-emu" "$@"
	fi
	local -x script=/etc/xen/scripts/vif-route XENBUS_TYPE=vif XENBUS_BASE_PATH=backend \
		"XENBUS_PATH=backend/vif/$domid/$devid" netdev='' "vif=vif$domid.$devid" "$@"
	"$PROGRAM" -c "$CFG" "$command"
}

# preload LIBRARY: the environment, for hook, that loads a helper into the program.
preload() {
	echo "LD_PRELOAD=$HELPERS/$1"
}

# run CMD...: STATUS, OUT and ERR are what came of it; $WORK/out and err hold the exact bytes.
run() {
	LAST_RUN=$*
	STATUS=0
	"$@" >"$WORK/out" 2>"$WORK/err" </dev/null || STATUS=$?
	{ OUT=$(<"$WORK/out") ERR=$(<"$WORK/err"); } 2>/dev/null # bash's warning of NUL bytes
}

# --- many at once ---

# crowd N: domUs 1 to N with a vif each, as domu and vif make them, but all in one go.
crowd() {
	local size=$1 i back nodes=() links=$WORK/links
	echo 1 >/proc/sys/net/ipv6/conf/all/forwarding
	for ((i = 1; i <= size; i++)); do
		back=$(backend "$i" 0)
		nodes+=("/local/domain/$i/name" "domu$i" "/local/domain/$i/vm" "/vm/$(uuid_of "$i")"
			"$back/frontend-id" "$i" "$back/mac" "$(mac_of "$i" 0)" "$back/state" 2)
		printf 'link add name vif%d.0 type veth peer name peer%d\n' "$i" "$i"
	done >"$links"
	ip -batch "$links"
	printf '%s\0' "${nodes[@]}" | xargs -0 -n 400 xenstore-write
}

# vifs_of DOMUS VIFS: domUs 1 to DOMUS with so many vifs each, and their file: a section each, with
# 2001:db8:DOMID:DEVID::1/64 for each vif. xenstored's directories stay short, so 4,000 take seconds.
vifs_of() {
	local domid devid back=/local/domain/0/backend/vif
	echo 1 >/proc/sys/net/ipv6/conf/all/forwarding
	for ((domid = 1; domid <= $1; domid++)); do
		printf '[domu domu%d]\n' "$domid" >&3
		printf '%s\0' "/local/domain/$domid/name" "domu$domid" \
			"/local/domain/$domid/vm" "/vm/$(uuid_of "$domid")" >&4
		for ((devid = 0; devid < $2; devid++)); do
			printf 'ipv6_gateway_addr.%d = 2001:db8:%x:%x::1/64\n' "$devid" "$domid" "$devid" >&3
			printf "$back/%d/%d/%s\0%s\0" "$domid" "$devid" frontend-id "$domid" \
				"$domid" "$devid" state 2 >&4
			printf "$back/%d/%d/mac\0""00:16:3e:00:%02x:%02x\0" "$domid" "$devid" "$domid" "$devid" >&4
			printf 'link add name vif%d.%d up type veth peer name p%d.%d\n' \
				"$domid" "$devid" "$domid" "$devid" >&5
		done
	done 3>"$CFG" 4>"$WORK/nodes" 5>"$WORK/links"
	ip -batch "$WORK/links"
	xargs -0 -n 400 xenstore-write <"$WORK/nodes"
}

# at_once COMMAND DOMID...: the hook for the first vif of all of them together; the failures' domids
# in $WORK/failed, and what each said in $WORK/err.DOMID.
at_once() {
	local command=$1
	shift
	: >"$WORK/failed"
	# shellcheck disable=SC2016 # for dash
	# dash, as forks of this shell would take most of the processor
	printf '%s\n' "$@" | WORK=$WORK PROGRAM=$PROGRAM CFG=$CFG xargs -P "$#" -I@ env \
		script=/etc/xen/scripts/vif-route XENBUS_TYPE=vif XENBUS_BASE_PATH=backend \
		XENBUS_PATH=backend/vif/@/0 netdev= vif=vif@.0 dash -c \
		'"$PROGRAM" -c "$CFG" "$1" 2>"$WORK/err.$2" </dev/null || echo "$2" >>"$WORK/failed"' \
		dash "$command" @
}

global_addresses() {
	local link address
	while read -r _ link _ address _; do
		echo "$link $address"
	done < <(ip -6 -o addr show scope global) | sort
}

# --- assertions on the last run ---

expect_status() {
	[[ $STATUS == "$1" ]] || fail "expected status $1, saw $STATUS"
}

# Done, and no complaints.
expect_ok() {
	expect_status 0
	[[ -z $ERR ]] || fail "expected nothing on stderr"
}

# Not a word on either.
expect_quiet() {
	[[ -z $OUT$ERR ]] || fail "expected no output"
}

expect_out() {
	[[ $OUT == *"$1"* ]] || fail "expected on stdout: $1"
}

expect_no_out() {
	[[ $OUT != *"$1"* ]] || fail "not expected on stdout: $1"
}

expect_err() {
	[[ $ERR == *"$1"* ]] || fail "expected on stderr: $1"
}

expect_no_err() {
	[[ $ERR != *"$1"* ]] || fail "not expected on stderr: $1"
}

# --- assertions on the kernel and the XenStore ---

# One line an address: `2001:db8::1/64 scope global nodad ...`.
addrs() {
	local line
	ip -6 -o addr show dev "$1" 2>/dev/null | while read -r line; do
		echo "${line#* inet6 }"
	done
}

routes() {
	ip -6 route show table all dev "$1" 2>/dev/null
}

# long_dad LINK: an address added without nodad is tentative for a minute, unless somebody has it.
long_dad() {
	echo 1 >"/proc/sys/net/ipv6/conf/$1/accept_dad"
	echo 60 >"/proc/sys/net/ipv6/conf/$1/dad_transmits"
}

# has_line LINES FIRST [WORDS...]: a line that begins with FIRST and contains all WORDS.
has_line() {
	local lines=$1 first=$2 line word
	shift 2
	while read -r line; do
		[[ $line == "$first" || $line == "$first "* ]] || continue
		for word in "$@"; do
			[[ " $line " == *" $word "* ]] || continue 2
		done
		return 0
	done <<<"$lines"
	return 1
}

has_addr() {
	has_line "$(addrs "$1")" "${@:2}"
}

has_route() {
	has_line "$(routes "$1")" "${@:2}"
}

# expect_addr LINK ADDRESS/LEN [WORDS...], the words as ip shows them ("scope link", tentative).
expect_addr() {
	has_addr "$@" || fail "expected on $1: address ${*:2}, saw:" "$(addrs "$1")"
}

# expect_no_addr LINK [ADDRESS[/LEN]]: none such, or none but the kernel's own link-local one.
expect_no_addr() {
	local seen
	seen=$(addrs "$1")
	if [[ -n ${2:-} ]]; then
		seen=$(grep -E "^${2//./\\.}[/ ]" <<<"$seen" || :)
	else
		seen=$(grep -v "^$VIF_LINK_LOCAL " <<<"$seen" || :)
	fi
	[[ -z $seen ]] || fail "expected no address ${2:-} on $1, saw:" "$seen"
}

# owner LINK ADDRESS/LEN: the address's IFA_PROTO, the mark of who put it there.
owner() {
	"$HELPERS/addr-owner" "$1" | sed -n "s|^$2 ||p"
}

# Marked by a program: 0 is no mark, 1 to 3 are the kernel's own.
expect_owned() {
	(($(owner "$1" "$2") > 3)) || fail "expected on $1: $2 marked, saw: $(owner "$1" "$2")"
}

expect_route() {
	has_route "$@" || fail "expected on $1: route ${*:2}, saw:" "$(routes "$1")"
}

expect_no_route() {
	! has_route "$@" || fail "expected on $1: no route ${*:2}, saw:" "$(routes "$1")"
}

expect_node() {
	local seen
	seen=$(xenstore-read "$1" 2>/dev/null) || fail "expected node $1 = $2, saw none"
	[[ $seen == "$2" ]] || fail "expected node $1 = $2, saw: $seen"
}

expect_no_node() {
	! xenstore-exists "$1" || fail "expected no node $1, saw: $(xenstore-read "$1")"
}

expect_sysctl() {
	local seen
	seen=$(<"/proc/sys/$1") || fail "no sysctl $1"
	[[ $seen == "$2" ]] || fail "expected sysctl $1 = $2, saw: $seen"
}
