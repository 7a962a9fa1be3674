#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""linnet server as somebody runs it: settings from everywhere, logs, a service manager, signals."""
import json
import os
import pathlib
import re
import signal
import socket
import subprocess
import threading
import time
import unittest

from coap_device import CHANGED, CREATED, Device
from linnet_process import LINNET, Client, Events, LinnetTest, Process, Server, free_ports, run, soon

ROOT = pathlib.Path(__file__).resolve().parents[2]


class SettingsTest(LinnetTest):
    def config(self, text):
        file = self.folder() / "linnet.toml"
        file.write_text(text)
        return str(file)

    def settings(self, *arguments, **environment):
        """Every setting as {"section.key": (value, origin)}."""
        code, out, err = run("server", "--check-config", "--json", *arguments, **environment)
        self.assertEqual(code, 0, err)
        return {f"{s['section']}.{s['key']}": (s["value"], s["origin"]) for s in json.loads(out)["settings"]}

    def test_each_value_says_where_it_came_from(self):
        file = self.config('[coap]\nlisten = "127.0.0.1:1"\n[operation]\ntimeout = 7\n[log]\nlevel = "warn"\n')
        settings = self.settings("--config", file, "--store", "x.db", LINNET_OPERATION_TIMEOUT="9", LINNET_STORE_FILE="y.db",
                                 LINNET_DTLS_CONNECTION_IDS="false", LINNET_MODELS_FOLDERS=f"{ROOT}/models,{ROOT}/models")
        self.assertEqual(settings["coap.listen"], ("127.0.0.1:1", f"{file}:2"))
        self.assertEqual(settings["operation.timeout"], (9, "LINNET_OPERATION_TIMEOUT"))
        self.assertEqual(settings["store.file"], ("x.db", "--store"))
        self.assertEqual(settings["log.level"], ("warn", f"{file}:6"))
        self.assertEqual(settings["dtls.connection_ids"], (False, "LINNET_DTLS_CONNECTION_IDS"))
        self.assertEqual(settings["models.folders"], ([f"{ROOT}/models"] * 2, "LINNET_MODELS_FOLDERS"))
        self.assertEqual(settings["http.listen"], ("127.0.0.1:8080", "default"))

    def test_what_is_printed_is_a_settings_file(self):
        code, out, err = run("server", "--check-config", "--http", "127.0.0.1:9999")
        self.assertEqual(code, 0, err)
        self.assertRegex(out, r'(?m)^listen +=  ?"127\.0\.0\.1:9999" +# --http$')
        before = self.settings("--http", "127.0.0.1:9999")
        after = self.settings("--config", self.config(out))
        self.assertEqual({k: v for k, (v, _) in before.items()}, {k: v for k, (v, _) in after.items()})

    def test_a_bootstrap_server_may_be_through_dtls_only(self):
        file = self.config('[bootstrap]\nlisten = "off"\nsecure_listen = "127.0.0.1:0"\n')
        settings = self.settings("--config", file)
        self.assertEqual(settings["bootstrap.enabled"], (True, "default"))
        self.assertEqual(settings["bootstrap.listen"], ("off", f"{file}:2"))

    def test_mistakes_are_named(self):
        for arguments, environment, words in (
                ([], {"LINNET_COAP_PORT": "5"}, "LINNET_COAP_PORT: there is no such setting in [coap]; there are listen"),
                ([], {"LINNET_OPERATION_TIMEOUT": "soon"}, "LINNET_OPERATION_TIMEOUT: operation.timeout is a number from 1 to"),
                ([], {"LINNET_HTTP_ENABLED": "yes"}, "LINNET_HTTP_ENABLED: http.enabled is true or false"),
                (["--config", self.config("[log]\nformat = 'xml'\n")], {}, 'no log format "xml"'),
                (["--config", self.config("[dtls]\ncertificate = '/no/such.pem'\nprivate_key = '/no/such.pem'\n")], {}, "/no/such.pem"),
                (["--config", self.config("[dtls]\ncertificate = '/no/such.pem'\n")], {}, "belong together"),
                (["--config", self.config("coap = 5\n")], {}, "linnet.toml:1: coap is a table"),
                (["--models", "/no/such"], {}, "no folder"),
                (["--coap", "nonsense:port"], {}, "no address to listen on")):
            with self.subTest(words=words):
                code, out, err = run("server", "--check-config", *arguments, **environment)
                self.assertIn(code, (2, 6), err)
                self.assertIn(words, err)
                self.assertEqual(out, "")

    def test_a_variable_that_means_nothing_is_a_warning(self):
        code, _, err = run("server", "--check-config", LINNET_COLOUR="red", LINNET_TOKEN="x")
        self.assertEqual(code, 0)
        self.assertEqual(err, "linnet: warning: the variable LINNET_COLOUR means nothing\n")

    def test_every_setting_is_in_the_help(self):
        _, out, _ = run("server", "--help")
        for name in self.settings():
            section, key = name.split(".")
            self.assertRegex(out, rf"(?s)\[{section}\].*\n +{key} = ")


