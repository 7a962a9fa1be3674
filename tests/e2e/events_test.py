#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Events: resumed over a restart, over WebSockets, delivered to webhooks, and under a storm of them."""
import base64
import hashlib
import hmac
import http.server
import json
import os
import queue
import signal
import socket
import ssl
import struct
import subprocess
import threading
import unittest

from linnet_process import Client, Events, LinnetTest, Server, run

STORM = os.environ.get("EVENT_STORM", "event_storm")
# A build with sanitizers on a busy machine: the soak sets more.
RATE = os.environ.get("LINNET_STORM_RATE", "1000")
SECONDS = os.environ.get("LINNET_STORM_SECONDS", "5")


class WebSocket:
    """As much of RFC 6455 as reading takes."""

    def __init__(self, server, query="", headers=None):
        self.connection = server.connection()
        key = base64.b64encode(os.urandom(16)).decode()
        self.connection.request("GET", "/api/v1/events/ws" + query, headers={
            "Connection": "Upgrade", "Upgrade": "websocket", "Sec-WebSocket-Version": "13",
            "Sec-WebSocket-Key": key, **server.authorization(), **(headers or {})})
        self.socket = self.connection.sock
        self.response = self.connection.response_class(self.socket, method="GET")
        self.response.begin()
        self.status = self.response.status
        if self.status == 101:
            want = base64.b64encode(hashlib.sha1((key + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11").encode()).digest())
            assert self.response.getheader("Sec-WebSocket-Accept") == want.decode()

    def frame(self):
        head = self.response.fp.read(2)
        size = head[1]
        if size == 126:
            size = struct.unpack("!H", self.response.fp.read(2))[0]
        return head[0], self.response.fp.read(size)

    def expect(self, kind, **members):
        while True:
            first, payload = self.frame()
            assert first == 0x81, (first, payload)
            event = json.loads(payload)
            if event["type"] == kind and all(event.get(k) == v for k, v in members.items()):
                return event

    def send(self, op, payload=b""):
        mask = os.urandom(4)
        self.socket.sendall(bytes([0x80 | op, 0x80 | len(payload)]) + mask
                            + bytes(b ^ mask[i % 4] for i, b in enumerate(payload)))

    def close(self):
        self.response.close()
        self.connection.close()


class Receiver:
    """Takes deliveries, and answers with the statuses it was given."""

    def __init__(self):
        receiver = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                status = receiver.answers.pop(0) if receiver.answers else 200
                receiver.got.put((dict(self.headers), body))
                self.send_response(status)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *arguments):
                pass

        self.answers, self.got = [], queue.Queue()
        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/hook"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def stop(self):
        self.server.shutdown()
        self.server.server_close()


class EventsTest(LinnetTest):
    def test_a_reader_goes_on_where_it_was_after_the_server_was_killed(self):
        store = str(self.folder() / "store")
        server = self.start(Server, "--store", store)
        events = Events(server)
        self.addCleanup(events.close)
        self.start(Client, server, "lamp")
        last, _ = events.expect("registered", endpoint="lamp")
        for n in range(3):
            server.operate("lamp", op="read", path="/3/0/9")
        server.signal(signal.SIGKILL)
        server.wait()
        server = self.start(Server, "--store", store, coap=f"127.0.0.1:{server.port}")
        again = Events(server, last_id=last)
        self.addCleanup(again.close)
        for n in range(3):
            identifier, event = again.expect("operation", endpoint="lamp", op="read")
        server.operate("lamp", op="read", path="/3/0/9")
        again.expect("operation", endpoint="lamp")
        self.assertNotIn("lost", [event["type"] for event in again.seen])
        # Behind the last of them, and from the first there is.
        rest = Events(server, query="?from=oldest&type=registered")
        self.addCleanup(rest.close)
        self.assertEqual(rest.expect("registered")[0], last)
        _, page = server.request("GET", "/api/v1/events/recent?type=operation&path=/3/0")
        self.assertEqual([event["target"] for event in page["events"] if event.get("state") == "done"], ["/3/0/9"] * 4)

    def test_an_id_that_is_not_kept_is_answered_with_lost(self):
        server = self.start(Server)
        events = Events(server, last_id="0badc0de-77")
        self.addCleanup(events.close)
        events.expect("hello")
        events.expect("lost")

    def test_a_websocket_gives_the_same_events(self):
        server = self.start(Server)
        events = WebSocket(server, "?type=registered,deregistered")
        self.addCleanup(events.close)
        self.assertEqual(events.status, 101)
        hello = events.expect("hello")
        device = self.start(Client, server, "lamp")
        events.expect("registered", endpoint="lamp")
        events.send(9, b"are you there")
        self.assertEqual(events.frame(), (0x8A, b"are you there"))
        resumed = WebSocket(server, "?type=registered&lastEventId=" + hello["id"])
        self.addCleanup(resumed.close)
        resumed.expect("registered", endpoint="lamp")
        device.stop()
        server.process.terminate()
        while True:
            first, payload = resumed.frame()
            if first == 0x88:
                break
        self.assertEqual(struct.unpack("!H", payload[:2])[0], 1001)

    def test_a_page_of_another_site_cannot_open_one(self):
        server = self.start(Server)
        host = server.url[len("http://"):]
        for origin, status in ((f"http://{host}", 101), ("http://evil.example", 403), ("null", 403)):
            events = WebSocket(server, headers={"Origin": origin, "Host": host})
            self.assertEqual(events.status, status, origin)
            events.close()

    def test_a_webhook_gets_signed_events_and_goes_on_after_a_restart(self):
        receiver = Receiver()
        self.addCleanup(receiver.stop)
        store = str(self.folder() / "store")
        server = self.start(Server, "--store", store)
        status, hook = server.request("PUT", "/api/v1/webhooks/mine",
                                      {"url": receiver.url, "types": ["registered", "operation"]})
        self.assertEqual(status, 201, hook)
        status, result = server.request("POST", "/api/v1/webhooks/mine/test")
        self.assertEqual((status, result["status"]), (200, 200))
        self.assertEqual(json.loads(receiver.got.get(timeout=20)[1])["events"][0]["type"], "test")
        receiver.answers = [500]
        self.start(Client, server, "lamp")
        first, second = receiver.got.get(timeout=20), receiver.got.get(timeout=20)
        self.assertEqual(first[1], second[1])
        self.assertEqual(first[0]["X-Linnet-Delivery"], second[0]["X-Linnet-Delivery"])
        headers, body = second
        self.assertEqual(json.loads(body)["events"][0]["endpoint"], "lamp")
        time, _, code = headers["X-Linnet-Signature"].partition(",v1=")
        self.assertEqual(hmac.new(hook["secret"].encode(), time[2:].encode() + b"." + body, "sha256").hexdigest(), code)
        # What happens while the receiver is down is delivered when both are up again.
        receiver.answers = [503] * 100
        server.operate("lamp", op="read", path="/3/0/9")
        receiver.got.get(timeout=20)
        server.signal(signal.SIGKILL)
        server.wait()
        receiver.answers = []
        server = self.start(Server, "--store", store)
        events = json.loads(receiver.got.get(timeout=20)[1])["events"]
        self.assertEqual(events[-1]["type"], "operation")
        with open(store, "rb") as file:
            self.assertNotIn(hook["secret"].encode(), file.read())

    def test_a_webhook_trusts_whom_it_is_told_to(self):
        folder = self.folder()
        for name, more in (("receiver", ["--dns", "localhost"]), ("other", [])):
            code, out, err = run("credential", "new", "--x509", "--endpoint", name, *more, "--authority", str(folder / f"ca-{name}"), "--out", str(folder))
            self.assertEqual(code, 0, err)
        receiver = Receiver()
        self.addCleanup(receiver.stop)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(folder / "receiver.crt.pem", folder / "receiver.key.pem")
        receiver.server.socket = context.wrap_socket(receiver.server.socket, server_side=True)
        file = folder / "linnet.toml"
        file.write_text("")
        server = self.start(Server, "--config", str(file))
        url = f"https://localhost:{receiver.server.server_port}/"
        self.assertEqual(server.request("PUT", "/api/v1/webhooks/mine", {"url": url, "types": ["registered"]})[0], 201)

        def tried():
            return server.request("POST", "/api/v1/webhooks/mine/test")[1]

        self.assertIn("certificate", tried()["error"])
        for authority, taken in (("ca-receiver", True), ("ca-other", False), ("ca-receiver", True)):
            file.write_text(f'[webhooks]\nca_file = "{folder}/{authority}/ca.crt.pem"\n')
            server.signal(signal.SIGHUP)
            server.expect(r"webhooks\.ca_file is .* now")
            result = tried()
            self.assertEqual(result.get("status"), 200 if taken else None, result)
            if not taken:
                self.assertIn("certificate", result["error"])
        self.start(Client, server, "lamp")
        while "lamp" not in receiver.got.get(timeout=20)[1].decode():
            pass
        for text, words in (("/no/such", "cannot be read"), (str(file), "no certificate in PEM")):
            code, _, err = run("server", "--check-config", LINNET_WEBHOOKS_CA_FILE=text)
            self.assertEqual(code, 6)
            self.assertIn(words, err)

    def test_under_a_storm_everybody_sees_everything_once(self):
        server = self.start(Server, "--store", str(self.folder() / "store"))
        arguments = [STORM, "--coap", str(server.port), "--http", server.url.rsplit(":", 1)[1],
                     "--rate", RATE, "--seconds", SECONDS, "--token", server.token]
        result = subprocess.run(arguments, capture_output=True, text=True, timeout=150)
        self.assertEqual(result.returncode, 0, result.stderr + "\n".join(server.log[-20:]))
        print(result.stdout.strip())


if __name__ == "__main__":
    unittest.main()
