#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""
What the hosts of the tests of NAT send and answer:

    serve PORT                  answers UDP and TCP: what came, and the address it came from
    flow udp|tcp ADDRESS PORT SECONDS
                                one socket for ever, twenty questions a second; a line for each:
                                `answer N SOURCE`, as the server saw it, `lost N` after so many
                                seconds, `error ECONN...`
    ask udp|tcp ADDRESS PORT    one question, in 3 s; prints the source the server saw
    provoke ADDRESS PORT HOPS   one datagram that such an error answers: `ECONNREFUSED TYPE CODE FROM`
    big ADDRESS PORT SIZE       datagrams of SIZE until one is answered: the path MTU, and the source
    load ADDRESS PORT           datagrams as fast as may be, of one socket and of ever new ones
    odd ADDRESS                 what connection tracking calls invalid: TCP resets, TCP without a
                                flag, and echo replies to nobody
"""
import errno
import socket
import struct
import sys
import threading
import time

IPV6_RECVERR, IPV6_MTU, IPV6_CHECKSUM = 25, 24, 7  # linux/in6.h
KINDS = {"udp": socket.SOCK_DGRAM, "tcp": socket.SOCK_STREAM}


def say(*words):
    print(*words, flush=True)


def describe(question, source):
    return b"%s %s\n" % (question.split(b" ")[0], source.removeprefix("::ffff:").encode())


def serve_datagrams(server):
    while True:
        try:
            question, source = server.recvfrom(65536)
            server.sendto(describe(question, source[0]), source)
        except OSError:
            pass  # an error that an earlier answer brought


def serve_connection(connection, source):
    try:
        while question := connection.recv(65536):
            connection.sendall(describe(question.rstrip(), source))
    except OSError:
        pass


def serve(port):
    datagrams = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)
    datagrams.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
    datagrams.bind(("::", int(port)))
    threading.Thread(target=serve_datagrams, args=[datagrams], daemon=True).start()
    listener = socket.create_server(("::", int(port)), family=socket.AF_INET6, dualstack_ipv6=True)
    say("ready")
    while True:
        connection, source = listener.accept()
        threading.Thread(
            target=serve_connection, args=[connection, source[0]], daemon=True
        ).start()


def connect(kind, address, port, timeout):
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    client = socket.socket(family, KINDS[kind])
    client.settimeout(timeout)
    client.connect((address, int(port)))
    return client


def question(client, number):
    """The source that the server saw; answers that come late to earlier questions do not count."""
    client.sendall(b"%d \n" % number)
    while True:
        words = client.recv(65536).split()
        if not words:
            raise ConnectionResetError(errno.ECONNRESET, "closed")
        if int(words[0]) == number:
            return words[1].decode()


def flow(kind, address, port, seconds):
    client = connect(kind, address, port, int(seconds))
    number = 0
    while True:
        number += 1
        try:
            say("answer", number, question(client, number))
        except TimeoutError:
            say("lost", number)
        except OSError as failure:
            say("error", errno.errorcode[failure.errno])
            if kind == "tcp":
                return
        time.sleep(0.05)


def ask(kind, address, port):
    """A datagram may be lost, as while the kernel has no room for its neighbour: it is sent again."""
    if kind == "tcp":
        return say(question(connect(kind, address, port, 3), 1))
    client = connect(kind, address, port, 0.5)
    for _ in range(6):
        try:
            return say(question(client, 1))
        except TimeoutError:
            pass
    sys.exit("no answer came")


def provoke(address, port, hops):
    client = connect("udp", address, port, 2)
    client.setsockopt(socket.IPPROTO_IPV6, IPV6_RECVERR, 1)
    client.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_UNICAST_HOPS, int(hops))
    client.sendall(b"1")
    try:
        client.recv(1)
    except OSError as failure:
        if isinstance(failure, TimeoutError):
            sys.exit("no error came")
    _, controls, _, _ = client.recvmsg(1, 512, socket.MSG_ERRQUEUE)
    for level, kind, data in controls:
        if (level, kind) == (socket.IPPROTO_IPV6, IPV6_RECVERR):
            code, _, icmp_type, icmp_code = struct.unpack("=IBBB", data[:7])  # sock_extended_err
            offender = socket.inet_ntop(socket.AF_INET6, data[24:40])
            say(errno.errorcode[code], icmp_type, icmp_code, offender)


def big(address, port, size):
    client = connect("udp", address, port, 0.2)
    for _ in range(20):
        try:
            client.sendall(b"1 ".ljust(int(size)))
            source = client.recv(65536).split()[1].decode()
            return say(client.getsockopt(socket.IPPROTO_IPV6, IPV6_MTU), source)
        except OSError:
            pass
    sys.exit("no answer came")


def load(address, port):
    steady = connect("udp", address, port, None)
    while True:
        fresh = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)
        for _ in range(10):
            for client in steady, fresh:
                try:
                    client.sendto(b"x", (address, int(port)))
                except OSError:
                    pass  # an error that came back, or no room for more
        fresh.close()


def odd(address):
    segments = socket.socket(socket.AF_INET6, socket.SOCK_RAW, socket.IPPROTO_TCP)
    segments.setsockopt(socket.IPPROTO_IPV6, IPV6_CHECKSUM, 16)
    messages = socket.socket(socket.AF_INET6, socket.SOCK_RAW, socket.IPPROTO_ICMPV6)
    for port in range(40000, 40010):
        for flags in 0x04, 0x00:
            segment = struct.pack("!HHIIBBHHH", port + flags, 80, 1, 1, 5 << 4, flags, 1000, 0, 0)
            segments.sendto(segment, (address, 0))
        messages.sendto(struct.pack("!BBHHH", 129, 0, 0, port, 1), (address, 0))


COMMANDS = [serve, flow, ask, provoke, big, load, odd]

if __name__ == "__main__":
    {command.__name__: command for command in COMMANDS}[sys.argv[1]](*sys.argv[2:])
