# SPDX-License-Identifier: Apache-2.0
"""Starts the real linnet on loopback with ports that are free, and talks to it.

Every process is ended by its own handle; its output is kept for the message of a failing test.
"""
import atexit
import http.client
import json
import os
import pathlib
import queue
import random
import re
import shutil
import socket
import subprocess
import tempfile
import threading
import time
import unittest

LINNET = os.environ.get("LINNET", "linnet")
TIMEOUT = 20
# Where servers leave a token for commands of this user: a folder of these tests alone.
RUNTIME = pathlib.Path(tempfile.mkdtemp(prefix="linnet-e2e-runtime-"))
atexit.register(shutil.rmtree, RUNTIME, ignore_errors=True)
os.environ["XDG_RUNTIME_DIR"] = str(RUNTIME)
for name in ("LINNET_TOKEN", "LINNET_TOKEN_FILE", "XDG_CONFIG_HOME"):
    os.environ.pop(name, None)


class Process:
    """A linnet whose output is read line by line in the background."""

    def __init__(self, *arguments, env=None):
        self.lines = queue.Queue()
        self.log = []
        self.process = subprocess.Popen([LINNET, *arguments], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                        stderr=subprocess.STDOUT, text=True, bufsize=1,
                                        env={**os.environ, **(env or {})})
        self.reader = threading.Thread(target=self._read, daemon=True)
        self.reader.start()

    def _read(self):
        for line in self.process.stdout:
            self.log.append(line.rstrip("\n"))
            self.lines.put(line.rstrip("\n"))

    def tell(self, line):
        self.process.stdin.write(line + "\n")
        self.process.stdin.flush()

    def expect(self, pattern, timeout=TIMEOUT):
        """The match of the first line from now on that has the pattern in it."""
        deadline = time.monotonic() + timeout
        while True:
            try:
                line = self.lines.get(timeout=max(deadline - time.monotonic(), 0.01))
            except queue.Empty:
                raise AssertionError(f"no line with {pattern!r} in {timeout} s; there was:\n"
                                     + "\n".join(self.log[-40:])) from None
            match = re.search(pattern, line)
            if match:
                return match

    def signal(self, number):
        self.process.send_signal(number)

    def wait(self, timeout=TIMEOUT):
        """The exit code; all output is in `log` then."""
        code = self.process.wait(timeout)
        self.reader.join(timeout)
        return code

    def stop(self):
        if self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(10)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        self.reader.join(5)
        self.process.stdin.close()
        self.process.stdout.close()
        if any("Sanitizer" in line or "runtime error:" in line for line in self.log):
            raise AssertionError("a sanitizer complains:\n" + "\n".join(self.log[-80:]))


def free_ports(kind, count=1):
    """The first of `count` ports in a row that nobody has. Below those that the system gives out: a
    server that is started again finds its own still free."""
    while True:
        first = random.SystemRandom().randrange(10000, 32000)
        try:
            for port in range(first, first + count):
                with socket.socket(socket.AF_INET, kind) as probe:
                    probe.bind(("127.0.0.1", port))
            return first
        except OSError:
            continue


