#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The commands that use the API, against one that answers by a script: what they ask, what they show, how they end."""
import json
import os
import pathlib
import pty
import re
import select
import signal
import subprocess
import unittest

from fake_api import FakeApi
from linnet_process import LINNET, LinnetTest, Process, run

NAME = "urn:dev:os:32473-lamp-1"
OPERATION = {"id": "4711", "endpoint": NAME, "op": "write", "target": "/3/0/14", "mode": "queue", "state": "queued",
             "time": 1_800_000_000.25, "deadline": 1_800_086_400.0, "by": "cli", "success": False,
             "timeline": [{"time": 1_800_000_000.25, "state": "queued", "detail": "the device sleeps"}]}
DONE = {**OPERATION, "state": "done", "success": True, "code": "2.04", "codeName": "Changed", "elapsedMs": 12,
        "finished": 1_800_000_100.0}


class CommandTest(LinnetTest):
    def api(self, script):
        fake = FakeApi(script)
        self.addCleanup(fake.close)
        return fake

    def run_with(self, fake, *arguments, code=0, **options):
        """(standard output, standard error) of a command that ends with that code."""
        options.setdefault("XDG_CONFIG_HOME", "/no/such")
        got, out, err = run(*arguments, LINNET_SERVER=fake.url, **options)
        self.assertEqual(got, code, out + err)
        return out, err

    def asked(self, fake, method, path, body=None, query=None):
        last = fake.last
        self.assertEqual((last["method"], last["path"]), (method, path))
        if body is not None:
            self.assertEqual(last["body"], body)
        if query is not None:
            self.assertEqual(sorted(last["query"]), sorted(query))


class TokenChoiceTest(CommandTest):
    def test_the_first_of_many_places(self):
        fake = self.api({"GET /api/v1/tokens": {"tokens": []}})
        folder = self.folder()
        (folder / "config/linnet").mkdir(parents=True)
        (folder / "run/linnet").mkdir(parents=True)
        (folder / "config/linnet/token").write_text("lnt_config\n")
        (folder / "file").write_text("  lnt_file \n")
        port = fake.url.rsplit(":", 1)[1]
        (folder / f"run/linnet/admin-token-{port}").write_text("lnt_run\n")
        config, runtime = {"XDG_CONFIG_HOME": str(folder / "config")}, {"XDG_RUNTIME_DIR": str(folder / "run")}
        for arguments, environment, token in (
                (["--token", "lnt_arg", "--token-file", str(folder / "file")], {"LINNET_TOKEN": "lnt_env", **config}, "lnt_arg"),
                (["--token-file", str(folder / "file")], {"LINNET_TOKEN": "lnt_env", **config}, "lnt_file"),
                ([], {"LINNET_TOKEN": "lnt_env", "LINNET_TOKEN_FILE": str(folder / "file"), **config}, "lnt_env"),
                ([], {"LINNET_TOKEN_FILE": str(folder / "file"), **config}, "lnt_file"),
                ([], {**config, **runtime}, "lnt_config"),
                ([], runtime, "lnt_run")):
            self.run_with(fake, "token", "list", *arguments, **environment)
            self.assertEqual(fake.last["token"], "Bearer " + token)
        self.run_with(fake, "token", "list", XDG_RUNTIME_DIR="/no/such")
        self.assertIsNone(fake.last["token"])
        _, err = self.run_with(fake, "token", "list", "--token-file", "/no/such", code=2)
        self.assertIn("no token in the file /no/such", err)

    def test_who_has_none_is_told_what_to_do(self):
        fake = self.api({"GET /api/v1/tokens": (401, {"type": "urn:linnet:problem:unauthenticated", "detail": "who are you?"})})
        _, err = self.run_with(fake, "token", "list", code=5)
        self.assertIn("who are you?. Give a token with --token-file FILE or in LINNET_TOKEN", err)


