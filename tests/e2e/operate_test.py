#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The commands against a real server: what a person does with a fleet, from the first token to a restored back-up."""
import json
import os
import re
import time
import unittest

from linnet_process import Client, LinnetTest, Process, Server, run

NAME = "urn:dev:os:32473-lamp-"


class OperateTest(LinnetTest):
    def setUp(self):
        self.store = str(self.folder() / "linnet.db")
        self.server = self.start(Server, "--store", self.store)

    def linnet(self, *arguments, code=0, server=None, **environment):
        """The standard output of a command that ends with that code."""
        got, out, err = run(*arguments, LINNET_SERVER=(server or self.server).url, **environment)
        self.assertEqual(got, code, out + err)
        return out

    def json(self, *arguments, **options):
        return json.loads(self.linnet(*arguments, "--json", **options))

    def test_tokens_users_and_what_they_did(self):
        token = self.linnet("token", "new", "reader", "--role", "viewer", "--expires", "1d").strip()
        self.assertIn("reader", self.linnet("token", "list"))
        self.linnet("device", "list", LINNET_TOKEN=token)
        code, _, err = run("token", "list", LINNET_SERVER=self.server.url, LINNET_TOKEN=token)
        self.assertEqual(code, 5)
        self.assertIn("admin", err)
        run("user", "set", "ada", "--role", "operator", "--password-stdin", stdin="several plain words\n", LINNET_SERVER=self.server.url)
        self.assertRegex(self.linnet("user", "list"), r"ada +operator")
        audit = self.linnet("audit", "--limit", "20")
        self.assertRegex(audit, r"PUT /api/v1/users/ada.*20[01]")
        self.assertNotIn("several plain words", audit)
        number = next(t["id"] for t in self.json("token", "list")["tokens"] if t["name"] == "reader")
        self.linnet("token", "revoke", number)
        code, _, err = run("device", "list", LINNET_SERVER=self.server.url, LINNET_TOKEN=token)
        self.assertEqual(code, 5)
        self.assertIn("linnet token new", err)
        self.linnet("user", "remove", "ada")

    def test_a_device_is_tagged_ruled_and_its_values_are_kept(self):
        device = self.start(Client, self.server, NAME + "1")
        self.assertEqual(self.linnet("device", "tags", NAME + "1", "--add", "cellar", "--add", "lamps"), "cellar\nlamps\n")
        self.start(Client, self.server, NAME + "2")
        out = self.linnet("device", "list", "--tag", "cellar")
        self.assertIn(NAME + "1", out)
        self.assertNotIn(NAME + "2", out)
        self.linnet("rule", "set", "warmth", "/3303/*/5700", "--tag", "cellar")
        deadline = time.monotonic() + 20
        while self.json("rule", "show", "warmth")["status"]["observations"] == 0:
            self.assertLess(time.monotonic(), deadline)
        device.tell("set /3303/0/5700 44.5")
        while "44.5 " not in self.linnet("device", "values", NAME + "1", "/3303"):
            self.assertLess(time.monotonic(), deadline)
        self.assertIn("warmth", self.linnet("rule", "list"))
        while not self.json("device", "history", NAME + "1", "/3303/0/5700")["samples"]:
            self.assertLess(time.monotonic(), deadline)
        self.linnet("rule", "remove", "warmth")
        self.assertRegex(self.linnet("device", "timeline", NAME + "1"), r"registered +")
        overview = self.json("overview")
        self.assertEqual(overview["devices"]["registered"], 2)
        self.assertIn("2 registered", self.linnet("overview"))

    def test_messages_are_captured_and_shown(self):
        self.start(Client, self.server, NAME + "1")
        self.linnet("device", "capture", NAME + "1", "--minutes", "5")
        self.linnet("device", "read", NAME + "1", "/3/0/0")
        out = self.linnet("device", "messages", NAME + "1")
        self.assertRegex(out, r"->  CON GET +/3/0/0")
        self.assertRegex(out, r"<-  \w+ 2\.05")
        file = self.folder() / "lamp.pcapng"
        self.linnet("device", "messages", NAME + "1", "--pcap", str(file))
        self.assertEqual(file.read_bytes()[:4], b"\x0a\x0d\x0d\x0a")
        self.linnet("device", "capture", NAME + "1", "--off")

    def test_a_console_link_and_definitions(self):
        self.assertRegex(self.linnet("console"), rf"^{re.escape(self.server.url)}/#code=\S+\n$")
        self.assertIn("built-in", self.linnet("model", "list"))
        self.assertIn("Sensor Value", self.linnet("model", "show", "3303"))

    def test_a_webhook_is_told_and_tested(self):
        out = self.linnet("webhook", "set", "nobody", "http://127.0.0.1:1/", "--type", "registered")
        self.assertTrue(out.strip())
        self.linnet("webhook", "test", "nobody", code=5)
        self.assertRegex(self.linnet("webhook", "list"), r"nobody +\w+ +http://127\.0\.0\.1:1/ +registered")
        self.assertIn("Nothing is published", self.linnet("mqtt"))
        self.linnet("webhook", "remove", "nobody")

    def test_a_back_up_under_load_is_restored_elsewhere(self):
        fleet = self.start(Process, "fleet", "--devices", "300", "--server", self.server.uri, "--prefix", "b-", "--interval", "1")
        fleet.expect("300 of 300 registered")
        key = json.dumps({"mode": "psk", "identity": "i", "key": "hex:" + "5a" * 16})
        self.assertEqual(self.server.request("POST", f"/api/v1/credentials/{NAME}9", key, {"Content-Type": "application/json"})[0], 201)
        file = self.folder() / "backup.db"
        out = self.linnet("backup", str(file))
        self.assertIn("300 registrations, 1 credential", out)
        self.assertEqual(os.stat(file).st_mode & 0o777, 0o600)
        self.assertEqual([f for f in os.listdir(os.path.dirname(self.store)) if "backup" in f], [])
        code, _, err = run("restore", str(file), "--store", self.store, "--force")
        self.assertEqual(code, 5)
        self.assertIn("in use by another server", err)
        fleet.stop()
        place = str(self.folder() / "elsewhere.db")
        code, _, err = run("restore", str(file), "--store", place)
        self.assertEqual(code, 0, err)
        self.assertIn("elsewhere.db-key is not there", err)
        code, _, err = run("restore", str(file), "--store", place, "--key", self.store + "-key", "--force")
        self.assertEqual((code, err), (0, ""))
        other = self.start(Server, "--store", place)
        self.assertEqual(other.request("GET", "/api/v1/devices?limit=1")[1]["total"], 300)
        self.assertEqual(other.request("GET", f"/api/v1/credentials/{NAME}9")[0], 200)


if __name__ == "__main__":
    unittest.main(verbosity=2)
