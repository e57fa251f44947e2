#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# What a shell hook costs: the steps of the wiki's recipe, and no more than those. One look into the
# XenStore (at the node that xend wrote, so that it has something to find), one grep, one ip.
set -eu

: "${XENBUS_PATH:?}" "${vif:?}"
cfg=${CFG:-/etc/xen/ipv6.cfg}
name=$(xenstore-read "$XENBUS_PATH/domain")
line=$(grep -i "ipv6_gateway_addr\[$name\]=" "$cfg") || exit 0

case $1 in
online) exec ip -6 addr add "${line##*=}" dev "$vif" ;;
offline) exec ip -6 addr del "${line##*=}" dev "$vif" ;;
esac
