#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""measure.py ADDRESS: until SIGTERM, pings ADDRESS 50 times a second, and sends numbers on one TCP
connection to its port 7, which sends them back. At the end it prints, as words NAME=VALUE:

  sent, lost      the pings, and those without an answer
  silence         the longest time without an answer to a ping, in seconds
  numbers         how many numbers came back by TCP
  broken          what went wrong with the connection: a number that is not the next, or an error
"""
import selectors
import signal
import socket
import struct
import sys
import time

PER_SECOND = 50
TCP_EVERY = 5  # a number with each fifth ping


def main():
    address = sys.argv[1]
    ended = []
    signal.signal(signal.SIGTERM, lambda *_: ended.append(True))

    ping = socket.socket(socket.AF_INET6, socket.SOCK_RAW, socket.IPPROTO_ICMPV6)
    ping.connect((address, 0))
    ping.setblocking(False)
    tcp = socket.create_connection((address, 7), timeout=60)
    tcp.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    tcp.setblocking(False)
    selector = selectors.DefaultSelector()
    selector.register(ping, selectors.EVENT_READ)
    selector.register(tcp, selectors.EVENT_READ)
    print("ready", flush=True)

    sent, answered, numbers, written, rest, broken = 0, set(), 0, 0, b"", ""
    began = last = time.monotonic()
    silence = 0.0
    end = None
    while end is None or time.monotonic() < end:
        now = time.monotonic()
        if ended and end is None:
            end = now + 3  # for what is under way
        if end is None and now >= began + sent / PER_SECOND:
            sent += 1
            try:
                ping.send(struct.pack("!BBHHHI", 128, 0, 0, 0x7669, sent & 0xFFFF, sent))
            except OSError:
                pass  # unreachable for a moment: it counts as lost
            if sent % TCP_EVERY == 0 and not broken:
                try:
                    tcp.send(b"%d\n" % written)
                    written += 1
                except BlockingIOError:
                    pass
                except OSError as error:
                    broken = str(error)
        for key, _ in selector.select(0.01):
            if key.fileobj is ping:
                try:
                    data = ping.recv(2048)
                except OSError:
                    continue
                if len(data) >= 12 and data[0] == 129 and data[4:6] == b"\x76\x69":
                    number = struct.unpack("!I", data[8:12])[0]
                    now = time.monotonic()
                    silence = max(silence, now - last)
                    last = now
                    answered.add(number)
            elif not broken:
                try:
                    data = tcp.recv(4096)
                    broken = "" if data else "closed"
                except OSError as error:
                    data, broken = b"", str(error)
                *lines, rest = (rest + data).split(b"\n")
                for line in lines:
                    if line != b"%d" % numbers:
                        broken = broken or "out of order"
                    numbers += 1
            else:
                selector.unregister(tcp)
    print(f"sent={sent} lost={sent - len(answered)} silence={silence:.2f} "
          f"numbers={numbers} written={written} broken={broken.replace(' ', '_')}", flush=True)


main()
