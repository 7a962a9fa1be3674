# SPDX-License-Identifier: Apache-2.0
"""Starts Linnet and other people's implementations on loopback, and talks to them.

Every process gets ports of its own, is ended by its own handle, and its output is kept for the
message of a failing test.
"""
import atexit
import json
import os
import pathlib
import queue
import shutil
import socket
import struct
import subprocess
import tempfile
import threading
import time
import urllib.error
import urllib.parse
import urllib.request

HERE = pathlib.Path(__file__).resolve().parent
MODELS = HERE.parent.parent / "models"
LINNET = os.environ.get("LINNET", "linnet")
TIMEOUT = 30
# Where servers leave a token for commands of this user: a folder of these tests alone.
RUNTIME = pathlib.Path(tempfile.mkdtemp(prefix="linnet-interop-runtime-"))
atexit.register(shutil.rmtree, RUNTIME, ignore_errors=True)
os.environ["XDG_RUNTIME_DIR"] = str(RUNTIME)
for name in ("LINNET_TOKEN", "LINNET_TOKEN_FILE", "XDG_CONFIG_HOME"):
    os.environ.pop(name, None)


def free_udp_port():
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def free_tcp_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


class Process:
    """A program whose standard output is read line by line in the background."""

    def __init__(self, arguments, cwd=None):
        self.arguments = arguments
        self.lines = queue.Queue()
        self.log = []
        self.process = subprocess.Popen(arguments, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                        stderr=subprocess.STDOUT, text=True, bufsize=1, cwd=cwd)
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self):
        for line in self.process.stdout:
            self.log.append(line.rstrip())
            self.lines.put(line.rstrip())

    def tell(self, line):
        self.process.stdin.write(line + "\n")
        self.process.stdin.flush()

    def expect(self, match, timeout=TIMEOUT):
        """The first line from now on for which match(line) is true."""
        deadline = time.monotonic() + timeout
        while True:
            left = deadline - time.monotonic()
            try:
                line = self.lines.get(timeout=max(left, 0.01))
            except queue.Empty:
                raise AssertionError(f"{self.arguments[0]} did not say what was expected in {timeout} s; it said:\n"
                                     + "\n".join(self.log[-40:])) from None
            if match(line):
                return line

    def stop(self):
        if self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(10)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        self.process.stdin.close()
        self.process.stdout.close()


def eventually(condition, what, timeout=TIMEOUT):
    """Waits until condition() gives something true and returns it."""
    deadline = time.monotonic() + timeout
    while True:
        result = condition()
        if result:
            return result
        if time.monotonic() > deadline:
            raise AssertionError(f"{what}: not within {timeout} s")
        time.sleep(0.05)


