#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""linnet client --factory and --store: accounts from a file, kept over restarts and power cuts."""
import os
import json
import pathlib
import signal
import socket
import stat
import unittest

from linnet_process import LinnetTest, Process, Server, run

EXAMPLE = pathlib.Path(__file__).parent / ".." / ".." / "examples" / "factory.toml"


class BootstrapPeer:
    """A bootstrap server of a few lines, in lock step with one device."""

    def __init__(self):
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind(("127.0.0.1", 0))
        self.socket.settimeout(5)
        self.uri = "coap://127.0.0.1:%d" % self.socket.getsockname()[1]
        self.message_id = 100

    def take_request(self):
        """Answers the Bootstrap-Request with 2.04."""
        message, self.device = self.socket.recvfrom(2048)
        token = message[4:4 + (message[0] & 15)]
        self.socket.sendto(bytes([0x60 | len(token), 0x44]) + message[2:4] + token, self.device)

    def ask(self, code, *path, values=None):
        """The code of the answer to a request."""
        self.message_id += 1
        message = bytes([0x41, code]) + self.message_id.to_bytes(2, "big") + b"\x07"
        for place, segment in enumerate(path):
            message += bytes([(0 if place else 11) << 4 | len(segment)]) + segment.encode()
        if values is not None:
            message += b"\x11\x6e\xff" + json.dumps(values).encode()
        self.socket.sendto(message, self.device)
        while True:
            answer, source = self.socket.recvfrom(2048)
            if source == self.device and answer[2:4] == self.message_id.to_bytes(2, "big"):
                return answer[1]


def security(instance, uri, ssid=None):
    values = [{"bn": f"/0/{instance}/", "n": "0", "vs": uri}, {"n": "1", "vb": ssid is None}, {"n": "2", "v": 3},
              {"n": "3", "vd": ""}, {"n": "4", "vd": ""}, {"n": "5", "vd": ""}]
    return values if ssid is None else values + [{"n": "10", "v": ssid}]