class DeviceTest(CommandTest):
    def test_list(self):
        device = {"endpoint": NAME, "address": "192.0.2.1:5683", "security": {"mode": "psk"}, "version": "1.2", "lifetime": 300,
                  "queueMode": True, "registered": 1_700_000_000, "updated": 1_700_000_000, "lastSeen": 1_700_000_000,
                  "state": "asleep", "tags": ["cellar", "lamps"], "pending": 3, "registration": "a"}
        gone = {"endpoint": "gone\x1b[31m", "state": "absent", "tags": [], "pending": 0, "lastSeen": 1_700_000_000}
        fake = self.api({"GET /api/v1/devices": [{"devices": [device], "total": 2, "next": "c1"}, {"devices": [gone], "total": 2}]})
        out, _ = self.run_with(fake, "device", "list", "--search", "lamp", "--tag", "cellar", "--tag", "lamps", "--state", "all",
                               "--sort", "-lastSeen")
        self.assertEqual(fake.requests[0]["query"], [("q", "lamp"), ("sort", "-lastSeen"), ("state", "all"), ("tag", "cellar"),
                                                     ("tag", "lamps"), ("limit", "1000")])
        self.assertEqual(fake.requests[1]["query"][-1], ("cursor", "c1"))
        lines = out.splitlines()
        self.assertRegex(lines[0], r"^ENDPOINT +STATE +ADDRESS +SECURED BY +LWM2M +LIFETIME +TAGS +WAITING +REGISTERED +LAST SEEN$")
        self.assertRegex(lines[1], rf"^{NAME}  asleep +192\.0\.2\.1:5683  psk +1\.2 +300 s +cellar,lamps  3 +\d+ days ago")
        self.assertNotIn("\x1b", out)
        self.assertEqual(lines[2].split()[:2], ["gone\\x1b[31m", "absent"])

    def test_records(self):
        base = f"/api/v1/devices/{NAME}"
        fake = self.api({
            f"GET {base}": {"endpoint": NAME, "tags": ["cellar", "old"]},
            f"PUT {base}/tags": {"tags": ["cellar", "new"]},
            "GET /api/v1/tags": {"tags": [{"tag": "cellar", "devices": 4}]},
            f"GET {base}/values": {"values": [{"path": "/3303/0/5700", "name": "Sensor Value", "unit": "Cel", "type": "float",
                                               "value": 21.5, "received": 1_700_000_000, "source": "observe"}]},
            f"GET {base}/history": {"path": "/3303/0/5700", "name": "Sensor Value", "unit": "Cel", "type": "float",
                                    "samples": [{"time": 1_700_000_000, "value": 21.5}]},
            f"GET {base}/timeline": {"entries": [{"time": 1_700_000_000, "event": "updated", "count": 7, "first": 1_699_990_000}]},
            f"GET {base}/operations": {"operations": [OPERATION]},
            f"PUT {base}/capture": {"enabled": True, "until": 1_700_000_000, "messages": 0, "bytes": 0},
            f"GET {base}/messages": {"messages": [{"number": 1, "time": 1_700_000_000, "direction": "in", "summary": "Content /3/0/9", "type": "ACK", "code": "2.05", "secured": True,
                                                   "values": [{"path": "/3/0/9", "value": 80, "unit": "%", "type": "integer"}]}], "next": 2},
            f"GET {base}/messages.pcapng": b"\x0a\x0d\x0d\x0a",
            f"DELETE {base}": (204, None)})
        out, _ = self.run_with(fake, "device", "tags", NAME, "--add", "new", "--remove", "old")
        self.asked(fake, "PUT", f"{base}/tags", {"tags": ["cellar", "new"]})
        self.assertEqual(out, "cellar\nnew\n")
        self.assertRegex(self.run_with(fake, "device", "tags")[0], r"cellar  4")
        out, _ = self.run_with(fake, "device", "values", NAME, "/3303")
        self.asked(fake, "GET", f"{base}/values", query=[("path", "/3303")])
        self.assertRegex(out, r"/3303/0/5700  Sensor Value  21\.5 Cel +\d+ days ago  observe")
        out, _ = self.run_with(fake, "device", "history", NAME, "/3303/0/5700", "--from", "2023-11-14", "--points", "5", TZ="UTC")
        self.asked(fake, "GET", f"{base}/history", query=[("path", "/3303/0/5700"), ("from", "1699920000"), ("points", "5")])
        self.assertIn("2023-11-14 22:13:20  21.5", out)
        out, _ = self.run_with(fake, "device", "timeline", NAME)
        self.assertRegex(out, r"updated  7 times since 20")
        out, _ = self.run_with(fake, "device", "operations", NAME, "--state", "queued")
        self.assertRegex(out, r"4711  queued  \S+  write +/3/0/14")
        out, _ = self.run_with(fake, "device", "capture", NAME, "--minutes", "5")
        self.asked(fake, "PUT", f"{base}/capture", {"enabled": True, "minutes": 5})
        out, _ = self.run_with(fake, "device", "messages", NAME)
        self.assertRegex(out, r"<-  ACK 2\.05  Content /3/0/9  \(DTLS\)\n +/3/0/9 +80 %")
        file = self.folder() / "lamp.pcapng"
        self.run_with(fake, "device", "messages", NAME, "--pcap", str(file))
        self.assertEqual(file.read_bytes(), b"\x0a\x0d\x0d\x0a")
        self.run_with(fake, "device", "forget", NAME)
        self.asked(fake, "DELETE", base, query=[("forget", "true")])

    def test_an_operation_that_waits_and_one_that_cannot(self):
        path = f"POST /api/v1/devices/{NAME}/operations"
        fake = self.api({path: (202, OPERATION)})
        out, _ = self.run_with(fake, "device", "write", NAME, "/3/0/14", "+02:00", "--queue", "--deadline", "1d")
        self.asked(fake, "POST", f"/api/v1/devices/{NAME}/operations",
                   {"op": "write", "path": "/3/0/14", "value": "+02:00", "mode": "queue", "deadline": 86400})
        self.assertIn("operation 4711 waits for the device, until ", out)
        _, err = self.run_with(fake, "device", "write", NAME, "/3/0/14", "+02:00", code=3)
        self.assertIn("no answer yet: operation 4711 waits", err)
        fake = self.api({path: (409, {"type": "urn:linnet:problem:asleep", "detail": "the device sleeps until 12:00"})})
        _, err = self.run_with(fake, "device", "read", NAME, "/3", "--now", code=5)
        self.asked(fake, "POST", f"/api/v1/devices/{NAME}/operations", {"op": "read", "path": "/3", "mode": "now"})
        self.assertEqual(err, "linnet: the device sleeps until 12:00\n")
        for word in ("soon", "1y", "-5", "0"):
            code, _, err = run("device", "read", NAME, "/3", "--deadline", word)
            self.assertEqual(code, 2)


