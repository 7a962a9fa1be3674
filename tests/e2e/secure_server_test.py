#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""linnet server on its DTLS ports: who is who, who is refused and why, and what a restart keeps."""
import hashlib
import re
import shlex
import signal
import unittest

from linnet_process import Client, Events, LinnetTest, Process, Server

NAME = "urn:dev:os:32473-lamp-"


def key_of(identity):
    """Each its own, as it has to be."""
    return hashlib.sha256(identity.encode()).hexdigest()[:32]


class SecureServerTest(LinnetTest):
    def serve(self, *arguments, **options):
        return self.start(Server, *arguments, **options)

    def admit(self, server, endpoint, identity=None):
        code, _, err = server.run("credential", "add", endpoint, "--psk-key", key_of(identity or endpoint),
                                  "--psk-identity", identity or endpoint)
        self.assertEqual(code, 0, err)

    def connect(self, server, endpoint, key=None, identity=None, wait=True):
        return self.start(Client, server.secure_uri, endpoint, "--psk-identity", identity or endpoint,
                          "--psk-key", key or key_of(identity or endpoint), wait=wait)

    def test_a_device_with_a_key_is_shown_with_its_address_and_its_security(self):
        server = self.serve()
        self.admit(server, NAME + "1", identity="the lamp")
        events = Events(server)
        self.addCleanup(events.close)
        self.connect(server, NAME + "1", identity="the lamp")
        _, event = events.expect("handshake", event="established")
        self.assertEqual((event["endpoint"], event["identity"], event["mode"]), (NAME + "1", "the lamp", "psk"))
        self.assertEqual(event["suite"], "TLS_PSK_WITH_AES_128_CCM_8")
        status, device = server.request("GET", f"/api/v1/devices/{NAME}1")
        self.assertEqual(status, 200)
        self.assertRegex(device["address"], r"^127\.0\.0\.1:\d+$")
        self.assertEqual(device["address"], event["address"])
        self.assertEqual(device["security"], {"mode": "psk", "identity": "the lamp", "connectionId": True,
                                              "suite": "TLS_PSK_WITH_AES_128_CCM_8"})
        status, answer = server.operate(NAME + "1", op="read", path="/3/0/0")
        self.assertEqual((status, answer["success"]), (200, True), answer)
        code, out, _ = server.run("device", "show", NAME + "1")
        self.assertEqual(code, 0)
        self.assertRegex(out, r"security +psk as the lamp, TLS_PSK_WITH_AES_128_CCM_8, connection id")
        self.assertEqual(server.request("GET", "/api/v1/devices?q=127.0.0.1")[1]["total"], 1)

    def test_who_is_not_who_it_says_is_refused_with_a_reason(self):
        server = self.serve()
        self.admit(server, NAME + "1")
        self.admit(server, NAME + "2")
        events = Events(server)
        self.addCleanup(events.close)
        # A name that is not its own.
        self.connect(server, NAME + "1", identity=NAME + "2", wait=False)
        _, event = events.expect("handshake", event="refused")
        self.assertEqual(event["endpoint"], NAME + "1")
        self.assertIn(f'stands for "{NAME}2"', event["reason"])
        # Another key.
        self.connect(server, NAME + "1", key="ff" * 16, wait=False)
        # Nobody we know.
        self.connect(server, NAME + "3", wait=False)
        _, event = events.expect("handshake", event="failed", alert="unknown_psk_identity")
        self.assertIn(NAME + "3", event["reason"])
        # Its name, without its key.
        self.start(Client, server.uri, NAME + "2", wait=False)
        _, event = events.expect("handshake", event="refused", endpoint=NAME + "2")
        self.assertIn("no security at all", event["reason"])
        self.assertEqual(server.request("GET", "/api/v1/devices")[1]["total"], 0)
        # Who has no key comes as always.
        self.start(Client, server.uri, NAME + "9")
        self.assertEqual(server.request("GET", f"/api/v1/devices/{NAME}9")[1]["security"], {"mode": "nosec"})

    def test_each_kind_of_credential_and_an_authority_that_is_believed_no_more(self):
        server = self.serve()
        events = Events(server)
        self.addCleanup(events.close)
        folder = self.folder()
        for number, (kind, mode) in enumerate((("--psk", "psk"), ("--rpk", "rpk"), ("--x509", "x509"))):
            endpoint = NAME + str(number)
            extra = ["--authority", str(folder / "ca")] if mode == "x509" else []
            code, out, err = server.run("credential", "new", kind, *extra, "--endpoint", endpoint, "--add", "--out",
                                        str(folder / "keys"), "--uri", server.secure_uri)
            self.assertEqual(code, 0, err)
            line = re.search(r"linnet client (.*)", out).group(1)
            device = self.start(Process, "client", "--no-prompt", *shlex.split(line))
            device.expect("^registered at")
            security = server.request("GET", f"/api/v1/devices/{endpoint}")[1]["security"]
            self.assertEqual(security["mode"], mode)
            self.assertIn({"psk": endpoint, "rpk": "sha-256:", "x509": "CN=" + endpoint}[mode], security["identity"])
            self.assertTrue(server.operate(endpoint, op="read", path="/3/0/0")[1]["success"])
        anchor = re.match(r"(\S+)", server.run("credential", "trust", "list")[1].splitlines()[-1]).group(1)
        self.assertEqual(server.run("credential", "trust", "remove", anchor)[0], 0)
        events.expect("handshake", event="ended", endpoint=NAME + "2")
        _, failed = events.expect("handshake", event="failed")
        self.assertRegex(failed["reason"], "certificate|authority|trust")
        for endpoint in (NAME + "0", NAME + "1"):
            self.assertTrue(server.operate(endpoint, op="read", path="/3/0/0")[1]["success"])

    def test_with_a_key_nobody_goes_on_without(self):
        server = self.serve()
        self.start(Client, server.uri, NAME + "1")
        self.start(Client, server.uri, NAME + "2")
        events = Events(server)
        self.addCleanup(events.close)
        self.admit(server, NAME + "1")
        _, event = events.expect("handshake", event="refused", endpoint=NAME + "1")
        self.assertIn("has a credential now", event["reason"])
        events.expect("deregistered", endpoint=NAME + "1")
        self.assertEqual(server.request("GET", f"/api/v1/devices/{NAME}1")[1]["state"], "absent")
        self.assertEqual(server.request("GET", f"/api/v1/devices/{NAME}2")[0], 200)
        self.connect(server, NAME + "1")
        self.assertEqual(server.request("GET", f"/api/v1/devices/{NAME}1")[1]["security"]["mode"], "psk")

    def test_revocation_ends_the_session(self):
        server = self.serve()
        self.admit(server, NAME + "1")
        events = Events(server)
        self.addCleanup(events.close)
        self.connect(server, NAME + "1")
        self.assertEqual(server.run("credential", "revoke", NAME + "1")[0], 0)
        _, event = events.expect("handshake", event="ended", endpoint=NAME + "1")
        self.assertIn("revoked", event["reason"])
        self.assertEqual(server.request("GET", f"/api/v1/devices/{NAME}1")[1]["state"], "absent", "its registration goes with it")

    def test_killed_and_started_again_it_goes_on_with_its_sessions(self):
        store = str(self.folder() / "linnet.db")
        server = self.serve("--store", store)
        self.admit(server, NAME + "1")
        self.connect(server, NAME + "1")
        self.assertTrue(server.operate(NAME + "1", op="observe", path="/3303/0/5700")[1]["success"])
        ports = dict(coap=f"127.0.0.1:{server.port}", bootstrap="off")
        secure = f"127.0.0.1:{server.secure_port}"
        for _ in range(3):
            server.signal(signal.SIGKILL)
            server.wait()
            server = self.start(Server, "--store", store, "--coaps", secure, **ports)
            self.assertTrue(any("1 secure session" in line for line in server.log), server.log)
            # Spoken to without a handshake, and answered.
            status, answer = server.operate(NAME + "1", op="read", path="/3/0/0")
            self.assertEqual((status, answer.get("success")), (200, True), answer)
            device = server.request("GET", f"/api/v1/devices/{NAME}1")[1]
            self.assertEqual(device["security"]["mode"], "psk")
            self.assertTrue(device["observations"][0]["established"])
        self.assertFalse(any("TLS_PSK_WITH_AES_128_CCM_8" in line and "session " in line for line in server.log),
                         "no new handshake: " + "\n".join(server.log))

    def test_bootstrap_through_dtls_is_bound_to_the_identity(self):
        server = self.serve()
        self.admit(server, NAME + "1")
        self.admit(server, NAME + "2")
        configuration = {"for": ["*"], "objects": {
            "/0/1": {"0": server.secure_uri, "1": False, "2": 0, "3": {"text": "{endpoint}"}, "4": "",
                     "5": {"hex": key_of(NAME + "1")}, "10": 101},
            "/1/1": {"0": 101, "1": 300, "6": True, "7": "U"}}}
        status, answer = server.request("PUT", "/api/v1/bootstrap/configurations/all", configuration)
        self.assertEqual(status, 201, answer)
        events = Events(server)
        self.addCleanup(events.close)
        uri = f"coaps://127.0.0.1:{server.secure_bootstrap_port}"
        for endpoint, identity, event in ((NAME + "1", NAME + "2", "denied"), (NAME + "1", NAME + "1", "finished")):
            self.start(Process, "client", "--no-prompt", "--endpoint", endpoint, "--bootstrap", uri,
                       "--psk-identity", identity, "--psk-key", key_of(identity))
            _, told = events.expect("bootstrap", event=event, endpoint=endpoint)
            self.assertRegex(told["address"], r"^127\.0\.0\.1:\d+$")
        events.expect("registered", endpoint=NAME + "1")  # with what it was given
        # And nobody without a key gets what is for somebody with one.
        self.start(Process, "client", "--no-prompt", "--endpoint", NAME + "2",
                   "--bootstrap", f"coap://127.0.0.1:{server.bootstrap_port}")
        _, told = events.expect("bootstrap", event="denied", endpoint=NAME + "2")
        self.assertIn("come through DTLS", told["reason"])

    def test_open_ports_without_security_are_warned_of(self):
        server = self.start(Server, coap="*:0", bootstrap="off")
        self.assertTrue(any("is open without security" in line for line in server.log), server.log)
        loopback = self.start(Server)
        self.assertFalse(any("without security" in line for line in loopback.log))
        only = self.start(Process, "server", "--coap", "off", "--coaps", "127.0.0.1:0", "--bootstrap", "off",
                          "--http", "127.0.0.1:0")
        self.assertRegex(only.expect("devices").string, r"devices +coaps://127\.0\.0\.1:\d+")


if __name__ == "__main__":
    unittest.main()
