#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Events at an MQTT 5 broker: mosquitto's, read with its own client."""
import json
import os
import pathlib
import queue
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
import time
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).parent.parent / "e2e"))
from linnet_process import Client, LinnetTest, Server  # noqa: E402

MOSQUITTO = shutil.which("mosquitto") or "/usr/sbin/mosquitto"


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Broker:
    def __init__(self, folder, port, *lines):
        self.port = port
        file = folder / "mosquitto.conf"
        file.write_text("\n".join([f"listener {port} 127.0.0.1", *(lines or ["allow_anonymous true"])]) + "\n")
        self.process = subprocess.Popen([MOSQUITTO, "-c", str(file)], stdout=subprocess.DEVNULL,
                                        stderr=subprocess.DEVNULL)
        deadline = time.monotonic() + 20
        while True:
            try:
                socket.create_connection(("127.0.0.1", port), 1).close()
                return
            except OSError:
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.05)

    def stop(self):
        if self.process.poll() is None:
            self.process.terminate()
            self.process.wait(10)


class Subscriber:
    """(topic, content type, user properties, payload) of each message, by mosquitto_sub."""

    def __init__(self, port, *arguments):
        self.process = subprocess.Popen(
            ["stdbuf", "-oL", "mosquitto_sub", "-V", "5", "-h", "127.0.0.1", "-p", str(port), "-t", "linnet/#", "-t", "$SYS/none", "-q", "1", "-d",
             *arguments, "-F", "> %t|%C|%P|%p"], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        self.messages, self.ready = queue.Queue(), threading.Event()
        threading.Thread(target=self._read, daemon=True).start()
        assert self.ready.wait(20), "no subscription"

    def _read(self):
        for line in self.process.stdout:
            if "SUBACK" in line or "Subscribed" in line:
                self.ready.set()
            if line.startswith("> "):
                topic, kind, properties, payload = line[2:].rstrip("\n").split("|", 3)
                self.messages.put((topic, kind, properties, json.loads(payload)))

    def expect(self, topic):
        seen = []
        while True:
            try:
                message = self.messages.get(timeout=20)
            except queue.Empty:
                raise AssertionError(f"nothing at {topic}; there were {seen}") from None
            if message[0] == topic:
                return message
            seen.append(message[0])

    def stop(self):
        if self.process.poll() is None:
            self.process.terminate()
            self.process.wait(10)
        self.process.stdout.close()


class MqttTest(LinnetTest):
    def serve(self, folder, port, *lines):
        file = folder / "linnet.toml"
        file.write_text("\n".join(["[mqtt]", "enabled = true", f"port = {port}", *lines]) + "\n")
        return self.start(Server, "--config", str(file), "--store", str(folder / "store"))

    def until(self, server, **members):
        deadline = time.monotonic() + 20
        while True:
            _, state = server.request("GET", "/api/v1/mqtt")
            if all(state.get(k) == v for k, v in members.items()):
                return state
            self.assertLess(time.monotonic(), deadline, state)
            time.sleep(0.05)

    def test_values_come_as_senml_and_the_rest_as_json(self):
        folder, port = self.folder(), free_port()
        broker = Broker(folder, port)
        self.addCleanup(broker.stop)
        subscriber = Subscriber(port)
        self.addCleanup(subscriber.stop)
        server = self.serve(folder, port)
        self.until(server, connected=True)
        self.start(Client, server, "urn:dev:lamp/1")
        topic, kind, properties, payload = subscriber.expect("linnet/urn:dev:lamp%2F1/registered")
        self.assertEqual((kind, payload["type"]), ("application/json", "registered"))
        self.assertIn("endpoint:urn:dev:lamp/1", properties)
        self.assertIn("id:" + payload["id"], properties)
        server.operate("urn:dev:lamp%2F1", op="observe", path="/3/0/9")
        _, kind, properties, pack = subscriber.expect("linnet/urn:dev:lamp%2F1/value")
        self.assertEqual(kind, "application/senml+json")
        self.assertEqual((pack[0]["bn"], pack[0]["n"]), ("urn:dev:lamp/1/", "3/0/9"))
        self.assertIsInstance(pack[0]["v"], int)
        self.assertGreater(pack[0]["t"], 1.7e9)
        self.assertIn("type:value", properties)
        self.until(server, connected=True, lag=0, refused=0)

    def test_what_happens_without_a_broker_or_a_server_comes_later(self):
        folder, port = self.folder(), free_port()
        server = self.serve(folder, port, 'types = ["operation"]')
        client = self.start(Client, server, "lamp")
        self.assertEqual(server.operate("lamp", op="read", path="/3/0/9")[0], 200)
        state = self.until(server, connected=False)
        deadline = time.monotonic() + 20
        while "error" not in state and time.monotonic() < deadline:
            _, state = server.request("GET", "/api/v1/mqtt")
        self.assertIn(str(port), state["error"])
        broker = Broker(folder, port)
        subscriber = Subscriber(port)
        self.assertEqual(subscriber.expect("linnet/lamp/operation")[3]["target"], "/3/0/9")
        self.until(server, connected=True, lag=0, refused=0)
        subscriber.stop()
        broker.stop()
        self.until(server, connected=False)
        server.operate("lamp", op="read", path="/3/0/0")
        client.stop()
        server.stop()
        broker = Broker(folder, port)
        self.addCleanup(broker.stop)
        subscriber = Subscriber(port)
        self.addCleanup(subscriber.stop)
        self.serve(folder, port, 'types = ["operation"]')
        # What the broker had confirmed when it went away may come once more.
        while subscriber.expect("linnet/lamp/operation")[3]["target"] != "/3/0/0":
            pass

    def test_through_tls_with_a_password(self):
        folder, port = self.folder(), free_port()
        make = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2",
                "-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", str(folder / "key.pem"),
                "-out", str(folder / "cert.pem")]
        subprocess.run(make, check=True, capture_output=True)
        subprocess.run(["mosquitto_passwd", "-c", "-b", str(folder / "users"), "linnet", "a secret"], check=True)
        for name in ("key.pem", "users"):
            os.chmod(folder / name, 0o644)  # mosquitto gives up root's rights
        os.chmod(folder, 0o755)
        broker = Broker(folder, port, "allow_anonymous false", f"password_file {folder / 'users'}",
                        f"certfile {folder / 'cert.pem'}", f"keyfile {folder / 'key.pem'}")
        self.addCleanup(broker.stop)
        (folder / "password").write_text("a secret\n")
        good = ["tls = true", 'username = "linnet"', f'password_file = "{folder / "password"}"']
        server = self.serve(folder, port, *good, f'ca_file = "{folder / "cert.pem"}"')
        self.until(server, connected=True)
        server.stop()
        # A broker that nobody vouches for gets nothing.
        self.assertIn("TLS", self.refusal(folder, port, *good))
        (folder / "password").write_text("another\n")
        self.assertIn("authorized", self.refusal(folder, port, *good, f'ca_file = "{folder / "cert.pem"}"').lower())

    def refusal(self, folder, port, *lines):
        server = self.serve(folder, port, *lines)
        deadline = time.monotonic() + 20
        state = {}
        while "error" not in state and time.monotonic() < deadline:
            _, state = server.request("GET", "/api/v1/mqtt")
            time.sleep(0.05)
        self.assertFalse(state["connected"])
        server.stop()
        return state["error"]


if __name__ == "__main__":
    unittest.main()