class OperationTest(CommandTest):
    def test_list_show_watch_cancel(self):
        fake = self.api({"GET /api/v1/operations": {"operations": [OPERATION, DONE]},
                         "GET /api/v1/operations/4711": [OPERATION, OPERATION, DONE],
                         "DELETE /api/v1/operations/4711": {**OPERATION, "state": "cancelled"}})
        out, _ = self.run_with(fake, "operation", "list", "--state", "queued", "--endpoint", NAME)
        self.asked(fake, "GET", "/api/v1/operations", query=[("endpoint", NAME), ("state", "queued"), ("limit", "50")])
        self.assertRegex(out, r"4711  done .* 2\.04 Changed")
        out, _ = self.run_with(fake, "operation", "show", "4711")
        self.assertIn("queued  the device sleeps", out)
        out, _ = self.run_with(fake, "operation", "watch", "4711", "--json")
        self.assertEqual([json.loads(line)["state"] for line in out.splitlines()], ["queued", "done"])
        out, _ = self.run_with(fake, "operation", "cancel", "4711")
        self.assertEqual(out, "operation 4711 is cancelled\n")

    def test_the_exit_code_is_that_of_the_end(self):
        for end, code in (({"state": "failed", "code": "4.04"}, 1), ({"state": "failed", "reason": "gone"}, 3), ({"state": "expired"}, 3),
                          ({"state": "cancelled"}, 5), ({"state": "done"}, 0)):
            fake = self.api({"GET /api/v1/operations/1": {**OPERATION, **end}})
            self.run_with(fake, "operation", "watch", "1", code=code)

    def test_submit_for_many(self):
        counts = {"queued": 1, "sent": 0, "done": 1, "failed": 0, "expired": 0, "cancelled": 0}
        fake = self.api({"POST /api/v1/operations": (202, {"batch": "b7", "operations": 2, "skipped": [{"endpoint": "x", "reason": "no object 3303"}]}),
                         "GET /api/v1/operations/batches/b7": [{"batch": "b7", "counts": counts},
                                                               {"batch": "b7", "counts": {**counts, "queued": 0, "done": 2}}]})
        out, _ = self.run_with(fake, "operation", "submit", "write", "/3/0/14", "+02:00", "--tag", "cellar", "--object", "3303",
                               "--deadline", "2h", "--watch")
        self.assertEqual(fake.requests[0]["body"], {"op": "write", "mode": "queue", "deadline": 7200, "path": "/3/0/14",
                                                    "value": "+02:00", "devices": {"tag": "cellar", "object": 3303}})
        self.assertIn("2 operations wait as batch b7", out)
        self.assertRegex(out, r"not for +x +no object 3303")
        self.assertRegex(out, r"done +2")
        self.run_with(fake, "operation", "submit", "update", "/3311/0", "5850=true", "5851=", "--endpoint", "a", "--endpoint", "b", "--json")
        self.assertEqual(fake.last["body"]["values"], {"5850": "true", "5851": ""})
        self.assertEqual(fake.last["body"]["devices"], {"endpoints": ["a", "b"]})
        self.run_with(fake, "operation", "submit", "read", "/3", "--all", "--idempotency-key", "k1")
        self.assertEqual(fake.last["body"], {"op": "read", "mode": "queue", "path": "/3", "devices": {"q": ""}})
        self.assertEqual(fake.last["headers"]["Idempotency-Key"], "k1")
        _, err = self.run_with(fake, "operation", "submit", "read", "/3", code=2)
        self.assertIn("say which devices", err)


