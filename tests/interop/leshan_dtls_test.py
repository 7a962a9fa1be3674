#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""DTLS with Eclipse Leshan (Californium's Scandium), in both roles: pre-shared keys, raw public keys,
certificates, connection ids, and an address that changes under a session."""
import tempfile
import time
import unittest

from peers import Keys, LeshanClient, LeshanServer, LinnetClient, LinnetServer, Relay, eventually

PSK = "000102030405060708090a0b0c0d0e0f"
EP = "urn:dev:dtls"
CCM8 = {"psk": "TLS_PSK_WITH_AES_128_CCM_8", "rpk": "TLS_ECDHE_ECDSA_WITH_AES_128_CCM_8", "x509": "TLS_ECDHE_ECDSA_WITH_AES_128_CCM_8"}


class LeshanAtOurServer(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.keys = Keys(EP)
        cls.server = LinnetServer(config=f"""
            [dtls]
            certificate = "{cls.keys.path('server.pem')}"
            private_key = "{cls.keys.path('server-key.pem')}"
            """)
        cls.server.trust("test", cls.keys.hex("ca.der"))
        cls.credentials = {"psk": {"identity": "leshan", "key": PSK}, "rpk": {"publicKey": cls.keys.hex("device-public.der")},
                           "x509": {}}
        keys = {"key": cls.keys.hex("device-key.der")}
        cls.accounts = {"psk": {"mode": "psk", "identity": "leshan", "key": PSK},
                        "rpk": {"mode": "rpk", "identity": cls.keys.hex("device-public.der"), "server": cls.keys.hex("server-public.der"), **keys},
                        "x509": {"mode": "x509", "identity": cls.keys.hex("device.der"), "server": cls.keys.hex("server.der"), **keys}}

    @classmethod
    def tearDownClass(cls):
        cls.server.stop()
        cls.keys.remove()

    def test_every_mode(self):
        for mode in ("psk", "rpk", "x509"):
            with self.subTest(mode=mode):
                self.server.credential(EP, mode=mode, **self.credentials[mode])
                client = LeshanClient(self.server.secure_uri, EP, security=self.accounts[mode])
                try:
                    security = self.server.registered(EP)["security"]
                    self.assertEqual((security["mode"], security["suite"], security["connectionId"]), (mode, CCM8[mode], True))
                    self.assertEqual(self.server.values(EP, op="read", path="/3/0/0"), {"/3/0/0": "Leshan peer"})
                    client.event("registered")
                    client.tell("stop")
                    client.event("stopped")
                    eventually(lambda: self.server.device(EP) is None, "it is de-registered")
                finally:
                    client.stop()
                    self.server.remove(EP)

    def test_a_new_address_needs_no_handshake(self):
        self.server.credential(EP, mode="psk", **self.credentials["psk"])
        with tempfile.NamedTemporaryFile() as trace:
            relay = Relay(self.server.coaps_port, trace.name)
            client = LeshanClient(f"coaps://127.0.0.1:{relay.port}", EP, security=self.accounts["psk"])
            try:
                before = self.server.registered(EP)
                self.server.values(EP, op="observe", path="/3303/0/5700", keep=False)
                events = self.server.events()
                relay.move()
                client.tell("set /3303/0/5700 77.5")
                events.expect(lambda e: e["type"] == "value" and any(v.get("value") == 77.5 for v in e.get("values", [])))
                after = self.server.device(EP)
                self.assertEqual(before["registration"], after["registration"])
                self.assertNotEqual(before["address"], after["address"])
                self.assertEqual(self.server.values(EP, op="read", path="/3303/0/5700"), {"/3303/0/5700": 77.5})
            finally:
                client.stop()
                relay.close()
                self.server.remove(EP)

    def test_another_endpoint_name_is_refused(self):
        self.server.credential(EP, mode="psk", **self.credentials["psk"])
        events = self.server.events()
        client = LeshanClient(self.server.secure_uri, "urn:dev:impostor", security=self.accounts["psk"])
        try:
            event = events.expect(lambda e: e["type"] == "handshake" and e.get("event") == "refused")
            self.assertIn("urn:dev:impostor", str(event))
            self.assertIsNone(self.server.device("urn:dev:impostor"))
        finally:
            client.stop()

    def test_a_wrong_key_comes_to_nothing(self):
        self.server.credential(EP, mode="psk", **self.credentials["psk"])
        client = LeshanClient(self.server.secure_uri, EP, security={**self.accounts["psk"], "key": "ff" * 16})
        try:
            time.sleep(3)
            self.assertIsNone(self.server.device(EP))
        finally:
            client.stop()


class OurClientAtLeshan(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.keys = Keys(EP)
        cls.server = LeshanServer(keys=cls.keys.folder)
        own = ("--key", cls.keys.path("device-key.pem"))
        cls.options = {"psk": ("--psk-identity", "linnet", "--psk-key", PSK),
                       "rpk": ("--rpk", cls.keys.path("device-key.pem"), "--server-key", cls.keys.path("server-public.pem")),
                       "x509": ("--cert", cls.keys.path("device.pem"), *own, "--server-cert", cls.keys.path("server.pem"))}

    @classmethod
    def tearDownClass(cls):
        cls.server.stop()
        cls.keys.remove()

    def let_in(self, mode):
        self.server.operate(EP, "revoke")
        self.server.operate(EP, "credential", mode=mode,
                            **{"psk": {"identity": "linnet", "key": PSK}, "rpk": {"key": self.keys.hex("device-public.der")}, "x509": {}}[mode])

    def test_every_mode(self):
        for mode in ("psk", "rpk", "x509"):
            with self.subTest(mode=mode):
                self.let_in(mode)
                client = LinnetClient(self.server.secure_uri, EP, "--version", "1.1", *self.options[mode])
                try:
                    self.server.event("registered", ep=EP)
                    answer = self.server.operate(EP, "read", path="/3/0/0")
                    self.assertEqual(answer["code"], 205, answer)
                    client.tell("quit")
                    self.server.event("unregistered", ep=EP)
                finally:
                    client.stop()

    def test_certificate_of_an_authority(self):
        self.let_in("x509")
        options = ("--cert", self.keys.path("device.pem"), "--key", self.keys.path("device-key.pem"),
                   "--server-cert", self.keys.path("ca.pem"), "--usage", "2")
        # The certificate is for localhost and 127.0.0.1.
        client = LinnetClient(self.server.secure_uri, EP, "--version", "1.1", *options)
        try:
            self.server.event("registered", ep=EP)
            client.tell("quit")
            self.server.event("unregistered", ep=EP)
        finally:
            client.stop()

    def test_a_new_address_needs_no_handshake(self):
        self.let_in("psk")
        with tempfile.NamedTemporaryFile() as trace:
            relay = Relay(self.server.coaps_port, trace.name)
            client = LinnetClient(f"coaps://127.0.0.1:{relay.port}", EP, "--version", "1.1", *self.options["psk"])
            try:
                self.server.event("registered", ep=EP)
                relay.move()
                client.tell("update")
                self.server.event("updated", ep=EP)
                self.assertEqual(self.server.operate(EP, "read", path="/3/0/0")["code"], 205)
                self.assertFalse([line for line in client.log if "new session" in line])
                client.tell("quit")
                self.server.event("unregistered", ep=EP)
            finally:
                client.stop()
                relay.close()


if __name__ == "__main__":
    unittest.main()
