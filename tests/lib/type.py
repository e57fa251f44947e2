#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""
type.py PROMPT COMMAND...: runs COMMAND on a terminal of its own, types stdin there once PROMPT has
come, and prints what the screen shows.
"""
import os
import pty
import sys


def read(terminal):
    try:
        return os.read(terminal, 65536)
    except OSError:  # EIO: the other end is closed
        return b""


def main(prompt, *command):
    keys = sys.stdin.buffer.read()
    child, terminal = pty.fork()
    if child == 0:
        os.execvp(command[0], command)
    screen = b""
    while prompt.encode() not in screen:
        shown = read(terminal)
        if not shown:
            sys.exit("no prompt: " + screen.decode(errors="replace"))
        screen += shown
    while keys:
        keys = keys[os.write(terminal, keys[:512]):]
    while shown := read(terminal):
        screen += shown
    os.waitpid(child, 0)
    sys.stdout.buffer.write(screen)


main(*sys.argv[1:])