class RuleTest(CommandTest):
    def test_all_of_it(self):
        rule = {"name": "t", "enabled": True, "devices": {"tags": ["cellar"]}, "paths": ["/3303/*/5700"], "attributes": {"pmin": 10},
                "status": {"devices": 3, "observations": 2, "failures": [{"endpoint": "e", "path": "/3303/0/5700", "reason": "no room", "time": 1}]}}
        fake = self.api({"GET /api/v1/observe-rules": {"rules": [rule]}, "GET /api/v1/observe-rules/t": rule,
                         "PUT /api/v1/observe-rules/t": rule, "DELETE /api/v1/observe-rules/t": (204, None)})
        out, _ = self.run_with(fake, "rule", "list")
        self.assertRegex(out, r"t +on +/3303/\*/5700  pmin=10 +tag:cellar  3 +2 +1")
        out, _ = self.run_with(fake, "rule", "show", "t")
        self.assertRegex(out, r"/3303/0/5700  no room")
        self.run_with(fake, "rule", "set", "t", "/3303/*/5700", "/3/0/9", "--tag", "cellar", "--endpoint", "urn:*", "--object", "3303",
                      "--pmin", "10", "--attribute", "gt=30.5", "--composite")
        self.asked(fake, "PUT", "/api/v1/observe-rules/t",
                   {"enabled": True, "paths": ["/3303/*/5700", "/3/0/9"], "composite": True, "attributes": {"pmin": 10, "gt": 30.5},
                    "devices": {"endpoints": ["urn:*"], "tags": ["cellar"], "objects": [3303]}})
        self.run_with(fake, "rule", "set", "t", "-", stdin='{"paths": ["/3"], "enabled": false}')
        self.asked(fake, "PUT", "/api/v1/observe-rules/t", {"paths": ["/3"], "enabled": False})
        self.run_with(fake, "rule", "remove", "t")
        self.asked(fake, "DELETE", "/api/v1/observe-rules/t")


