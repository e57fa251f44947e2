#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""
forge.py LINK MAC: sends frames to MAC through LINK as they are told on stdin, a line each:

    udp SRC DST PORT            UDP, of IPv6 or IPv4
    icmp SRC DST TYPE           ICMPv6
    hidden SRC DST PORT         UDP whose header hides in the second fragment
"""
import ipaddress
import socket
import struct
import sys


def checksum(data):
    data += b"\0" * (len(data) % 2)
    total = sum(struct.unpack("!%dH" % (len(data) // 2), data))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF


def ipv6(source, target, following, payload):
    return (
        struct.pack("!IHBB", 6 << 28, len(payload), following, 255)
        + source.packed
        + target.packed
        + payload
    )


def transport6(source, target, protocol, head, at):
    pseudo = source.packed + target.packed + struct.pack("!IHBB", len(head), 0, 0, protocol)
    return head[:at] + struct.pack("!H", checksum(pseudo + head)) + head[at + 2 :]


def udp(source, target, port):
    head = struct.pack("!HHHH", 547, int(port), 16, 0) + b"forgery!"
    if source.version == 4:
        ip = struct.pack("!BBHHHBBH", 0x45, 0, 20 + len(head), 1, 0, 64, 17, 0)
        ip += source.packed + target.packed
        return [ip[:10] + struct.pack("!H", checksum(ip)) + ip[12:] + head]
    return [ipv6(source, target, 17, transport6(source, target, 17, head, 6))]


def icmp(source, target, kind):
    head = struct.pack("!BBHI", int(kind), 0, 0, 0) + b"\0" * 32
    return [ipv6(source, target, 58, transport6(source, target, 58, head, 2))]


def hidden(source, target, port):
    whole = bytes([17, 0, 1, 4, 0, 0, 0, 0])  # destination options, all padding
    head = struct.pack("!HHHH", 547, int(port), 16, 0) + b"forgery!"
    whole += transport6(source, target, 17, head, 6)
    first = struct.pack("!BBHI", 60, 0, 0 | 1, 99) + whole[:8]
    second = struct.pack("!BBHI", 60, 0, 8, 99) + whole[8:]
    return [ipv6(source, target, 44, first), ipv6(source, target, 44, second)]


def main():
    link = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
    link.bind((sys.argv[1], 0))
    own = link.getsockname()[4]
    mac = bytes.fromhex(sys.argv[2].replace(":", ""))
    for line in sys.stdin:
        kind, source, target, detail = line.split()
        source, target = ipaddress.ip_address(source), ipaddress.ip_address(target)
        kind = {"udp": udp, "icmp": icmp, "hidden": hidden}[kind]
        for packet in kind(source, target, detail):
            protocol = 0x86DD if source.version == 6 else 0x0800
            link.send(mac + own + struct.pack("!H", protocol) + packet)


main()
