# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# Day two: the entry of a running domU is edited, sync puts it into effect and status says so; and
# antispoof, switched on the same way, stops what the guest sends from an address that is not its own.

# shellcheck source=tests/xen/lib.sh
. "$TESTS/lib.sh"

# The new network is the one closer to the internet's address: the guest, which has an address of
# each from the start, then speaks to the internet from it (RFC 6724, rule 8).
old=2001:db8:0:d1 new=2001:db8:ff00:d2
forged=2001:db8:0:bad::1
section='/^\[domu edited\]/,/^$/'

domu edited <<-END
	type = "pv"
	vif = ['']
	extra = "$guest forge=$forged eth0=$new::2/64@$new::1,$old::2/64@$old::1"
END

# sync_edited LINE...: the changes that it makes. Its status is 1, as it also tells of the mistake in
# the entry of another domU.
sync_edited() {
	local said line
	said=$(vif-route-ipv6 sync edited) || true
	echo "$said"
	for line in "$@"; do
		grep -qxF -e "$line" <<<"$said" || fail "sync does not say: $line"
	done
	[[ $(wc -l <<<"$said") == "$#" ]] || fail "sync says more: $said"
}

# How many forged packets have got as far as the internet.
leaked() {
	ip netns exec internet nft list counter inet edited forged | grep -oE 'packets [0-9]+'
}

leaks() {
	[[ $(leaked) != 'packets 0' ]]
}

check 'a domU starts with one network'
create edited
link=$(vif edited)
has "$link" "$old::1/64"
pings edited "$old::1"

check 'its entry is edited: sync puts the new network on its vif, and takes the old one off'
edit "$section s/$old::1/$new::1/"
sync_edited "+ $link $new::1/64 (edited)" "- $link $old::1/64 (edited)"
has "$link" "$new::1/64"
nothing 'of the old network, dom0 has' ip -6 -o address show to "$old::1"

check 'the guest reaches the new gateway and the internet, and is reached'
pings edited "$new::1" "$internet"
reachable "$new::2"

check 'status says so, as a table and as JSON'
vif-route-ipv6 status edited >/tmp/edited.status || true
cat /tmp/edited.status
grep -E "^edited +$link +$new::1/64 +ok" /tmp/edited.status
vif-route-ipv6 status --json edited >/tmp/edited.status || true
cat /tmp/edited.status
grep -F "\"$new::1/64\"" /tmp/edited.status
grep -E '"state": ?"ok"' /tmp/edited.status
rm /tmp/edited.status

check 'without antispoof, what it forges gets out'
ip netns exec internet nft -f - <<-END
	table inet edited {
		counter forged { }
		chain input {
			type filter hook input priority 0; policy accept;
			ip6 saddr $forged counter name "forged"
		}
	}
END
within "$patience" leaks || fail 'the guest does not forge'

check 'with antispoof it does not, and what is its own does'
edit "$section s/^antispoof = no/antispoof = yes/"
sync_edited "+ $link antispoof (edited)"
seen=$(leaked)
pings edited "$internet" "$new::1"
pings edited "$internet"
[[ $(leaked) == "$seen" ]] || fail "$seen became $(leaked)"

check 'destroy leaves nothing'
ip netns exec internet nft delete table inet edited
destroy edited