class AccessTest(CommandTest):
    def test_tokens(self):
        token = {"id": "t1", "name": "board", "role": "viewer", "created": 1_700_000_000}
        fake = self.api({"GET /api/v1/tokens": {"tokens": [token]}, "POST /api/v1/tokens": (201, {**token, "token": "lnt_secret"}),
                         "DELETE /api/v1/tokens/t1": (204, None)})
        out, err = self.run_with(fake, "token", "new", "board", "--role", "viewer", "--expires", "90d")
        self.assertEqual(out, "lnt_secret\n")  # alone, for $(...)
        self.assertEqual(set(fake.last["body"]), {"name", "role", "expires"})
        out, _ = self.run_with(fake, "token", "list")
        self.assertRegex(out, r"t1  board  viewer  \d+ days ago  - +never")
        self.run_with(fake, "token", "revoke", "t1")
        self.assertEqual(run("token", "new", "x", "--role", "king")[0], 2)

    def test_users(self):
        user = {"name": "ada", "role": "operator", "created": 1_700_000_000}
        fake = self.api({"GET /api/v1/users": {"users": [user]}, "PUT /api/v1/users/ada": (201, user), "DELETE /api/v1/users/ada": (204, None)})
        self.run_with(fake, "user", "set", "ada", "--role", "operator", "--password-stdin", stdin="correct horse\n")
        self.asked(fake, "PUT", "/api/v1/users/ada", {"role": "operator", "password": "correct horse"})
        self.run_with(fake, "user", "set", "ada", "--role", "viewer", "--keep-password")
        self.asked(fake, "PUT", "/api/v1/users/ada", {"role": "viewer"})
        _, err = self.run_with(fake, "user", "set", "ada", code=2)
        self.assertIn("--password-stdin", err)
        out, _ = self.run_with(fake, "user", "list")
        self.assertIn("ada   operator", out)
        self.run_with(fake, "user", "remove", "ada")

    def test_a_password_is_asked_without_echo(self):
        fake = self.api({"PUT /api/v1/users/ada": (201, {"name": "ada", "role": "admin"})})
        master, slave = pty.openpty()
        process = subprocess.Popen([LINNET, "user", "set", "ada", "--role", "admin"], stdin=slave, stdout=slave, stderr=slave,
                                   env={**os.environ, "LINNET_SERVER": fake.url})
        os.close(slave)
        seen = b""

        def read_until(mark):
            nonlocal seen
            while mark not in seen:
                self.assertTrue(select.select([master], [], [], 20)[0], seen)
                seen += os.read(master, 4096)

        read_until(b"Password: ")
        os.write(master, b"correct horse\n")
        read_until(b"Once more: ")
        os.write(master, b"correct horse\n")
        read_until(b"may sign in")
        self.assertEqual(process.wait(20), 0)
        os.close(master)
        self.assertNotIn(b"correct", seen)
        self.assertEqual(fake.last["body"]["password"], "correct horse")

    def test_audit_and_console(self):
        entry = {"id": "9", "time": 1_700_000_000, "who": "ada", "role": "admin", "method": "PUT", "path": "/api/v1/users/bob", "status": 403, "address": "127.0.0.1"}
        fake = self.api({"GET /api/v1/audit": {"entries": [entry]}, "POST /api/v1/session/code": {"code": "abc", "expires": 1_900_000_000}})
        out, _ = self.run_with(fake, "audit", "--who", "ada", "--limit", "5", TZ="UTC")
        self.asked(fake, "GET", "/api/v1/audit", query=[("who", "ada"), ("limit", "5")])
        self.assertRegex(out, r"2023-11-14 22:13:20  ada  admin  127\.0\.0\.1  PUT /api/v1/users/bob  403")
        out, _ = self.run_with(fake, "console")
        self.assertEqual(out, f"{fake.url}/#code=abc\n")


