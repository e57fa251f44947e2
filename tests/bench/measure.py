#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
#
# measure.py RUNS [-b BEFORE] CMD...: runs CMD so often, each time after the command BEFORE, and prints
# the median of its wall-clock time in milliseconds and the most memory it had, in KiB.
import os
import shlex
import statistics
import subprocess
import sys
import time

runs, command = int(sys.argv[1]), sys.argv[2:]
before = None
if command[0] == "-b":
    before, command = shlex.split(command[1]), command[2:]

times, memory = [], 0
for _ in range(runs):
    if before:
        subprocess.run(before, check=True)
    start = time.monotonic()
    pid = os.posix_spawn(
        command[0],
        command,
        os.environ,
        file_actions=[(os.POSIX_SPAWN_OPEN, 1, "/dev/null", os.O_WRONLY, 0)],
    )
    _, status, usage = os.wait4(pid, 0)
    times.append((time.monotonic() - start) * 1000)
    memory = max(memory, usage.ru_maxrss)
    if status != 0:
        sys.exit(f"measure.py: status {status}: {' '.join(command)}")
print(f"{statistics.median(times):.2f} {memory}")
