#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# helpers.sh DIR: builds the small C helpers into DIR, those that are older than their source.
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
dir=$1

# build OUTPUT SOURCE FLAG...
build() {
	local output=$dir/$1 source=$here/$2
	[[ $output -nt $source ]] && return
	# Made aside and renamed: another run may be using the one that is there.
	"${CC:-cc}" -std=gnu11 -O2 -Wall -Wextra -o "$output.$$" "$source" "${@:3}"
	mv "$output.$$" "$output"
}

mkdir -p "$dir"
build xenstored-stub.so xenstored-stub.c -shared -fPIC
build sandbox sandbox.c
build scene scene.c -static
build addr-owner addr-owner.c -lmnl
build xenstore-between xenstore-between.c
build old-kernel.so old-kernel.c -shared -fPIC
build log-listener log-listener.c
build between-calls.so between-calls.c -shared -fPIC
