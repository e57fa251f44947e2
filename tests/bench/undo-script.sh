#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# undo-script.sh VIF: takes off what a hotplug script for ip= put on the vif.
ip -4 route flush dev "$1"
ip -4 address flush dev "$1"
ip -6 address flush dev "$1" scope global