class LinnetServer(Process):
    """`config` is the text of a settings file, `options` are further ones of the command line."""

    def __init__(self, coap_port=None, config="", options=()):
        self.port = coap_port or free_udp_port()
        self.coaps_port = free_udp_port()
        self.http = free_tcp_port()
        self.bootstrap_port = free_udp_port()
        self.bootstrap_coaps_port = free_udp_port()
        self.folder = tempfile.mkdtemp(prefix="linnet-server")
        settings = pathlib.Path(self.folder) / "linnet.toml"
        settings.write_text(config)
        super().__init__([LINNET, "server", "--config", str(settings),
                          "--coap", f"127.0.0.1:{self.port}", "--coaps", f"127.0.0.1:{self.coaps_port}",
                          "--http", f"127.0.0.1:{self.http}", "--bootstrap", f"127.0.0.1:{self.bootstrap_port}",
                          "--bootstrap-coaps", f"127.0.0.1:{self.bootstrap_coaps_port}", *options])
        eventually(self._ready, "linnet server is ready")

    def stop(self):
        super().stop()
        shutil.rmtree(self.folder, ignore_errors=True)

    def linnet(self, *words):
        """A command of ours that talks to this server; what it says."""
        result = subprocess.run([LINNET, *words, "--server", f"http://127.0.0.1:{self.http}"], capture_output=True,
                                text=True, timeout=TIMEOUT, cwd=self.folder)
        assert result.returncode == 0, f"linnet {' '.join(words)}: {result.stdout}{result.stderr}"
        return result.stdout

    def _ready(self):
        if self.process.poll() is not None:
            raise AssertionError("linnet server ended:\n" + "\n".join(self.log))
        try:
            return self.get("/readyz")
        except OSError:
            return None

    @property
    def uri(self):
        return f"coap://127.0.0.1:{self.port}"

    @property
    def secure_uri(self):
        return f"coaps://127.0.0.1:{self.coaps_port}"

    @property
    def bootstrap_uri(self):
        return f"coap://127.0.0.1:{self.bootstrap_port}"

    @property
    def secure_bootstrap_uri(self):
        return f"coaps://127.0.0.1:{self.bootstrap_coaps_port}"

    def configure(self, name, configuration):
        """Makes or replaces a bootstrap configuration."""
        self.request("PUT", f"/bootstrap/configurations/{name}", configuration)

    def authorization(self):
        """The field of the header that shows the token the server leaves for its own user."""
        file = RUNTIME / "linnet" / f"admin-token-{self.http}"
        return {"Authorization": f"Bearer {file.read_text().strip()}"} if file.exists() else {}

    def request(self, method, path, body=None):
        request = urllib.request.Request(f"http://127.0.0.1:{self.http}/api/v1{path}", method=method,
                                         data=None if body is None else json.dumps(body).encode(),
                                         headers={"Content-Type": "application/json", **self.authorization()})
        try:
            with urllib.request.urlopen(request, timeout=TIMEOUT) as answer:
                return json.loads(answer.read() or b"null")
        except urllib.error.HTTPError as error:
            raise AssertionError(f"{method} {path}: {error.read().decode()}") from None

    def credential(self, endpoint, **members):
        """The only one of this endpoint from now on."""
        return self.request("PUT", "/credentials/" + urllib.parse.quote(endpoint, safe=""), members)

    def trust(self, name, certificate):
        self.request("PUT", "/trust-anchors/" + name, {"certificate": certificate})

    def remove(self, endpoint):
        """Ends its registration, if there is one."""
        if self.device(endpoint):
            self.request("DELETE", "/devices/" + urllib.parse.quote(endpoint, safe=""))

    def sessions(self, endpoint, state):
        """The bootstrap sessions of a device that came to this state, the last one first."""
        path = "/api/v1/bootstrap/sessions?endpoint=" + urllib.parse.quote(endpoint, safe="")
        return [session for session in self.get(path)["sessions"] if session["state"] == state]

    def get(self, path):
        request = urllib.request.Request(f"http://127.0.0.1:{self.http}{path}", headers=self.authorization())
        with urllib.request.urlopen(request, timeout=TIMEOUT) as answer:
            return json.load(answer)

    def device(self, endpoint):
        """What the server says of a registered device; None of any other."""
        try:
            device = self.get("/api/v1/devices/" + urllib.parse.quote(endpoint, safe=""))
            return None if device["state"] == "absent" else device
        except urllib.error.HTTPError as error:
            if error.code == 404:
                return None
            raise

    def registered(self, endpoint):
        return eventually(lambda: self.device(endpoint), f"{endpoint} is registered")

    def operate(self, endpoint, **operation):
        """The result of an operation; a problem of the API comes as {"problem": ...}."""
        request = urllib.request.Request(
            f"http://127.0.0.1:{self.http}/api/v1/devices/{urllib.parse.quote(endpoint, safe='')}/operations",
            data=json.dumps(operation).encode(), headers={"Content-Type": "application/json", **self.authorization()})
        try:
            with urllib.request.urlopen(request, timeout=TIMEOUT) as answer:
                return json.load(answer)
        except urllib.error.HTTPError as error:
            return {"success": False, "problem": json.load(error)}

    def values(self, endpoint, **operation):
        """{path: value} of an operation that must succeed."""
        result = self.operate(endpoint, **operation)
        assert result.get("success"), f"{operation}: {result}"
        return {v["path"]: v.get("value") for v in result.get("values", [])}

    def events(self):
        return EventStream(f"http://127.0.0.1:{self.http}/api/v1/events", self.authorization())


class EventStream:
    """Server-sent events, collected in the background."""

    def __init__(self, url, headers):
        request = urllib.request.Request(url, headers={"Accept": "text/event-stream", **headers})
        self.response = urllib.request.urlopen(request, timeout=300)
        self.events = queue.Queue()
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self):
        try:
            for line in self.response:
                if line.startswith(b"data:"):
                    self.events.put(json.loads(line[5:]))
        except (OSError, ValueError, AttributeError):
            pass  # closed

    def expect(self, match, timeout=TIMEOUT):
        deadline = time.monotonic() + timeout
        seen = []
        while True:
            try:
                event = self.events.get(timeout=max(deadline - time.monotonic(), 0.01))
            except queue.Empty:
                raise AssertionError(f"no such event in {timeout} s; there were {seen}") from None
            if match(event):
                return event
            seen.append(event)


class LinnetClient(Process):
    """Without a URI it has its servers from elsewhere: an option says where."""

    def __init__(self, uri, endpoint, *options):
        self.endpoint = endpoint
        super().__init__([LINNET, "client", "--no-prompt", "--endpoint", endpoint, *options, *([uri] if uri else [])])