class ConfigurationTest(LinnetTest):
    @classmethod
    def setUpClass(cls):
        cls.server = Server()

    @classmethod
    def tearDownClass(cls):
        cls.server.stop()

    def client(self, endpoint, *arguments):
        client = self.start(Process, "client", "--no-prompt", "--interval", "0", "--endpoint", endpoint, *arguments)
        return client

    def factory(self, text=None):
        file = self.folder() / "factory.toml"
        file.write_text(text or EXAMPLE.read_text().replace("coap://127.0.0.1:5683", self.server.uri))
        return file

    def test_a_bootstrap_server_that_moves_is_answered_where_it_is(self):
        # BS-53: what it writes about itself counts once all of it is finished.
        before, after = BootstrapPeer(), BootstrapPeer()
        self.addCleanup(before.socket.close)
        self.addCleanup(after.socket.close)
        client = self.client("moved", "--bootstrap", before.uri)
        before.take_request()
        self.assertEqual(before.ask(3, "0", "0", values=security(0, after.uri)), 0x44)
        self.assertEqual(before.ask(3, "0", "1", values=security(1, self.server.uri, 101)), 0x44)
        self.assertEqual(before.ask(3, "1", "1", values=[{"bn": "/1/1/", "n": "0", "v": 101}, {"n": "1", "v": 60},
                                                         {"n": "6", "vb": True}, {"n": "7", "vs": "U"}]), 0x44)
        self.assertEqual(before.ask(2, "bs"), 0x44)
        client.expect("^registered at")
        self.assertEqual(self.server.operate("moved", op="execute", path="/1/1/9")[1]["code"], "2.04")
        after.take_request()

    def test_what_a_server_wrote_survives_a_power_cut(self):
        factory = self.factory()
        store = factory.parent / "device.conf"
        client = self.client("kept", "--factory", str(factory), "--store", str(store))
        self.assertEqual(client.expect("^registered at .*lifetime (\\d+) s").group(1), "300")
        self.assertFalse(store.exists(), "nothing has changed yet")
        self.assertEqual(self.server.operate("kept", op="write", path="/1/0/1", value=777)[1]["code"], "2.04")
        self.assertEqual(stat.S_IMODE(os.stat(store).st_mode), 0o600)
        code, out, err = self.server.run("device", "attributes", "kept", "/3303/0/5700", "pmin=7", "gt=25.5")
        self.assertEqual(code, 0, out + err)
        client.signal(signal.SIGKILL)
        client.wait()

        client = self.client("kept", "--store", str(store))
        client.expect("the configuration is the one kept in")
        self.assertEqual(client.expect("^registered at .*lifetime (\\d+) s").group(1), "777")
        code, out, err = self.server.run("device", "discover", "kept", "/3303/0/5700")
        self.assertEqual(code, 0, out + err)
        self.assertIn("pmin=7", out)
        self.assertIn("gt=25.5", out)
        # Rights came from the factory file and were kept with the rest.
        self.assertEqual(self.server.operate("kept", op="read", path="/2/0/3")[1]["code"], "2.05")

        code, _, err = run("client", "--endpoint", "second", "--store", str(store), stdin="quit\n")
        self.assertEqual(code, 6)
        self.assertIn("another process uses it", err)

    def test_a_kept_configuration_goes_before_factory_data_until_a_reset(self):
        factory = self.factory()
        store = factory.parent / "device.conf"
        arguments = ("--factory", str(factory), "--store", str(store))
        client = self.client("reset", *arguments)
        client.expect("^registered at")
        self.server.operate("reset", op="write", path="/1/0/1", value=888)
        client.tell("quit")
        client.wait()
        client = self.client("reset", *arguments)
        client.expect("factory data are not used")
        self.assertEqual(client.expect("^registered at .*lifetime (\\d+) s").group(1), "888")
        self.assertEqual(self.server.operate("reset", op="execute", path="/3/0/5")[1]["code"], "2.04")
        client.expect("factory reset")
        self.assertEqual(client.expect("^registered at .*lifetime (\\d+) s").group(1), "300")
        self.assertFalse(store.exists())

    def test_a_damaged_store_is_told(self):
        factory = self.factory()
        store = factory.parent / "device.conf"
        store.write_bytes(b"\x44LNCF and so on")
        client = self.client("damaged", "--factory", str(factory), "--store", str(store))
        client.expect("is not usable")
        self.assertEqual(client.expect("^registered at .*lifetime (\\d+) s").group(1), "300")

    def test_a_server_that_cannot_be_reached_does_not_stop_the_others(self):
        factory = self.factory(f"""
[[server]]
uri = "coaps+tcp://127.0.0.1"
security = {{ mode = "psk", identity = "dev", key = "hex:00112233" }}
[[server]]
uri = "{self.server.uri}"
lifetime = 60
""")
        client = self.client("both-kinds", "--factory", str(factory))
        client.expect(r"coaps\+tcp is not supported by this version")
        client.expect(f"^registered at {self.server.uri} as both-kinds, lifetime 60 s")
        client.tell("show /0")
        client.expect(r"/0/0/5 .*not shown")

    def test_a_bootstrap_account_is_factory_data(self):
        client = self.client("boots", "--bootstrap", "coap://127.0.0.1:1", self.server.uri)
        client.expect("^registered at")
        client.tell("show /0")
        client.expect("coap://127.0.0.1:1")

    def test_two_accounts_at_one_address_are_two_peers(self):
        client = self.client("twice", self.server.uri, self.server.uri)
        client.expect("^registered at")
        client.expect("^registered at")

    def test_mistakes_are_explained(self):
        server = '[[server]]\nuri = "coap://127.0.0.1"\n'
        for text, line, words in ((server + "colour = 1", 3, "there is no \"colour\" in server; there are"),
                                  ("[servers]", 1, "[[server]]"), ("[server]\nuri = ''", 1, "write [[server]]"),
                                  ("[[server]]", 1, "there is no server.uri"), (server + "lifetime = -1", 3, "from 0 to 2147483647"),
                                  (server + "lifetime = 'x'", 3, "is a number"), (server + "mute_send = 1", 3, "true or false"),
                                  (server + "short_server_id = 65535", 3, "from 1 to 65534"),
                                  (server + "short_server_id = 7\n" + server + "short_server_id = 7", 6, "there is a server 7 already"),
                                  (server * 5, 9, "at most 4 servers"), (server + "security = 1", 3, "is a table"),
                                  (server + "security = { mode = 'tls' }", 3, "is psk, rpk, x509 or nosec"),
                                  (server + "security = { mode = 'est' }", 3, "not supported"),
                                  (server + "security = { mode = 'psk' }", 3, "there is no server.security.key"),
                                  (server + "security = { mode = 'psk', identity = 'a', key = '0011' }", 3, "hex:, base64: or file:"),
                                  (server + "security = { mode = 'psk', identity = 'a', key = 'hex:0' }", 3, "not hex"),
                                  (server + "security = { mode = 'psk', identity = 'a', key = 'file:none' }", 3, "cannot read"),
                                  (server + f"security = {{ mode = 'psk', identity = 'a', key = 'hex:{'00' * 161}' }}", 3, "161 bytes"),
                                  (server + "[[access]]\ntarget = '/3/0'\nowner = 9", 5, "short_server_id of a server"),
                                  (server + "[[access]]\ntarget = '/3/0/1'\nowner = 1", 4, "object instance"),
                                  (server + "[[access]]\ntarget = '/3/0'\nowner = 1\nacl = { 1 = 'RX' }", 6, "R (read)"),
                                  (server + "[[access]]\ntarget = '/3/0'\nowner = 1\nacl = { 5 = 'R' }", 6, "\"5\" is none"),
                                  ("uri = ", 1, "")):
            with self.subTest(text=text):
                factory = self.factory(text)
                code, _, err = run("client", "--factory", str(factory))
                self.assertEqual(code, 2, err)
                self.assertIn(f"factory.toml:{line}: ", err)
                self.assertIn(words, err)
        for arguments, words in ((["--factory", "/no/such"], "/no/such"), (["--store", str(self.folder() / "x")], "holds no configuration yet"),
                                 (["--bootstrap", "coaps://127.0.0.1"], "needs credentials")):
            code, _, err = run("client", *arguments)
            self.assertEqual(code, 2, err)
            self.assertIn(words, err)
        code, _, err = run("client", "--store", "/no/such/folder/device.conf")
        self.assertEqual(code, 6)
        self.assertIn("No such file or directory", err)


if __name__ == "__main__":
    unittest.main(verbosity=2)
