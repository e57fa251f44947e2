#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
#
# send-udp.py ADDRESS PORT [FLOWS]: one datagram of each of so many flows. Without FLOWS, 20 of each
# of ever new flows, some thousand datagrams a second, until it is ended.
import socket
import sys
import time

address, port = sys.argv[1], int(sys.argv[2])
endless = len(sys.argv) < 4
left = 1 if endless else int(sys.argv[3])
family = socket.AF_INET6 if ":" in address else socket.AF_INET

while left > 0:
    sender = socket.socket(family, socket.SOCK_DGRAM)
    for _ in range(20 if endless else 1):
        try:
            sender.sendto(b"x", (address, port))
        except OSError:
            pass  # a queue that is full: the next one may pass
    sender.close()
    if endless:
        time.sleep(0.002)
    else:
        left -= 1
