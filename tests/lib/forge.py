#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""
forge.py LINK MAC: sends frames to MAC through LINK as they are told on stdin, a line each:

    udp SRC DST PORT            UDP, of IPv6 or IPv4
    icmp SRC DST TYPE           ICMPv6
    hidden SRC DST PORT         UDP whose header hides in the second fragment
    chain SRC DST TYPE:H,H...   ICMPv6 behind these headers: 0, 43 and 60, and 44, an atomic fragment
    tunnel SRC DST PROTOCOL     an IPv6 packet within that protocol, of IPv6 or IPv4
    solicit SRC/LENGTH DST N    N neighbour solicitations for DST, each from a new address of SRC's net
    scan SRC DST/LENGTH N       N UDP packets, each to a new address of DST's network
"""
import ipaddress
import random
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


def chain(source, target, detail):
    kind, headers = detail.split(":")
    headers = [int(header) for header in headers.split(",")]
    head = struct.pack("!BBHI", int(kind), 0, 0, 0) + b"\0" * 32
    packet = transport6(source, target, 58, head, 2)
    following = 58
    for header in reversed(headers):
        if header == 44:
            packet = struct.pack("!BBHI", following, 0, 0, 7) + packet
        elif header == 43:  # no segments left
            packet = struct.pack("!BBBBI", following, 0, 4, 0, 0) + packet
        else:
            packet = bytes([following, 0, 1, 4, 0, 0, 0, 0]) + packet
        following = header
    return [ipv6(source, target, following, packet)]


def tunnel(source, target, protocol):
    inner = udp(ipaddress.ip_address("2001:4860::1"), ipaddress.ip_address("2001:db8:0:2::2"), 7000)
    inner = inner[0]
    if source.version == 6:
        return [ipv6(source, target, int(protocol), inner)]
    ip = struct.pack("!BBHHHBBH", 0x45, 0, 20 + len(inner), 1, 0, 64, int(protocol), 0)
    ip += source.packed + target.packed
    return [ip[:10] + struct.pack("!H", checksum(ip)) + ip[12:] + inner]


def addresses(network, count):
    network = ipaddress.ip_network(network, strict=False)
    start = random.getrandbits(40) << 16
    for i in range(count):
        yield network[(start + i) % network.num_addresses]


def solicit(own, network, target, count):
    target = ipaddress.ip_address(target)
    group = ipaddress.ip_address("ff02::1:ff00:0") + (int(target) & 0xFFFFFF)
    for source in addresses(network, int(count)):
        head = struct.pack("!BBHI", 135, 0, 0, 0) + target.packed + b"\1\1" + own
        yield ipv6(source, group, 58, transport6(source, group, 58, head, 2))


def scan(own, source, network, count):
    for target in addresses(network, int(count)):
        yield udp(ipaddress.ip_address(source), target, 9)[0]


FORGERS = {"udp": udp, "icmp": icmp, "hidden": hidden, "chain": chain, "tunnel": tunnel}


def main():
    link = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
    link.bind((sys.argv[1], 0))
    own = link.getsockname()[4]
    mac = bytes.fromhex(sys.argv[2].replace(":", ""))
    for line in sys.stdin:
        kind, source, target, detail = line.split()
        if kind in ("solicit", "scan"):
            for packet in {"solicit": solicit, "scan": scan}[kind](own, source, target, detail):
                link.send(mac + own + b"\x86\xdd" + packet)
            continue
        source, target = ipaddress.ip_address(source), ipaddress.ip_address(target)
        kind = FORGERS[kind]
        for packet in kind(source, target, detail):
            protocol = 0x86DD if source.version == 6 else 0x0800
            link.send(mac + own + struct.pack("!H", protocol) + packet)


main()
