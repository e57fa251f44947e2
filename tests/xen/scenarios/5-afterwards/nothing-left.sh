# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# All domUs are gone: so is everything that the suite put into dom0's kernel.

# shellcheck source=tests/xen/lib.sh
. "$TESTS/lib.sh"

check 'no domU, vif, address, route or rule is left'
[[ $(xl list | tail -n +2 | wc -l) == 1 ]] || fail "there still are domUs: $(xl list)"
nothing 'vifs' find /sys/class/net -name 'vif*'
for link in /sys/class/net/*; do
	has_none "${link##*/}"
done
nothing 'routes' ip -6 route show table all proto "$mark"
nothing 'rules' nft list ruleset