class WebhookTest(CommandTest):
    def test_all_of_it(self):
        webhook = {"name": "w", "url": "http://127.0.0.1:1/", "types": ["value"], "enabled": True,
                   "status": {"state": "paused", "delivered": 7, "failures": 3, "lag": 9, "lastError": "refused"}}
        fake = self.api({"GET /api/v1/webhooks": {"webhooks": [webhook]}, "GET /api/v1/webhooks/w": webhook,
                         "PUT /api/v1/webhooks/w": (201, {**webhook, "secret": "s3cret"}), "DELETE /api/v1/webhooks/w": (204, None),
                         "POST /api/v1/webhooks/w/test": [{"status": 200, "elapsedMs": 5}, {"error": "refused", "elapsedMs": 1}],
                         "POST /api/v1/webhooks/w/resume": webhook, "GET /api/v1/mqtt": {"enabled": True, "connected": False, "published": 4, "lag": 2, "error": "no broker"}})
        out, _ = self.run_with(fake, "webhook", "list")
        self.assertRegex(out, r"w +paused  http://127\.0\.0\.1:1/  value  7 +3 +9 +refused")
        out, _ = self.run_with(fake, "webhook", "set", "w", "http://127.0.0.1:1/", "--type", "value,send", "--path", "/3303", "--endpoint", "urn:*",
                               "--header", "X-A: b", "--timeout", "5s")
        self.assertEqual(out, "s3cret\n")
        self.asked(fake, "PUT", "/api/v1/webhooks/w", {"url": "http://127.0.0.1:1/", "enabled": True, "types": ["value", "send"], "paths": ["/3303"],
                                                       "endpoints": ["urn:*"], "headers": {"X-A": "b"}, "timeout": 5})
        out, _ = self.run_with(fake, "webhook", "test", "w")
        self.assertIn("taken: status 200, after 5 ms", out)
        self.run_with(fake, "webhook", "test", "w", code=5)
        self.run_with(fake, "webhook", "resume", "w")
        self.run_with(fake, "webhook", "show", "w")
        self.run_with(fake, "webhook", "remove", "w")
        out, _ = self.run_with(fake, "mqtt")
        self.assertIn("not connected  4 published, 2 to come\n  no broker\n", out)


class EventsTest(CommandTest):
    def stream(self, *numbers):
        text = "event: hello\ndata: {}\n\n"
        for number in numbers:
            text += f'id: r-{number}\nevent: updated\ndata: {{"id": "r-{number}", "type": "updated", "time": 1, "endpoint": "e{number}"}}\n\n'
        return text.encode()

    def test_a_consumer_goes_on_where_it_was(self):
        fake = self.api({"GET /api/v1/events": [self.stream(1, 2, 3), self.stream(4, 5)]})
        file = str(self.folder() / "last")
        arguments = ["events", "--json", "--from", "oldest", "--resume-file", file, "--type", "updated", "--endpoint", "e*", "--path", "/3"]
        out, _ = self.run_with(fake, *arguments, "--count", "2")
        self.assertEqual([json.loads(line)["id"] for line in out.splitlines()], ["r-1", "r-2"])
        self.assertEqual(sorted(fake.last["query"]), [("endpoint", "e*"), ("from", "oldest"), ("path", "/3"), ("type", "updated")])
        self.assertEqual(pathlib.Path(file).read_text().strip(), "r-2")
        out, _ = self.run_with(fake, *arguments, "--count", "1")
        self.assertEqual(fake.last["headers"]["Last-Event-ID"], "r-2")
        self.assertNotIn("from", dict(fake.last["query"]))
        self.assertEqual(pathlib.Path(file).read_text().strip(), "r-4")

    def test_the_latest_in_their_order(self):
        events = [{"id": f"r-{n}", "type": "updated", "time": 1_700_000_000 + n, "endpoint": f"e{n}"} for n in (3, 2, 1)]
        fake = self.api({"GET /api/v1/events/recent": {"events": events}})
        out, _ = self.run_with(fake, "events", "--recent", "3", "--type", "updated", "--json")
        self.asked(fake, "GET", "/api/v1/events/recent", query=[("type", "updated"), ("limit", "3")])
        self.assertEqual([json.loads(line)["id"] for line in out.splitlines()], ["r-1", "r-2", "r-3"])

    def test_a_killed_one_loses_nothing(self):
        numbers = list(range(1, 400))
        fake = self.api({"GET /api/v1/events": self.stream(*numbers)})
        file = self.folder() / "last"
        reader = self.start(Process, "events", "--json", "--server", fake.url, "--resume-file", str(file))
        reader.expect("r-200")
        reader.process.kill()
        reader.wait()
        printed = [json.loads(line)["id"] for line in reader.log if line.startswith("{") and line.endswith("}")]
        kept = file.read_text().strip()
        # What was kept was printed, and at the most one more was.
        self.assertIn(kept, printed)
        self.assertLessEqual(len(printed) - printed.index(kept), 2)


