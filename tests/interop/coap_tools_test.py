#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""libcoap's coap-client against our server and client, and tshark over a recorded session."""
import pathlib
import subprocess
import tempfile
import unittest

from peers import LinnetClient, LinnetServer, Relay, free_udp_port


def coap(*arguments):
    """Runs coap-client: (standard output, standard error)."""
    result = subprocess.run(["coap-client-notls", "-B", "5", *arguments], capture_output=True, timeout=30)
    return result.stdout, result.stderr.decode(errors="replace")


class CoapClientTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.server = LinnetServer()

    @classmethod
    def tearDownClass(cls):
        cls.server.stop()

    def url(self, path):
        return f"coap://127.0.0.1:{self.server.port}{path}"

    def test_well_known_core_names_the_interfaces(self):
        out, _ = coap("-m", "get", self.url("/.well-known/core"))
        self.assertIn(b"</rd>", out)

    def test_register_update_deregister_by_hand(self):
        out, err = coap("-v", "7", "-m", "post", "-t", "40", "-e", "</1/0>,</3/0>",
                        self.url("/rd?ep=by-hand&lt=300&lwm2m=1.1&b=U"))
        text = out.decode(errors="replace") + err
        self.assertIn("2.01", text)
        location = text.split("Location-Path:rd, Location-Path:")[1].split()[0].strip("],")
        self.assertEqual(self.server.device("by-hand")["lifetime"], 300)
        coap("-m", "post", self.url(f"/rd/{location}?lt=600"))
        self.assertEqual(self.server.device("by-hand")["lifetime"], 600)
        coap("-m", "delete", self.url(f"/rd/{location}"))
        self.assertIsNone(self.server.device("by-hand"))

    def test_mistakes_get_their_codes(self):
        for path, code in (("/rd?lt=300&lwm2m=1.1", "4.00"), ("/rd?ep=x&lwm2m=9.0", "4.12"), ("/nowhere", "4.04"), ("/rd/unknown", "4.04")):
            with self.subTest(path=path):
                out, err = coap("-v", "7", "-m", "post", "-t", "40", "-e", "</3/0>", self.url(path))
                self.assertIn(code, out.decode(errors="replace") + err)

    def test_a_long_registration_comes_in_blocks(self):
        links = ",".join(f"</3303/{i}>" for i in range(400)) + ",</1/0>,</3/0>"
        with tempfile.NamedTemporaryFile() as file:
            file.write(links.encode())
            file.flush()
            coap("-b", "512", "-m", "post", "-t", "40", "-f", file.name, self.url("/rd?ep=long&lt=300&lwm2m=1.1"))
        objects = {o["object"]: o["instances"] for o in self.server.device("long")["objects"]}
        self.assertEqual(len(objects[3303]), 400)


class CaptureTest(unittest.TestCase):
    def test_tshark_finds_nothing_malformed_in_a_session(self):
        server = LinnetServer()
        self.addCleanup(server.stop)
        with tempfile.TemporaryDirectory() as folder:
            file = pathlib.Path(folder) / "session.pcap"
            relay = Relay(server.port, file)
            client = LinnetClient(f"coap://127.0.0.1:{relay.port}", "captured", "--version", "1.2")
            server.registered("captured")
            for format in ("tlv", "senml-json", "senml-cbor", "json", "lwm2m-cbor"):
                server.values("captured", op="read", path="/3", format=format)
            server.operate("captured", op="discover", path="/3")
            server.operate("captured", op="write", path="/3/0/15", value="z" * 2500)
            server.values("captured", op="read", path="/3/0")
            server.operate("captured", op="observe", path="/3303/0/5700")
            client.tell("set /3303/0/5700 12.5")
            server.values("captured", op="read-composite", paths=["/3/0/16", "/3303/0/5700"])
            client.stop()
            relay.close()
            self.assertGreater(relay.count, 20)
            out = subprocess.run(["tshark", "-r", file, "-T", "fields", "-e", "frame.number", "-e", "coap.code",
                                  "-e", "_ws.malformed", "-e", "_ws.expert.severity"],
                                 capture_output=True, text=True, check=True).stdout
        rows = [line.split("\t") for line in out.splitlines()]
        self.assertEqual(len(rows), relay.count)
        for row in rows:
            self.assertNotEqual(row[1], "", f"tshark sees no CoAP in frame {row[0]}")
            self.assertEqual(row[2], "", f"tshark calls frame {row[0]} malformed")
            self.assertNotIn("8388608", row[3], f"tshark reports an error in frame {row[0]}")  # PI_ERROR


class PortInUseTest(unittest.TestCase):
    def test_linnet_says_which_port_is_taken(self):
        server = LinnetServer()
        self.addCleanup(server.stop)
        from peers import LINNET
        result = subprocess.run([LINNET, "server", "--coap", f"127.0.0.1:{server.port}", "--http", f"127.0.0.1:{free_udp_port()}"],
                                capture_output=True, text=True, timeout=30)
        self.assertNotEqual(result.returncode, 0)
        self.assertIn(str(server.port), result.stdout + result.stderr)


if __name__ == "__main__":
    unittest.main(verbosity=2)
