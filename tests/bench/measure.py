#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
#
# measure.py RUNS [-b BEFORE] CMD...: runs CMD so often, each time after the command BEFORE, and prints
# the median of its wall-clock time in milliseconds; and once more under time(1), for the most memory
# it has, in KiB (a child of Python's would be told to have had Python's).
import shlex
import statistics
import subprocess
import sys
import time

runs, command = int(sys.argv[1]), sys.argv[2:]
before = None
if command[0] == "-b":
    before, command = shlex.split(command[1]), command[2:]


def run(words):
    if before:
        subprocess.run(before, check=True, stdout=subprocess.DEVNULL)
    start = time.monotonic()
    done = subprocess.run(words, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    return (time.monotonic() - start) * 1000, done.stderr


times = [run(command)[0] for _ in range(runs)]
memory = run(["/usr/bin/time", "-f", "%M"] + command)[1].split()[-1]
print(f"{statistics.median(times):.2f} {int(memory)}")