class ModelTest(CommandTest):
    def test_upload_says_the_line(self):
        good = {"objects": [{"object": 32769, "version": "1.0", "name": "Mine"}],
                "findings": [{"line": 3, "severity": "warning", "message": "no unit"}]}
        bad = (422, {"type": "urn:linnet:problem:model-invalid", "detail": "the definition has errors",
                     "findings": [{"line": 7, "severity": "error", "message": "no Type"}]})
        fake = self.api({"POST /api/v1/models": [(201, good), bad], "DELETE /api/v1/models/32769/1.0": (204, None),
                         "GET /api/v1/models/32769/1.0/ddf": b"<LWM2M/>", "GET /api/v1/models": {"models": [{**good["objects"][0], "source": "uploaded", "resources": 4}]}})
        out, err = self.run_with(fake, "model", "upload", "-", stdin="<LWM2M/>")
        self.assertEqual(fake.last["headers"]["Content-Type"], "application/xml")
        self.assertEqual(out, "-:3: warning: no unit\n-: object 32769 Mine 1.0 is known now\n")
        out, err = self.run_with(fake, "model", "upload", "-", "--dry-run", stdin="<x/>", code=5)
        self.asked(fake, "POST", "/api/v1/models", query=[("dryRun", "true")])
        self.assertEqual((out, err), ("-:7: error: no Type\n", "linnet: -: the definition has errors\n"))
        self.run_with(fake, "model", "remove", "32769", "1.0")
        self.assertEqual(self.run_with(fake, "model", "download", "32769", "1.0")[0], "<LWM2M/>")
        self.assertRegex(self.run_with(fake, "model", "list")[0], r"32769 +1\.0 +Mine .*uploaded")

    def test_without_a_server_what_is_built_in(self):
        code, out, err = run("model", "show", "3", "--models", str(pathlib.Path(__file__).resolve().parents[2] / "models"))
        self.assertEqual(code, 0, err)
        self.assertIn("Device", out)
        code, _, err = run("model", "list", LINNET_SERVER="http://127.0.0.1:1")
        self.assertEqual(code, 4)