def leshan_classes(folder):
    """The class path of the Leshan peers in a folder; built by Maven when it is not there yet."""
    project = HERE / folder
    jar = project / "target" / f"linnet-{folder.replace('_', '-')}-peer-1.jar"
    sources = [project / "pom.xml", *project.glob("src/**/*.java")]
    if not jar.exists() or any(s.stat().st_mtime > jar.stat().st_mtime for s in sources):
        result = subprocess.run(["mvn", "-q", "-B", "package"], cwd=project, capture_output=True, text=True)
        if result.returncode != 0:
            raise AssertionError("mvn package failed:\n" + result.stdout[-4000:] + result.stderr[-4000:])
    return f"{jar}:{project}/target/lib/*"


class LeshanProcess(Process):
    def __init__(self, main, *arguments, project="leshan"):
        self.folder = tempfile.mkdtemp(prefix="leshan")  # Californium writes a properties file
        super().__init__(["java", "-cp", leshan_classes(project), f"linnet.{main}", *map(str, arguments)], cwd=self.folder)

    def event(self, name, timeout=TIMEOUT, **members):
        def match(line):
            if not line.startswith("{"):
                return False
            event = json.loads(line)
            return event.get("event") == name and all(event.get(k) == v for k, v in members.items())
        return json.loads(self.expect(match, timeout))

    def stop(self):
        super().stop()
        shutil.rmtree(self.folder, ignore_errors=True)


class LeshanServer(LeshanProcess):
    """With `keys`, a folder of `make_keys`, it listens on a port for DTLS too."""

    def __init__(self, keys=None):
        self.port = free_udp_port()
        self.next_id = 0
        arguments = [self.port, MODELS]
        if keys:
            self.coaps_port = free_udp_port()
            arguments += [self.coaps_port, keys]
        super().__init__("LeshanServerPeer", *arguments)
        self.event("ready", timeout=60)

    @property
    def uri(self):
        return f"coap://127.0.0.1:{self.port}"

    @property
    def secure_uri(self):
        return f"coaps://127.0.0.1:{self.coaps_port}"

    def operate(self, endpoint, op, **members):
        self.next_id += 1
        self.tell(json.dumps({"id": self.next_id, "ep": endpoint, "op": op, **members}))
        early = []  # events that came before the answer stay there for the test

        def is_answer(line):
            if line.startswith("{") and json.loads(line).get("id") == self.next_id:
                return True
            early.append(line)
            return False
        answer = json.loads(self.expect(is_answer))
        late = []
        while not self.lines.empty():
            late.append(self.lines.get())
        for line in early + late:
            self.lines.put(line)
        return answer


class LeshanBootstrap(LeshanProcess):
    """Leshan's bootstrap server: what its device is to get, and what became of it."""

    def __init__(self):
        self.port = free_udp_port()
        self.next_id = 0
        super().__init__("LeshanBootstrapPeer", self.port, project="leshan_bootstrap")
        self.event("ready", timeout=60)

    @property
    def uri(self):
        return f"coap://127.0.0.1:{self.port}"

    def configure(self, endpoint, config, **members):
        """The configuration in Leshan's own form; members are format and read."""
        self.next_id += 1
        self.tell(json.dumps({"id": self.next_id, "ep": endpoint, "config": config, **members}))
        answer = json.loads(self.expect(lambda line: line.startswith('{"id":')))
        assert answer == {"id": self.next_id}, answer

    def session(self, endpoint):
        """All events from a request to the end of its session: finished, or failed."""
        events = []

        def is_last(line):
            if not line.startswith("{"):
                return False
            event = json.loads(line)
            if event.get("ep") == endpoint:
                events.append(event)
            return event.get("ep") == endpoint and event["event"] in ("finished", "failed")
        self.expect(is_last)
        return events


class LeshanClient(LeshanProcess):
    """With the lifetime "bootstrap:FORMAT" it knows a bootstrap server only, and prefers this format.
    `security` is what LeshanClientPeer.java says of a coaps account."""

    def __init__(self, uri, endpoint, lifetime=300, security=None):
        super().__init__("LeshanClientPeer", endpoint, uri, lifetime, MODELS, json.dumps(security or {}))
        self.endpoint = endpoint


def openssl(*words, cwd):
    result = subprocess.run(["openssl", *words], capture_output=True, text=True, cwd=cwd, timeout=TIMEOUT)
    assert result.returncode == 0, f"openssl {' '.join(words)}: {result.stderr}"


