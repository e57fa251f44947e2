# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# What there is by the program's own --help, for tests that compare other places with it.

# The commands, and behind those that have them their subcommands: a line each.
help_commands() {
	local command
	"$PROGRAM" --help | sed -n '/^Commands:/,/^$/s/^  \([a-z0-9-]*\) .*/\1/p' |
		while read -r command; do
			echo "$command"
			"$PROGRAM" "$command" --help | sed -n "s/^  \($command [a-z0-9-]*\).*/\1/p"
		done
}

# help_options [COMMAND]: its options, a line each: the short one or -, the long one, and the value.
help_options() {
	# shellcheck disable=SC2086 # two words
	"$PROGRAM" ${1:-} --help |
		sed -nE 's/^ *(-[a-zA-Z])?,? *(--[a-z-]+)( [A-Z=0-9]+)?  .*/\1 \2\3/p' | sed 's/^ /- /'
}
