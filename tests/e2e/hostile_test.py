#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A real server under mutated datagrams: it keeps serving its devices and does not grow.

LINNET_SOAK_SECONDS says how long, 4 seconds if not set; LINNET_SEED which mutations.
"""
import os
import random
import socket
import time
import unittest

from linnet_process import Client, Server

SECONDS = float(os.environ.get("LINNET_SOAK_SECONDS", "4"))
SEED = int(os.environ.get("LINNET_SEED", "1"))


def resident(pid):
    with open(f"/proc/{pid}/status") as file:
        return next(int(line.split()[1]) for line in file if line.startswith("VmRSS"))


def corpus():
    """Well-formed requests and answers that a device may send."""
    head = bytes.fromhex("4402100101020304")
    register = head + bytes.fromhex("b272641128") + b"\x34ep=m" + b"\x06lt=600" + b"\x09lwm2m=1.1" + b"\xff</1/0>,</3/0>"
    send = head + bytes.fromhex("b26470116e") + b'\xff[{"n":"/3/0/16","vs":"U"}]'
    return [register, send,
            head + bytes.fromhex("b272640b") + b"abcdefghijk",                # Update
            bytes.fromhex("44041002") + b"\x01\x02\x03\x04" + bytes.fromhex("b272640b") + b"abcdefghijk",
            bytes.fromhex("40001003"), bytes.fromhex("60001003"), bytes.fromhex("70001003"),
            bytes.fromhex("6445100401020304c22d16ff") + bytes.fromhex("c8000441626364"),  # 2.05 in TLV
            bytes.fromhex("5445100501020304610ac1") + b"\x70\xff[]",          # a notification
            head + bytes.fromhex("b272641128d10e0e") + b"\xff</3/0>",         # Block1
            bytes.fromhex("44011006") + b"\x01\x02\x03\x04" + b"\xbb.well-known\x04core"]


def mutate(rng, data):
    data = bytearray(data)
    for _ in range(rng.randint(1, 5)):
        at = rng.randrange(len(data)) if data else 0
        kind = rng.randrange(4)
        if kind == 0 and data:
            data[at] ^= 1 << rng.randrange(8)
        elif kind == 1 and data:
            data[at] = rng.randrange(256)
        elif kind == 2:
            del data[at:at + rng.randint(1, 8)]
        else:
            data[at:at] = rng.randbytes(rng.randint(1, 8))
    return bytes(data)


class HostileTest(unittest.TestCase):
    def test_mutated_datagrams_neither_stop_nor_fill_the_server(self):
        server = Server()
        self.addCleanup(server.stop)
        device = Client(server, "steady", "--lifetime", "60")
        self.addCleanup(device.stop)
        rng = random.Random(SEED)
        seeds = corpus()
        sockets = [socket.socket(socket.AF_INET, socket.SOCK_DGRAM) for _ in range(16)]
        sent = 0

        def storm(seconds):
            nonlocal sent
            end = time.monotonic() + seconds
            while time.monotonic() < end:
                for s in sockets:
                    s.sendto(mutate(rng, rng.choice(seeds)), ("127.0.0.1", server.port))
                    sent += 1
                if sent % 1600 == 0:
                    status, result = server.operate("steady", op="read", path="/3/0/16")
                    self.assertEqual((status, result.get("success")), (200, True), f"seed {SEED}: {result}")

        storm(SECONDS / 2)
        before = resident(server.process.pid)
        storm(SECONDS / 2)
        after = resident(server.process.pid)
        for s in sockets:
            s.close()
        # What grows is bounded: remembered message ids (EXCHANGE_LIFETIME) and the odd registration.
        # 100 bytes a datagram would be a leak; allow that plus what an allocator keeps.
        self.assertLess(after - before, 8192 + sent * 100 // 1024, f"kB over {sent} datagrams, seed {SEED}")
        status, result = server.operate("steady", op="read", path="/3/0")
        self.assertEqual((status, result.get("success")), (200, True), result)
        server.stop()
        self.assertEqual(server.process.returncode, 0, "\n".join(server.log[-20:]))  # also: no sanitizer report
        print(f"{sent} mutated datagrams, resident memory {before} -> {after} kB")


if __name__ == "__main__":
    unittest.main(verbosity=2)