class LogTest(LinnetTest):
    def test_json_is_an_object_a_line_with_the_endpoint(self):
        server = self.start(Process, "server", "--coap", "127.0.0.1:0", "--http", "127.0.0.1:0", "--bootstrap", "off",
                            env={"LINNET_LOG_FORMAT": "json"})
        port = int(server.expect(r"serves coap://127\.0\.0\.1:(\d+) ").group(1))
        self.start(Client, f"coap://127.0.0.1:{port}", 'a "quoted" name')
        server.expect("registered")
        server.signal(signal.SIGTERM)
        self.assertEqual(server.wait(), 0)
        lines = [json.loads(line) for line in server.log]
        for line in lines:
            self.assertRegex(line["time"], r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$")
            self.assertIn(line["level"], ("info", "warn"))
        self.assertIn('a "quoted" name', [line.get("endpoint") for line in lines])

    def test_a_journal_does_not_keep_the_link(self):
        log = self.folder() / "log"
        with open(log, "w") as out:
            facts = os.fstat(out.fileno())
            process = subprocess.Popen([LINNET, "server", "--coap", "127.0.0.1:0", "--http", "127.0.0.1:0", "--bootstrap", "off"],
                                       stdin=subprocess.DEVNULL, stdout=out, stderr=subprocess.STDOUT,
                                       env={**os.environ, "JOURNAL_STREAM": f"{facts.st_dev}:{facts.st_ino}"})
        try:
            deadline = time.monotonic() + 20
            while "first start" not in log.read_text() and time.monotonic() < deadline:
                time.sleep(0.05)
        finally:
            process.terminate()
            self.assertEqual(process.wait(20), 0)
        text = log.read_text()
        for line in text.splitlines():
            self.assertRegex(line, r"^<\d>")
        self.assertIn("a token of an admin is in /", text)
        self.assertNotIn("#code=", text)
        self.assertNotIn("lnt_", text)


class Manager:
    """A service manager: what it was told, in order."""

    def __init__(self, folder):
        self.path = str(folder / "notify")
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.socket.bind(self.path)
        self.socket.settimeout(20)

    def expect(self, words):
        seen = []
        while True:
            text = self.socket.recv(4096).decode()
            seen.append(text)
            if words in text:
                return seen


class SignalTest(LinnetTest):
    def test_a_service_manager_is_told_what_happens(self):
        folder = self.folder()
        manager = Manager(folder)
        self.addCleanup(manager.socket.close)
        server = self.start(Server, env={"NOTIFY_SOCKET": manager.path, "WATCHDOG_USEC": "200000"})
        self.assertIn("STATUS=Linnet ", manager.expect("READY=1")[-1])
        manager.expect("WATCHDOG=1")
        server.signal(signal.SIGHUP)
        self.assertRegex(manager.expect("RELOADING=1")[-1], r"MONOTONIC_USEC=\d+")
        manager.expect("READY=1")
        server.signal(signal.SIGTERM)
        manager.expect("STOPPING=1")
        self.assertEqual(server.wait(), 0)

    def test_what_is_under_way_is_answered_before_it_ends(self):
        server = self.start(Server)
        client = self.start(Client, server, "slow")
        client.signal(signal.SIGSTOP)
        self.addCleanup(lambda: client.process.poll() is None and client.signal(signal.SIGCONT))
        answer = []
        asking = threading.Thread(target=lambda: answer.append(server.operate("slow", op="read", path="/3/0/0")))
        asking.start()
        while server.request("GET", "/api/v1/devices/slow")[1]["pendingOperations"] == 0:
            pass
        server.signal(signal.SIGTERM)
        server.expect("what is under way is answered")
        deadline = time.monotonic() + 10
        with self.assertRaises(OSError):
            while time.monotonic() < deadline:
                server.request("GET", "/healthz")
        self.assertIsNone(server.process.poll())
        client.signal(signal.SIGCONT)
        asking.join(20)
        self.assertEqual((answer[0][0], answer[0][1]["code"]), (200, "2.05"))
        self.assertEqual(server.wait(), 0)
        self.assertFalse([line for line in server.log if "not answered in time" in line])

    def test_who_does_not_answer_does_not_keep_it(self):
        server = self.start(Server)
        client = self.start(Client, server, "dead")
        client.process.kill()
        asking = threading.Thread(target=lambda: self.assertRaises(OSError, server.operate, "dead", op="read", path="/3/0/0"))
        asking.start()
        while server.request("GET", "/api/v1/devices/dead")[1]["pendingOperations"] == 0:
            pass
        server.signal(signal.SIGTERM)
        server.expect("what is under way is answered")
        server.signal(signal.SIGTERM)  # a second one means: now
        self.assertEqual(server.wait(3), 0)
        asking.join(20)

    def test_a_reload_takes_up_what_it_can_and_names_the_rest(self):
        file = self.folder() / "linnet.toml"
        file.write_text('[log]\nlevel = "error"\n')
        server = self.start(Server, "--config", str(file))
        self.start(Client, server, "unseen")
        file.write_text('[log]\nlevel = "info"\n[http]\nidle = 7\n[dtls]\nhellos_per_second = 5\n')
        server.signal(signal.SIGHUP)
        server.expect(r"http\.idle is 7 in \S+linnet\.toml:4, but stays 60 until a restart")
        server.expect(r"dtls\.hellos_per_second is 5 now")
        self.start(Client, server, "seen")
        server.expect("registered +seen")
        self.assertFalse([line for line in server.log if "unseen" in line])
        file.write_text("[log]\nlevel = 'loud'\n")
        server.signal(signal.SIGHUP)
        server.expect('no log level "loud".*The settings of before stay in force')
        self.assertEqual(server.request("GET", "/healthz")[0], 200)

    def test_a_reload_gives_owners_other_values(self):
        file = self.folder() / "linnet.toml"
        file.write_text("")
        server = self.start(Server, "--config", str(file), "--store", str(self.folder() / "linnet.db"))
        device = Device("device", server.port)
        self.addCleanup(device.close)
        self.assertEqual(device.register().code, CREATED)

        def reload(text, *words):
            file.write_text(text)
            server.signal(signal.SIGHUP)
            for line in (*words, "reloaded"):
                server.expect(line)

        def samples():
            device.send()
            return len(server.request("GET", "/api/v1/devices/device/history?path=/3303/0/5700")[1]["samples"])

        # Who asks too often, until it may again.
        reload("[limits]\nrequests_per_second = 1\nburst = 2\n", r"limits\.requests_per_second is 1 now", r"limits\.burst is 2 now")
        statuses = [server.request("GET", "/api/v1/devices")[0] for _ in range(20)]
        self.assertIn(429, statuses)
        reload("", r"limits\.requests_per_second is 1000 now")
        self.assertEqual({server.request("GET", "/api/v1/devices")[0] for _ in range(20)}, {200})
        # What is kept of values.
        self.assertEqual((samples(), samples()), (1, 2))
        for _ in range(8):
            server.request("POST", "/api/v1/session/code")
        self.assertGreaterEqual(len(server.request("GET", "/api/v1/audit")[1]["entries"]), 8)
        reload("[history]\nsamples = 0\n[events]\nkept = 5\n[audit]\nkept = 3\n", r"audit\.kept is 3 now", r"events\.kept is 5 now", r"history\.samples is 0 now")
        kept = samples()
        self.assertEqual(samples(), kept)
        server.request("POST", "/api/v1/session/code")
        self.assertLess(len(server.request("GET", "/api/v1/audit")[1]["entries"]), 6)
        # When a device with queue mode is taken to be asleep.
        events = Events(server, "?type=sleeping")
        self.addCleanup(events.close)
        reload("[registration]\nawake = 1\n", r"registration\.awake is 1 now")
        self.start(Client, server, "sleeper", "--queue", "--awake", "1", "--lifetime", "300")
        events.expect("sleeping", endpoint="sleeper")
        # How long one may take.
        reload("[operation]\ntimeout = 1\n", r"operation\.timeout is 1 now")
        client = self.start(Client, server, "silent")
        client.process.kill()
        began = time.monotonic()
        status, answer = server.operate("silent", op="read", path="/3/0/0", mode="wait")
        self.assertNotEqual(status, 200, answer)
        self.assertLess(time.monotonic() - began, 15)
        # Where events go.
        self.assertFalse(server.request("GET", "/api/v1/mqtt")[1]["enabled"])
        port = free_ports(socket.SOCK_STREAM)
        reload(f"[mqtt]\nenabled = true\nport = {port}\n", r"mqtt\.enabled is true now")
        soon(lambda: "error" in server.request("GET", "/api/v1/mqtt")[1])
        self.assertTrue(server.request("GET", "/api/v1/mqtt")[1]["enabled"])
        file.write_text('[mqtt]\nenabled = true\nprefix = "a+b"\n[log]\nupdates = true\n')
        server.signal(signal.SIGHUP)
        server.expect(r"\[mqtt\] prefix.*stay in force")
        self.assertTrue(server.request("GET", "/api/v1/mqtt")[1]["enabled"])
        reload("")
        self.assertFalse(server.request("GET", "/api/v1/mqtt")[1]["enabled"])
        # The log.
        reload("[log]\nlevel = \"debug\"\nupdates = true\n", r"log\.updates is true now")
        self.assertEqual(device.update().code, CHANGED)
        server.expect("updated +device")
        file.write_text("[log]\nformat = 'json'\n")
        server.signal(signal.SIGHUP)
        self.assertIn("log.format", json.loads(server.expect(r'^\{.*log\.format is ').string)["message"])
        reload("", r"^\d{4}-\d\d-\d\d .*log\.format is")

    def test_a_new_certificate_is_shown_to_whom_comes_next(self):
        folder = self.folder()
        keys = {}
        for name in ("old", "new"):
            code, out, err = run("credential", "new", "--x509", "--endpoint", "server." + name, "--dns", "localhost",
                                 "--out", str(folder / name))
            self.assertEqual(code, 0, err)
            keys[name] = sorted((folder / name).iterdir())
        file = folder / "linnet.toml"

        def settings(name):
            certificate = next(f for f in keys[name] if f.name.endswith(".crt.pem") and "ca" not in f.name)
            key = next(f for f in keys[name] if f.name.endswith(".key.pem") and "ca" not in f.name)
            file.write_text(f'[dtls]\ncertificate = "{certificate}"\nprivate_key = "{key}"\n')

        settings("old")
        server = self.start(Server, "--config", str(file))

        def fingerprint():
            return server.request("GET", "/api/v1/server-identity")[1]["publicKey"]["fingerprint"]

        def device(name, server_key, wait=True):
            code, out, err = server.run("credential", "new", "--rpk", "--endpoint", name, "--add", "--out",
                                        str(folder / name), "--uri", server.secure_uri)
            self.assertEqual(code, 0, err)
            key = re.search(r"--rpk (\S+)", out).group(1)
            return self.start(Client, server.secure_uri, name, "--rpk", key, "--server-key", server_key, wait=wait)

        old = fingerprint()
        stays = device("stays", old)
        settings("new")
        server.signal(signal.SIGHUP)
        server.expect("reloaded")
        new = fingerprint()
        self.assertNotEqual(new, old)
        device("comes", new)
        stays.tell("update")
        stays.expect("^registration at .* updated")
        self.assertTrue(server.operate("stays", op="read", path="/3/0/0")[1]["success"])
        # A pair that is none leaves everything as it is.
        file.write_text(f'[dtls]\ncertificate = "{keys["old"][0]}"\nprivate_key = "/no/such"\n')
        server.signal(signal.SIGHUP)
        server.expect("stay in force")
        self.assertEqual(fingerprint(), new)


if __name__ == "__main__":
    unittest.main(verbosity=2)
