#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""DTLS with implementations nobody here wrote: OpenSSL's and GnuTLS's own tools as client and as server.

A peer that is a client registers a device by hand, so that the test sees with which identity; one
that is a server shows the Register of our client.
"""
import os
import pathlib
import subprocess
import tempfile
import time
import unittest

from peers import Keys, LinnetClient, LinnetServer, Process, eventually, free_udp_port, openssl

PSK = "00112233445566778899aabbccddeeff"
GNUTLS = "NONE:+VERS-DTLS1.2:+COMP-NULL:+GROUP-SECP256R1:+SIGN-ECDSA-SHA256"
GNUTLS_PSK = GNUTLS + ":+PSK:+AES-128-CCM-8:+AEAD"
GNUTLS_PSK_CBC = GNUTLS + ":+PSK:+AES-128-CBC:+SHA256"
GNUTLS_RPK = GNUTLS + ":+ECDHE-ECDSA:+AES-128-CCM-8:+AEAD:+CTYPE-CLI-RAWPK:+CTYPE-SRV-RAWPK"
GNUTLS_X509 = GNUTLS + ":+ECDHE-ECDSA:+AES-128-CCM-8:+AEAD:+CTYPE-CLI-X509:+CTYPE-SRV-X509"


def option(delta, value):
    """A CoAP option of fewer than 269 bytes whose number is `delta` above the one before."""
    assert delta < 13
    if len(value) < 13:
        return bytes([delta << 4 | len(value)]) + value
    return bytes([delta << 4 | 13, len(value) - 13]) + value


def register(endpoint):
    """A Register of LwM2M 1.1, confirmable, of a device that has object 3."""
    options = option(11, b"rd") + option(1, b"\x28")
    queries = [b"ep=" + endpoint.encode(), b"lt=300", b"lwm2m=1.1", b"b=U"]
    options += option(3, queries[0]) + b"".join(option(0, q) for q in queries[1:])
    return b"\x44\x02\x12\x34abcd" + options + b"\xff</1/0>,</3/0>"


class Tool:
    """A program that sends what it is told as one datagram, and shows what comes back."""

    def __init__(self, *words, cwd=None):
        self.words = words
        self.out = tempfile.TemporaryFile()
        self.process = subprocess.Popen(words, stdin=subprocess.PIPE, stdout=self.out, stderr=subprocess.STDOUT, cwd=cwd)

    def send(self, data):
        self.process.stdin.write(data)
        self.process.stdin.flush()

    def said(self):
        self.out.seek(0)
        return self.out.read()

    def wait_for(self, what):
        eventually(lambda: what in self.said() or self.process.poll() is not None, f"{what} from {self.words[0]}")
        assert what in self.said(), f"{' '.join(self.words)} ended: {self.said()[-2000:]}"

    def stop(self):
        if self.process.poll() is None:
            self.process.terminate()
        self.process.wait(10)
        self.process.stdin.close()
        self.out.close()


class ToolsAtOurServer(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.keys = Keys("urn:dev:x509")
        cls.server = LinnetServer(config=f"""
            [dtls]
            certificate = "{cls.keys.path('server.pem')}"
            private_key = "{cls.keys.path('server-key.pem')}"
            """)
        cls.server.credential("urn:dev:psk", mode="psk", identity="psk-identity", key=PSK)
        cls.server.credential("urn:dev:rpk", mode="rpk", publicKey=cls.keys.hex("device-public.der"))
        cls.server.trust("test", cls.keys.hex("ca.der"))
        cls.server.credential("urn:dev:x509", mode="x509")

    @classmethod
    def tearDownClass(cls):
        cls.server.stop()
        cls.keys.remove()

    def comes_in(self, endpoint, mode, suite, *words):
        tool = Tool(*words)
        try:
            time.sleep(0.5)  # a tool that reads its input before the handshake would lose it
            tool.send(register(endpoint))
            device = self.server.registered(endpoint)
            security = device["security"]
            self.assertEqual((security["mode"], security["suite"]), (mode, suite))
            # The answer came to the tool: 2.01 with our message id and token.
            tool.wait_for(b"\x12\x34abcd")
        finally:
            tool.stop()
            self.server.remove(endpoint)

    def openssl(self, cipher, *words):
        return ("openssl", "s_client", "-dtls1_2", "-quiet", "-connect", f"127.0.0.1:{self.server.coaps_port}",
                "-cipher", cipher + ":@SECLEVEL=0", *words)

    def gnutls(self, priority, *words):
        return ("gnutls-cli", "--udp", "--priority", priority, "--no-ca-verification", "--port",
                str(self.server.coaps_port), *words, "127.0.0.1")

    def test_openssl_psk(self):
        for cipher, suite in (("PSK-AES128-CCM8", "TLS_PSK_WITH_AES_128_CCM_8"),
                              ("PSK-AES128-CBC-SHA256", "TLS_PSK_WITH_AES_128_CBC_SHA256"),
                              ("PSK-AES128-GCM-SHA256", "TLS_PSK_WITH_AES_128_GCM_SHA256"),
                              ("PSK-AES256-GCM-SHA384", "TLS_PSK_WITH_AES_256_GCM_SHA384"),
                              ("PSK-CHACHA20-POLY1305", "TLS_PSK_WITH_CHACHA20_POLY1305_SHA256")):
            with self.subTest(cipher):
                self.comes_in("urn:dev:psk", "psk", suite,
                              *self.openssl(cipher, "-psk_identity", "psk-identity", "-psk", PSK))

    def test_openssl_certificate(self):
        for cipher, suite in (("ECDHE-ECDSA-AES128-CCM8", "TLS_ECDHE_ECDSA_WITH_AES_128_CCM_8"),
                              ("ECDHE-ECDSA-AES128-SHA256", "TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA256"),
                              ("ECDHE-ECDSA-AES128-GCM-SHA256", "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256")):
            with self.subTest(cipher):
                self.comes_in("urn:dev:x509", "x509", suite,
                              *self.openssl(cipher, "-cert", self.keys.path("device.pem"), "-key", self.keys.path("device-key.pem"),
                                            "-CAfile", self.keys.path("ca.pem"), "-verify_return_error"))

    def test_gnutls_psk(self):
        for priority, suite in ((GNUTLS_PSK, "TLS_PSK_WITH_AES_128_CCM_8"),
                                (GNUTLS_PSK_CBC, "TLS_PSK_WITH_AES_128_CBC_SHA256")):
            with self.subTest(suite):
                self.comes_in("urn:dev:psk", "psk", suite,
                              *self.gnutls(priority, "--pskusername", "psk-identity", "--pskkey", PSK))

    def test_gnutls_raw_public_key(self):
        self.comes_in("urn:dev:rpk", "rpk", "TLS_ECDHE_ECDSA_WITH_AES_128_CCM_8",
                      *self.gnutls(GNUTLS_RPK, "--rawpkkeyfile", self.keys.path("device-key.pem"),
                                   "--rawpkfile", self.keys.path("device-public.pem")))

    def test_gnutls_certificate(self):
        self.comes_in("urn:dev:x509", "x509", "TLS_ECDHE_ECDSA_WITH_AES_128_CCM_8",
                      *self.gnutls(GNUTLS_X509, "--x509keyfile", self.keys.path("device-key.pem"),
                                   "--x509certfile", self.keys.path("device.pem")))

    def test_an_unknown_identity_gets_its_alert(self):
        tool = Tool(*self.openssl("PSK-AES128-CCM8", "-psk_identity", "nobody", "-psk", PSK))
        try:
            tool.wait_for(b"unknown psk identity")
        finally:
            tool.stop()


class OurClientAtTools(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.keys = Keys("urn:dev:x509")

    @classmethod
    def tearDownClass(cls):
        cls.keys.remove()

    def goes_there(self, endpoint, port, options, *words):
        tool = Tool(*words, cwd=str(self.keys.folder))
        client = None
        try:
            time.sleep(0.5)
            client = LinnetClient(f"coaps://127.0.0.1:{port}", endpoint, "--version", "1.1", *options)
            tool.wait_for(b"ep=" + endpoint.encode())
        finally:
            if client:
                client.stop()
            tool.stop()

    def openssl(self, cipher, *words):
        port = free_udp_port()
        return port, ("openssl", "s_server", "-dtls1_2", "-quiet", "-accept", f"127.0.0.1:{port}",
                      "-cipher", cipher + ":@SECLEVEL=0", *words)

    def gnutls(self, priority, *words):
        port = free_udp_port()
        return port, ("gnutls-serv", "--udp", "--priority", priority, "--port", str(port), *words)

    def test_openssl_psk(self):
        port, words = self.openssl("PSK-AES128-CCM8", "-nocert", "-psk_identity", "id", "-psk", PSK)
        self.goes_there("urn:dev:psk", port, ("--psk-identity", "id", "--psk-key", PSK), *words)

    def test_openssl_certificate(self):
        port, words = self.openssl("ECDHE-ECDSA-AES128-CCM8", "-cert", "server.pem", "-key", "server-key.pem", "-CAfile", "ca.pem",
                                   "-Verify", "1", "-verify_return_error")
        for usage, shown in (("3", "server.pem"), ("2", "ca.pem")):
            with self.subTest(usage=usage):
                self.goes_there("urn:dev:x509", port,
                                ("--cert", self.keys.path("device.pem"), "--key", self.keys.path("device-key.pem"),
                                 "--server-cert", self.keys.path(shown), "--usage", usage), *words)

    def test_gnutls_psk(self):
        (self.keys.folder / "psk.txt").write_text(f"id:{PSK}\n")
        port, words = self.gnutls(GNUTLS_PSK, "--pskpasswd", "psk.txt")
        self.goes_there("urn:dev:psk", port, ("--psk-identity", "id", "--psk-key", PSK), *words)

    def test_gnutls_raw_public_key(self):
        port, words = self.gnutls(GNUTLS_RPK, "--rawpkkeyfile", "server-key.pem", "--rawpkfile", "server-public.pem")
        self.goes_there("urn:dev:rpk", port,
                        ("--rpk", self.keys.path("device-key.pem"), "--server-key", self.keys.path("server-public.pem")), *words)

    def test_gnutls_certificate(self):
        port, words = self.gnutls(GNUTLS_X509, "--x509keyfile", "server-key.pem", "--x509certfile", "server.pem",
                                  "--x509cafile", "ca.pem", "--require-client-cert")
        self.goes_there("urn:dev:x509", port,
                        ("--cert", self.keys.path("device.pem"), "--key", self.keys.path("device-key.pem"),
                         "--server-cert", self.keys.path("server.pem")), *words)


if __name__ == "__main__":
    unittest.main()
