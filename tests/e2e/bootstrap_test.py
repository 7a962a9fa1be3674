#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""linnet server and linnet bootstrap: configurations in, requests to a device out."""
import json
import os
import pathlib
import socket
import stat
import time
import unittest

from linnet_process import Events, LinnetTest, Server, run

EXAMPLE = os.path.join(os.path.dirname(__file__), "..", "..", "examples", "bootstrap.json")
ENDPOINT = "urn:dev:os:32473-lamp-1"
GET, POST, PUT, DELETE = 1, 2, 3, 4
CHANGED, DELETED, CONTENT, NOT_ACCEPTABLE, BAD_REQUEST = 0x44, 0x42, 0x45, 0x86, 0x80


class Device:
    """A CoAP peer of a dozen lines: no retransmission, options below 269 bytes."""

    def __init__(self, port):
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.settimeout(20)
        self.socket.connect(("127.0.0.1", port))
        self.message_id = 0

    def close(self):
        self.socket.close()

    def request(self, code, path, *queries):
        self.message_id += 1
        message = bytes([0x41, code]) + self.message_id.to_bytes(2, "big") + b"\x07"
        previous = 0
        for number, text in [(11, path)] + [(15, query) for query in queries]:
            value = text.encode()
            length = bytes([len(value) - 13]) if len(value) >= 13 else b""
            message += bytes([(number - previous) << 4 | min(len(value), 13)]) + length + value
            previous = number
        self.socket.send(message)

    def answer_code(self):
        return self.socket.recv(2048)[1]

    def take(self):
        """The next request: (code, path, payload)."""
        message = self.socket.recv(2048)
        self.last = message[2:4] + message[4:4 + (message[0] & 15)]
        at, number, path, payload = 4 + (message[0] & 15), 0, "", b""
        while at < len(message):
            if message[at] == 0xFF:
                payload = message[at + 1:]
                break
            delta, length = message[at] >> 4, message[at] & 15
            at += 1
            if delta == 13:
                delta, at = message[at] + 13, at + 1
            if length == 13:
                length, at = message[at] + 13, at + 1
            number += delta
            if number == 11:
                path += "/" + message[at:at + length].decode()
            at += length
        return message[1], path or "/", payload

    def reply(self, code, payload=b"", link_format=False):
        token = self.last[2:]
        options = b"\xc1\x28" if link_format else b""
        self.socket.send(bytes([0x60 | len(token), code]) + self.last[:2] + token + options + (b"\xff" + payload if payload else b""))

    def bootstrap(self, endpoint):
        self.request(POST, "bs", "ep=" + endpoint)
        return self.answer_code()


