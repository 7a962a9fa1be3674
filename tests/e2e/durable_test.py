#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""linnet server --store: killed at any moment, it goes on where it was, and no device notices."""
import os
import random
import signal
import socket
import struct
import time
import unittest

from linnet_process import Events, LinnetTest, Process, Server, run

# How often the server is killed; the soak sets more.
KILLS = int(os.environ.get("LINNET_KILLS", "8"))
SEED = int(os.environ.get("LINNET_SEED", "1"))


def options(*pairs):
    out, last = b"", 0
    for number, value in pairs:
        delta, last = number - last, number
        assert delta < 13 and len(value) < 269
        size = len(value)
        out += bytes([delta << 4 | min(size, 13)]) + (bytes([size - 13]) if size >= 13 else b"") + value
    return out


class RawDevice:
    """Registers, updates and de-registers, and knows what was acknowledged."""

    def __init__(self, endpoint, rng):
        self.endpoint, self.rng = endpoint, rng
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.settimeout(0.15)
        self.message_id = rng.randrange(65536)
        self.location = None     # as acknowledged
        self.uncertain = False   # the last request was not answered: either state is right

    def ask(self, port, code, opts, payload=b""):
        self.message_id = (self.message_id + 1) & 0xFFFF
        head = struct.pack("!BBH", 0x42, code, self.message_id) + struct.pack("!H", self.message_id)
        datagram = head + opts + (b"\xff" + payload if payload else b"")
        try:
            self.socket.sendto(datagram, ("127.0.0.1", port))
            while True:
                answer = self.socket.recv(2048)
                if answer[2:4] == datagram[2:4]:
                    return answer
        except OSError:
            return None

    def register(self, port):
        answer = self.ask(port, 2, options((11, b"rd"), (12, b"\x28"), (15, b"ep=" + self.endpoint.encode()),
                                           (15, b"lt=3600"), (15, b"lwm2m=1.1")), b"</1/0>,</3/0>,</3303/0>")
        if answer is None:
            self.uncertain = True
        elif answer[1] == 0x41:
            at, number, segments = 6, 0, []
            while at < len(answer) and answer[at] != 0xFF:
                number += answer[at] >> 4
                size = answer[at] & 15
                segments.append(answer[at + 1:at + 1 + size])
                at += 1 + size
            self.location, self.uncertain = segments, False
        return answer

    def update(self, port):
        answer = self.ask(port, 2, options(*[(11, segment) for segment in self.location]))
        return answer[1] if answer else None

    def leave(self, port):
        answer = self.ask(port, 4, options(*[(11, segment) for segment in self.location]))
        self.uncertain = answer is None
        if answer is not None and answer[1] == 0x42:
            self.location = None


class CrashTest(LinnetTest):
    def serve(self, file, **options):
        return self.start(Server, "--store", str(file), **options)

    def devices(self, server):
        return {d["endpoint"]: d for d in server.request("GET", "/api/v1/devices?limit=1000")[1]["devices"]}

    def test_what_was_acknowledged_survives_kill_9(self):
        rng = random.Random(SEED)
        file = self.folder() / "linnet.db"
        devices = [RawDevice(f"raw-{i}", rng) for i in range(40)]
        for device in devices:
            self.addCleanup(device.socket.close)
        server = self.serve(file)
        for kill in range(KILLS):
            killed_at = time.monotonic() + rng.uniform(0.05, 0.4)
            while time.monotonic() < killed_at:
                device = rng.choice(devices)
                if device.location is None or device.uncertain:
                    device.register(server.port)
                elif rng.random() < 0.2:
                    device.leave(server.port)
                else:
                    self.assertEqual(device.update(server.port), 0x44, f"seed {SEED}, kill {kill}: {device.endpoint}")
            # In the middle of a burst of answers nobody reads yet.
            for device in devices[:10]:
                if device.location is None:
                    device.socket.sendto(b"\x40\x02\x00\x01" + options(
                        (11, b"rd"), (12, b"\x28"), (15, b"ep=" + device.endpoint.encode()), (15, b"lwm2m=1.1")) +
                        b"\xff</3/0>", ("127.0.0.1", server.port))
                    device.uncertain = True
            server.signal(signal.SIGKILL)
            server.wait(10)
            server = self.serve(file)
            present = self.devices(server)
            for device in devices:
                if device.uncertain:
                    continue
                self.assertEqual(device.endpoint in present, device.location is not None,
                                 f"seed {SEED}, kill {kill}: {device.endpoint}")
                if device.location is not None:
                    self.assertEqual(device.update(server.port), 0x44,
                                     f"seed {SEED}, kill {kill}: {device.endpoint} at its old location")

    def test_an_observation_goes_on(self):
        file = self.folder() / "linnet.db"
        server = self.serve(file)
        client = self.start(Process, "client", "--no-prompt", "--interval", "1", "--endpoint", "thermometer", server.uri)
        client.expect("^registered at")
        _, answer = server.operate("thermometer", op="observe", path="/3303/0/5700")
        self.assertTrue(answer["success"], answer)
        before = server.request("GET", "/api/v1/devices/thermometer")[1]
        server.signal(signal.SIGKILL)
        server.wait(10)
        server = self.serve(file, coap=f"127.0.0.1:{server.port}")
        server.expect(r"\(1 device, 1 observation as before\)")
        events = Events(server)
        self.addCleanup(events.close)
        _, value = events.expect("value", endpoint="thermometer")
        self.assertEqual(value["paths"], ["/3303/0/5700"])
        after = server.request("GET", "/api/v1/devices/thermometer")[1]
        for key in ("registration", "address", "lifetime", "objects"):
            self.assertEqual(after.get(key), before.get(key), key)
        self.assertEqual(len(after["observations"]), 1)
        self.assertEqual(len([line for line in client.log if line.startswith("registered at")]), 1)

    def test_one_file_for_one_server(self):
        file = self.folder() / "linnet.db"
        self.serve(file)
        code, _, err = run("server", "--coap", "127.0.0.1:0", "--http", "127.0.0.1:0", "--store", str(file))
        self.assertEqual(code, 6)
        self.assertIn("in use by another server", err)

    def test_a_file_that_cannot_be_made_is_explained(self):
        code, _, err = run("server", "--coap", "127.0.0.1:0", "--http", "127.0.0.1:0", "--store", "/no/such/folder/x.db")
        self.assertEqual(code, 6)
        self.assertIn("/no/such/folder/x.db cannot be made", err)


if __name__ == "__main__":
    unittest.main()