class Keys:
    """A folder with an authority and two certificates signed by it, for the server "localhost" and for a
    device, each as NAME.pem, NAME.der, NAME-key.pem, NAME-key.der (PKCS#8) and NAME-public.der."""

    def __init__(self, endpoint):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="linnet-keys"))
        self._key("ca")
        openssl("req", "-x509", "-new", "-key", "ca-key.pem", "-subj", "/CN=Test authority", "-days", "30", "-out", "ca.pem",
                "-addext", "basicConstraints=critical,CA:TRUE", "-addext", "keyUsage=critical,keyCertSign", cwd=self.folder)
        self._der("ca")
        self._leaf("server", "localhost", "DNS:localhost,IP:127.0.0.1")
        self._leaf("device", endpoint, None)

    def _key(self, name):
        openssl("genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256", "-out", f"{name}-key.pem", cwd=self.folder)
        openssl("pkcs8", "-topk8", "-nocrypt", "-in", f"{name}-key.pem", "-outform", "DER", "-out", f"{name}-key.der", cwd=self.folder)
        openssl("pkey", "-in", f"{name}-key.pem", "-pubout", "-outform", "DER", "-out", f"{name}-public.der", cwd=self.folder)
        openssl("pkey", "-in", f"{name}-key.pem", "-pubout", "-out", f"{name}-public.pem", cwd=self.folder)

    def _leaf(self, name, common_name, names):
        self._key(name)
        (self.folder / f"{name}.ext").write_text(
            "basicConstraints=CA:FALSE\nkeyUsage=digitalSignature\nextendedKeyUsage=serverAuth,clientAuth\n"
            + (f"subjectAltName={names}\n" if names else ""))
        openssl("req", "-new", "-key", f"{name}-key.pem", "-subj", f"/CN={common_name}", "-out", f"{name}.csr", cwd=self.folder)
        openssl("x509", "-req", "-in", f"{name}.csr", "-CA", "ca.pem", "-CAkey", "ca-key.pem", "-days", "30",
                "-extfile", f"{name}.ext", "-out", f"{name}.pem", cwd=self.folder)
        self._der(name)

    def _der(self, name):
        openssl("x509", "-in", f"{name}.pem", "-outform", "DER", "-out", f"{name}.der", cwd=self.folder)

    def path(self, name):
        return str(self.folder / name)

    def hex(self, name):
        return (self.folder / name).read_bytes().hex()

    def remove(self):
        shutil.rmtree(self.folder, ignore_errors=True)


class Relay:
    """A UDP relay between one client and a server that records every datagram as a pcap file."""

    def __init__(self, server_port, file):
        self.file = open(file, "wb")
        self.file.write(struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, 101))  # raw IP
        self.front = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.front.bind(("127.0.0.1", 0))
        self.back = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.back.connect(("127.0.0.1", server_port))
        self.port = self.front.getsockname()[1]
        self.client = None
        self.running = True
        self.count = 0
        self.lock = threading.Lock()
        self.threads = [threading.Thread(target=self._up, daemon=True), threading.Thread(target=self._down, daemon=True)]
        for s in (self.front, self.back):
            s.settimeout(0.2)
        for t in self.threads:
            t.start()

    def _record(self, data, up):
        # As if the device had talked to port 5683 directly, so that a dissector knows it is CoAP.
        ports = (40000, 5683) if up else (5683, 40000)
        udp = struct.pack(">HHHH", *ports, 8 + len(data), 0) + data
        ip = struct.pack(">BBHHHBBH4s4s", 0x45, 0, 20 + len(udp), 0, 0, 64, 17, 0,
                         *(socket.inet_aton(a) for a in (("10.0.0.9", "10.0.0.1") if up else ("10.0.0.1", "10.0.0.9"))))
        now = time.time()
        with self.lock:
            packet = ip + udp
            self.file.write(struct.pack("<IIII", int(now), int(now % 1 * 1e6), len(packet), len(packet)) + packet)
            self.count += 1

    def _up(self):
        while self.running:
            try:
                data, self.client = self.front.recvfrom(65536)
            except TimeoutError:
                continue
            except OSError:
                return
            self._record(data, True)
            self.back.send(data)

    def _down(self):
        while self.running:
            try:
                data = self.back.recv(65536)
            except TimeoutError:
                continue
            except OSError:
                continue
            self._record(data, False)
            self.front.sendto(data, self.client)

    def move(self):
        """The client's datagrams come from another port from now on, as behind a NAT that forgot it."""
        old, self.back = self.back, socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.back.settimeout(0.2)
        self.back.connect(old.getpeername())
        old.close()

    def close(self):
        self.running = False
        for t in self.threads:
            t.join()
        self.front.close()
        self.back.close()
        self.file.close()
