# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# The story of a live migration to the same host, told by two scenarios: the domU's vif exists twice
# for a while, and the gateway address must be on the one whose guest runs. PVH, as Debian's Xen
# has no shadow paging, which PV would want. To be sourced after lib.sh.

: "${internet:?lib.sh sets it}"

# In place of ssh. The real one: drops the name of the host and runs the rest here. The failing one
# closes the receiver's way back once it has said that it is ready, so that it dies when it reports
# the domU as received: after the target's vif came online, before the domU is handed over.
write_transports() {
	transport=/tmp/$STORY-transport
	printf '#!/bin/sh\nshift\nexec "$@"\n' >"$transport"
	printf '#!/bin/sh\nshift\n"$@" | head -n 1\n' >"$transport-failing"
	chmod 755 "$transport" "$transport-failing"
}

# migrates NAME GATEWAY
migrates() {
	local name=$1 gateway=$2 source
	write_transports
	source=$(vif "$name")

	check 'the guest reaches its gateway and the internet'
	pings "$name" "$gateway" "$internet"

	check 'the target of a migration dies: the guest goes on at the source'
	! xl migrate -s "$transport-failing" "$name" localhost || fail 'the migration did not fail'
	if exists "$name--incoming"; then
		xl destroy "$name--incoming"
	fi
	[[ $(vif "$name") == "$source" ]]
	has "$source" "$gateway/64"
	pings "$name" "$gateway" "$internet"

	check 'live migration: the gateway moves to the new vif, the guest goes on'
	xl migrate -s "$transport" "$name" localhost
	[[ $(vif "$name") != "$source" ]]
	within 10 no_link "$source"
	has "$(vif "$name")" "$gateway/64"
	pings "$name" "$gateway" "$internet"

	check 'destroy leaves nothing'
	destroy "$name"
}