class BootstrapTest(LinnetTest):
    def setUp(self):
        self.server = self.start(Server)

    def device(self, server=None):
        device = Device((server or self.server).bootstrap_port)
        self.addCleanup(device.close)
        return device

    def cli(self, *arguments, code=0):
        result = self.server.run("bootstrap", *arguments)
        self.assertEqual(result[0], code, result)
        return result[1] if code == 0 else result[2]

    def assertEventually(self, holds):
        deadline = time.monotonic() + 20
        while not holds():
            self.assertLess(time.monotonic(), deadline)
            time.sleep(0.05)

    def test_from_file_to_device(self):
        self.assertIn("every device is turned away", self.cli("list"))
        device = self.device()
        self.assertEqual(device.bootstrap(ENDPOINT), BAD_REQUEST)
        self.assertIn("is for urn:dev:os:32473-*", self.cli("set", "meters", EXAMPLE))
        self.assertRegex(self.cli("list"), r"meters +urn:dev:os:32473-\* +needed +/0 /1 /2 +/0/1 /1/1")
        shown = self.cli("preview", "meters", ENDPOINT, "--discovered", "</0/5>;ssid=7,</1/5>;ssid=7")
        self.assertRegex(shown, r"(?s)1\. GET /.*DELETE /0/5.*DELETE /1/5.*PUT /0/1.*LwM2M Server URI +coap://127\.0\.0\.1:5683.*POST /bs")
        self.assertIn("gets nothing", self.cli("preview", "meters", "other"))
        events = Events(self.server, "?type=bootstrap")
        self.addCleanup(events.close)

        self.assertEqual(device.bootstrap(ENDPOINT), CHANGED)
        steps = []
        for code, payload in ((CONTENT, b"</>;lwm2m=1.0,</0/0>,</0/5>;ssid=7,</3/0>"), (DELETED, b""), (CHANGED, b""), (CHANGED, b""), (CHANGED, b"")):
            method, path, body = device.take()
            steps.append((method, path))
            device.reply(code, payload, link_format=bool(payload))
        self.assertEqual(steps, [(GET, "/"), (DELETE, "/0/5"), (PUT, "/0/1"), (PUT, "/1/1"), (POST, "/bs")])
        kinds = []
        while not kinds or kinds[-1] != "finished":
            event = events.expect("bootstrap")[1]
            self.assertEqual(event["endpoint"], ENDPOINT)
            kinds.append(event["event"])
        self.assertEqual(kinds[:3], ["started", "sent", "answered"])
        self.assertRegex(self.cli("sessions", "--steps"), r"(?s)urn:dev:os:32473-lamp-1.*finished.*discover +/ .*2\.05.*delete +/0/5.*write +/0/1 +tlv +2\.04.*finish +/bs")
        session = json.loads(self.cli("sessions", "--json"))["sessions"][0]
        self.assertEqual(len(session["steps"]), 5)
        self.cli("remove", "meters")
        self.assertEqual(device.bootstrap(ENDPOINT), BAD_REQUEST)
        self.assertIn("there is no bootstrap configuration", self.cli("show", "meters", code=5))

    def test_a_refused_configuration_is_repaired(self):
        self.cli("set", "meters", EXAMPLE)
        device = self.device()
        device.bootstrap(ENDPOINT)
        for code in (BAD_REQUEST, DELETED, DELETED, DELETED, CHANGED, CHANGED):
            device.take()
            device.reply(code)
        self.assertEqual(device.take()[1], "/bs")
        device.reply(NOT_ACCEPTABLE, b"/1/1/7 is no binding")
        self.assertEventually(lambda: "waiting" in self.cli("sessions"))
        self.assertIn("/1/1/7 is no binding", self.cli("sessions"))
        body = json.loads(pathlib.Path(EXAMPLE).read_text())
        body.update({"mode": "all", "delete": []})
        self.assertEqual(self.server.request("PUT", "/api/v1/bootstrap/configurations/meters", body)[0], 200)
        for path in ("/0/1", "/1/1", "/bs"):
            self.assertEqual(device.take()[1], path)
            device.reply(CHANGED)
        self.assertEventually(lambda: "finished" in self.cli("sessions"))

    def test_an_inconsistent_configuration_is_refused(self):
        file = self.folder() / "wrong.json"
        body = json.loads(pathlib.Path(EXAMPLE).read_text())
        body["objects"]["/1/1"]["0"] = 102
        file.write_text(json.dumps(body))
        self.assertRegex(self.cli("set", "meters", str(file), code=5), r"linnet: /\d.*\[BS-\d+\]")
        status, problem = self.server.request("PUT", "/api/v1/bootstrap/configurations/meters", body)
        self.assertEqual(status, 422)
        self.assertTrue(problem["rule"].startswith("BS-") and problem["path"] and problem["reason"], problem)
        file.write_text("{")
        self.assertIn("is not JSON", self.cli("set", "meters", str(file), code=2))
        self.assertIn("cannot read", self.cli("set", "meters", "/no/such/file", code=2))
        self.assertEqual(self.server.request("GET", "/api/v1/bootstrap/configurations")[1], {"configurations": []})

    def test_secrets_are_never_shown(self):
        secret = "00112233445566778899aabbccddeeff"
        body = json.loads(pathlib.Path(EXAMPLE).read_text())
        body["objects"]["/0/1"].update({"0": "coaps://lwm2m.example", "2": 0, "3": {"text": "{endpoint}"}, "5": {"hex": secret}})
        store = self.folder() / "linnet.db"
        server = self.start(Server, "--store", str(store), "--verbose")
        self.assertEqual(stat.S_IMODE(os.stat(store).st_mode), 0o600)
        events = Events(server)
        self.addCleanup(events.close)
        path = "/api/v1/bootstrap/configurations/meters"
        texts = [server.request("PUT", path, body)[1], server.request("GET", path)[1],
                 server.request("POST", path + "/preview", {"endpoint": ENDPOINT})[1]]
        device = self.device(server)
        device.bootstrap(ENDPOINT)
        for code in (BAD_REQUEST, DELETED, DELETED, DELETED):
            device.take()
            device.reply(code)
        _, target, payload = device.take()
        self.assertEqual(target, "/0/1")
        self.assertIn(bytes.fromhex(secret), payload)
        self.assertIn(ENDPOINT.encode(), payload)
        device.reply(BAD_REQUEST)
        while not texts[-1].get("event") == "failed":
            texts.append(events.expect("bootstrap")[1])
        texts.append(server.request("GET", "/api/v1/bootstrap/sessions")[1])
        shown = json.dumps(texts) + "\n".join(server.log)
        self.assertNotIn(secret, shown.lower())
        self.assertIn('"5": {"secret": true, "bytes": 16}', shown)
        # The configuration outlives the server, secret and all.
        server.stop()
        server = self.start(Server, "--store", str(store))
        self.assertEqual(server.request("GET", path)[1], texts[0])
        device = self.device(server)
        device.bootstrap(ENDPOINT)
        for code in (BAD_REQUEST, DELETED, DELETED, DELETED):
            device.take()
            device.reply(code)
        self.assertIn(bytes.fromhex(secret), device.take()[2])

    def test_can_be_switched_off(self):
        server = self.start(Server, bootstrap="off")
        self.assertFalse(any("bootstrap" in line for line in server.log))
        self.assertEqual(server.request("GET", "/api/v1/bootstrap/sessions")[0], 200)
        code, _, err = run("server", "--coap", "127.0.0.1:0", "--http", "off", "--bootstrap", f"127.0.0.1:{self.server.bootstrap_port}")
        self.assertEqual(code, 6)
        self.assertIn("already in use", err)

    def test_completion_knows_configurations(self):
        self.cli("set", "meters", EXAMPLE)
        self.assertEqual(self.server.run("__complete", "bootstrap", "show", "")[1], "meters\n")
        self.assertIn("preview", self.server.run("__complete", "bootstrap", "p")[1])


if __name__ == "__main__":
    unittest.main()