class Server(Process):
    def __init__(self, *arguments, coap="127.0.0.1:0", http="127.0.0.1:0", bootstrap="127.0.0.1:0", env=None):
        # A secure port is one above its plain one.
        coap, http, bootstrap = (
            f"127.0.0.1:{free_ports(kind, count)}" if address == "127.0.0.1:0" else address
            for address, kind, count in ((coap, socket.SOCK_DGRAM, 2), (http, socket.SOCK_STREAM, 1),
                                         (bootstrap, socket.SOCK_DGRAM, 2)))
        super().__init__("server", "--coap", coap, "--http", http, "--bootstrap", bootstrap, *arguments, env=env)
        try:
            self.port = int(self.expect(r"devices +coap://\S+:(\d+)").group(1))
            self.secure_port = int(self.expect(r"^ +coaps://\S+:(\d+)").group(1))
            self.bootstrap_port = int(self.expect(r"bootstrap +coap://\S+:(\d+)").group(1)) if bootstrap != "off" else None
            self.secure_bootstrap_port = (int(self.expect(r"^ +coaps://\S+:(\d+)").group(1))
                                          if bootstrap != "off" else None)
            self.url = self.expect(r"API +(http://\S+:\d+)/").group(1)
        except AssertionError:
            self.stop()
            raise

    @property
    def uri(self):
        return f"coap://127.0.0.1:{self.port}"

    @property
    def secure_uri(self):
        return f"coaps://127.0.0.1:{self.secure_port}"

    def connection(self, timeout=TIMEOUT):
        return http.client.HTTPConnection(self.url[len("http://"):], timeout=timeout)

    @property
    def token_file(self):
        return RUNTIME / "linnet" / f"admin-token-{self.url.rpartition(':')[2]}"

    @property
    def token(self):
        """The one of an admin that the server leaves for its own user."""
        return self.token_file.read_text().strip()

    def authorization(self, token=None):
        """The field of the header: an admin's without `token`, none at all for an empty one."""
        token = self.token if token is None else token
        return {"Authorization": f"Bearer {token}"} if token else {}

    def request(self, method, path, body=None, headers=None, token=None):
        """(status, parsed body) of one request to the API, `token` as in `authorization`."""
        headers = {**self.authorization(token), **(headers or {})}
        connection = self.connection()
        try:
            if body is not None and not isinstance(body, (str, bytes)):
                body, headers = json.dumps(body), {"Content-Type": "application/json", **headers}
            connection.request(method, path, body, headers)
            answer = connection.getresponse()
            text = answer.read()
            self.last_headers = answer.headers
            self.last_type = answer.getheader("Content-Type")
            return answer.status, json.loads(text) if text and "json" in self.last_type else text
        finally:
            connection.close()

    def operate(self, endpoint, **operation):
        return self.request("POST", f"/api/v1/devices/{endpoint}/operations", operation)

    def run(self, *arguments):
        """Runs `linnet` against this server: (exit code, standard output, standard error)."""
        return run(*arguments, LINNET_SERVER=self.url)


class Client(Process):
    def __init__(self, server, endpoint, *arguments, wait=True):
        uri = server if isinstance(server, str) else server.uri
        super().__init__("client", "--no-prompt", "--interval", "0", "--endpoint", endpoint, *arguments, uri)
        self.endpoint = endpoint
        if wait:
            self.expect("^registered at")


class Events:
    """A reader of server-sent events that can be asked for the next one."""

    def __init__(self, server, query="", last_id=None, read=True):
        self.connection = server.connection(timeout=60)
        headers = {**server.authorization(), **({"Last-Event-ID": last_id} if last_id else {})}
        self.connection.request("GET", "/api/v1/events" + query, headers=headers)
        self.socket = self.connection.sock  # http.client forgets it
        self.response = self.connection.getresponse()
        self.events = queue.Queue()
        self.seen = []
        if read and self.response.status == 200:
            threading.Thread(target=self._read, daemon=True).start()

    def _read(self):
        event = {}
        try:
            for line in self.response:
                line = line.decode().rstrip("\n")
                if line.startswith(":"):
                    continue
                if not line:
                    if "data" in event:
                        self.events.put(event)
                    event = {}
                    continue
                name, _, value = line.partition(": ")
                event[name] = value
        except (OSError, ValueError, AttributeError, http.client.HTTPException):
            pass  # closed

    def expect(self, kind, timeout=TIMEOUT, **members):
        """The next event of that type whose data has these members: (id, data)."""
        deadline = time.monotonic() + timeout
        while True:
            try:
                event = self.events.get(timeout=max(deadline - time.monotonic(), 0.01))
            except queue.Empty:
                raise AssertionError(f"no event {kind} {members} in {timeout} s; there were {self.seen}") from None
            data = json.loads(event["data"])
            self.seen.append(data)
            if event["event"] == kind and all(data.get(k) == v for k, v in members.items()):
                return event.get("id"), data

    def close(self):
        try:
            self.socket.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass  # the server has closed it
        self.response.close()
        self.connection.close()


def run(*arguments, stdin="", timeout=60, **environment):
    result = subprocess.run([LINNET, *arguments], input=stdin, capture_output=True, text=True, timeout=timeout,
                            env={**os.environ, **environment})
    return result.returncode, result.stdout, result.stderr


def soon(question, timeout=10):
    """The first true answer."""
    deadline = time.monotonic() + timeout
    while time.monotonic() < deadline:
        answer = question()
        if answer:
            return answer
        time.sleep(0.05)
    raise AssertionError("it did not come true")


class LinnetTest(unittest.TestCase):
    """A test that ends what it starts."""

    def start(self, kind, *arguments, **options):
        process = kind(*arguments, **options)
        self.addCleanup(process.stop)
        return process

    def folder(self):
        folder = tempfile.TemporaryDirectory(prefix="linnet-e2e-")
        self.addCleanup(folder.cleanup)
        return pathlib.Path(folder.name)