class PageTest(CommandTest):
    OVERVIEW = {"devices": {"registered": 5, "awake": 3, "asleep": 2, "absent": 1}, "observations": 9, "pending": 4, "sessions": 2,
                "rates": {"updates": 1.5, "notifications": 20}, "series": [{"time": t, "updates": t % 7} for t in range(360)],
                "versions": [], "objects": [], "alarms": [{"time": 1_700_000_000, "text": "the disk is full"}], "uptime": 7200,
                "store": {"file": "/var/lib/linnet/linnet.db", "bytes": 1_500_000, "failing": True}}

    def test_overview(self):
        fake = self.api({"GET /api/v1/overview": self.OVERVIEW})
        out, _ = self.run_with(fake, "overview")
        self.assertIn("5 registered, 3 awake, 2 asleep, 1 absent", out)
        self.assertRegex(out, r"store +failing, 1\.5 MB  /var/lib/linnet/linnet\.db")
        self.assertRegex(out, r"updates +1\.50  [▁▂▃▄▅▆▇█ ]{40,}")
        self.assertIn("the disk is full", out)

    def test_watch_prints_what_is_new(self):
        second = {**self.OVERVIEW, "pending": 77}
        fake = self.api({"GET /api/v1/overview": [self.OVERVIEW, second]})
        watcher = self.start(Process, "overview", "--watch", "--server", fake.url)
        watcher.expect("4 operations")
        watcher.expect("77 operations")
        watcher.signal(signal.SIGINT)
        self.assertEqual(watcher.wait(), 0)
        self.assertEqual(len([line for line in watcher.log if "registered" in line]), 1)
        self.assertFalse([line for line in watcher.log if "\x1b" in line])

    def test_colours_on_a_terminal_only(self):
        fake = self.api({"GET /api/v1/overview": self.OVERVIEW})
        for environment, coloured in (({"TERM": "xterm"}, True), ({"TERM": "xterm", "NO_COLOR": "1"}, False), ({"TERM": "dumb"}, False)):
            master, slave = pty.openpty()
            process = subprocess.Popen([LINNET, "overview"], stdout=slave, stderr=slave, stdin=subprocess.DEVNULL,
                                       env={**{k: v for k, v in os.environ.items() if k != "NO_COLOR"}, "LINNET_SERVER": fake.url, **environment})
            process.wait(20)
            os.close(slave)
            seen = os.read(master, 65536)
            os.close(master)
            self.assertIn(b"failing", seen)
            self.assertEqual(b"\x1b[31m" in seen, coloured, environment)


class BackupTest(CommandTest):
    def test_what_is_no_store_is_not_kept(self):
        fake = self.api({"GET /api/v1/backup": b"SQLite format 3\0 but not really"})
        file = self.folder() / "backup.db"
        _, err = self.run_with(fake, "backup", str(file), code=5)
        self.assertIn("no store of Linnet", err)
        self.assertEqual(list(file.parent.iterdir()), [])
        file.write_text("mine")
        _, err = self.run_with(fake, "backup", str(file), code=2)
        self.assertIn("--force", err)
        self.assertEqual(file.read_text(), "mine")

    def test_a_file_that_cannot_be_is_a_message(self):
        _, err = self.run_with(self.api({}), "backup", "x" * 300, code=6)
        self.assertRegex(err, "^linnet: .*File name too long")


class CompletionTest(CommandTest):
    def complete(self, fake, *words):
        return self.run_with(fake, "__complete", *words)[0].split()

    def test_what_the_server_knows(self):
        fake = self.api({"GET /api/v1/observe-rules": {"rules": [{"name": "warm"}, {"name": "wet"}, {"name": "old"}]},
                         "GET /api/v1/webhooks": {"webhooks": [{"name": "alarms"}]}, "GET /api/v1/users": {"users": [{"name": "ada"}]},
                         "GET /api/v1/tokens": {"tokens": [{"id": "t1"}]}, "GET /api/v1/operations": {"operations": [{"id": "4711"}]},
                         "GET /api/v1/devices": {"devices": [{"endpoint": NAME}]}})
        self.assertEqual(self.complete(fake, "rule", "show", "w"), ["warm", "wet"])
        self.assertEqual(self.complete(fake, "webhook", "test", ""), ["alarms"])
        self.assertEqual(self.complete(fake, "user", "remove", ""), ["ada"])
        self.assertEqual(self.complete(fake, "token", "revoke", ""), ["t1"])
        self.assertEqual(self.complete(fake, "operation", "cancel", "4"), ["4711"])
        self.assertEqual(self.complete(fake, "operation", "batch", ""), [])
        self.assertEqual(self.complete(fake, "device", "history", "urn"), [NAME])
        self.assertEqual(self.complete(fake, "device", "write", NAME, "/3/0/14", "x", "--qu"), ["--queue"])
        self.assertIn("overview", self.complete(fake, "o"))
        self.assertIn("--resume-file", self.complete(fake, "events", "--re"))


if __name__ == "__main__":
    unittest.main(verbosity=2)
