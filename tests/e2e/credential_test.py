#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""linnet credential and the API behind it: keys go in and never come out."""
import json
import os
import pathlib
import re
import shutil
import stat
import subprocess
import time
import unittest

from linnet_process import Client, Events, LinnetTest, Server, run

LAMP = "urn:dev:os:32473-lamp-"
SECRET = "5ec2e75ec2e75ec2e75ec2e75ec2e701"
SHORT = "5ec2e702"


class CredentialTest(LinnetTest):
    def setUp(self):
        self.place = self.folder()
        self.store = self.place / "linnet.db"
        self.server = self.start(Server, "--store", str(self.store), "--verbose")

    def cli(self, *arguments, code=0, stdin="", server=None):
        url = (server or self.server).url
        result = run("credential", *[str(a) for a in arguments], stdin=stdin, LINNET_SERVER=url)
        self.assertEqual(result[0], code, result)
        return result[1] if code in (0, 5) and result[1] else result[2]

    def ask(self, method, path, body=None, headers=None, status=200):
        answer = self.server.request(method, path, body, headers)
        self.assertEqual(answer[0], status, answer)
        return answer[1]

    def lines(self, text, query="", status=200, kind="text/csv"):
        return self.ask("POST", "/api/v1/credentials" + query, text, {"Content-Type": kind}, status)

    def test_a_psk_from_new_to_revoke(self):
        self.assertIn("no credential", self.cli("list"))
        shown = self.cli("new", "--psk", "--endpoint", LAMP + "1", "--add")
        key = re.search(r"/0/x/5 +Secret Key +([0-9a-f]{32})\n", shown).group(1)
        self.assertRegex(shown, r"/0/x/2 +Security Mode +0 \(psk\)")
        self.assertIn(f"--psk-identity {LAMP}1 --psk-key {key} coaps://127.0.0.1", shown)
        self.assertRegex(self.cli("list"), LAMP + r"1 +psk +" + LAMP + "1")
        self.assertIn("16 bytes, not shown", self.cli("show", LAMP + "1"))
        # A second key beside it, then one instead of both.
        first = json.loads(self.cli("show", LAMP + "1", "--json"))["credentials"][0]["id"]
        self.cli("new", "--psk", "--endpoint", LAMP + "1", "--identity", "other", "--add")
        self.assertEqual(len(json.loads(self.cli("show", LAMP + "1", "--json"))["credentials"]), 2)
        self.cli("revoke", LAMP + "1", "--id", first)
        self.assertIn("other", self.cli("show", LAMP + "1"))
        made = json.loads(self.cli("new", "--psk", "--endpoint", LAMP + "1", "--replace", "--bytes", "32", "--json"))
        self.assertEqual(len(made["resources"]["5"]), 64)
        self.assertEqual(len(json.loads(self.cli("list", "--json"))["credentials"]), 1)
        self.assertIn("stays out", self.cli("revoke", LAMP + "1"))
        self.assertTrue(json.loads(self.cli("show", LAMP + "1", "--json"))["barred"])
        self.assertIn("no credential of", self.cli("revoke", LAMP + "1", code=5))
        self.assertIn("may come without a key", self.cli("revoke", LAMP + "1", "--forget"))
        self.cli("show", LAMP + "1", code=5)
        self.assertIn("--psk, --rpk or --x509", self.cli("new", code=2))
        self.assertIn("excludes", self.cli("new", "--psk", "--rpk", code=2))
        # Nothing was said of a server: nothing is asked of one.
        self.assertIn("urn:uuid:", run("credential", "new", "--psk", LINNET_SERVER="http://127.0.0.1:1")[1])

    def test_keys_and_certificates_in_files(self):
        keys, ca = self.place / "keys", self.place / "ca"
        shown = self.cli("new", "--rpk", "--endpoint", LAMP + "2", "--out", keys, "--add")
        self.assertIn("--server-key", shown)
        shown = self.cli("new", "--x509", "--authority", ca, "--endpoint", LAMP + "3", "--out", keys, "--add")
        self.assertIn("made the authority", shown)
        shown = self.cli("new", "--x509", "--authority", ca, "--endpoint", LAMP + "4", "--out", keys, "--add")
        self.assertNotIn("made the authority", shown)
        self.cli("new", "--x509", "--endpoint", LAMP + "5", "--out", keys, "--add")
        for file in sorted(keys.iterdir()) + sorted(ca.iterdir()):
            secret = file.name.endswith(".key.pem")
            self.assertEqual(stat.S_IMODE(file.stat().st_mode) & 0o077, 0 if secret else 0o044, file)
        base = str(keys / "urn_dev_os_32473-lamp-")
        self.assertIn("is there already", self.cli("new", "--rpk", "--endpoint", LAMP + "2", "--out", keys, code=5))
        listed = {c["endpoint"]: c for c in json.loads(self.cli("list", "--json"))["credentials"]}
        self.assertEqual([listed[LAMP + n]["mode"] for n in "2345"], ["rpk", "x509", "x509", "x509"])
        self.assertTrue(listed[LAMP + "3"]["byName"])
        self.assertEqual(listed[LAMP + "5"]["subject"], "CN=" + LAMP + "5")
        self.assertRegex(self.cli("trust", "list"), r"test-ca-[0-9a-f]{8} +CN=Linnet test authority")
        self.assertIn("ca.key.pem", "\n".join(str(f) for f in ca.iterdir()))
        # A key of one device is not that of another, in any form.
        self.assertIn("has the same key", self.cli("add", LAMP + "9", "--public-key", base + "2.pub.pem", code=5))
        self.assertIn("another endpoint", self.cli("add", LAMP + "9", "--certificate", base + "3.crt.pem", code=5))
        self.assertIn("server's own", self.cli("add", LAMP + "9", "--public-key", keys / "server.pub.pem", code=5))
        self.assertIn("no public key", self.cli("add", LAMP + "9", "--public-key", base + "2.key.pem", code=5))
        self.cli("add", "urn:dev:os:32473-*", "--by-name")
        self.assertIn("give one of", self.cli("add", LAMP + "9", code=2))
        # OpenSSL reads what we write.
        if shutil.which("openssl"):
            checked = subprocess.run(["openssl", "verify", "-x509_strict", "-CAfile", ca / "ca.crt.pem", base + "3.crt.pem"],
                                     capture_output=True, text=True)
            self.assertIn("OK", checked.stdout, checked)
            public = subprocess.run(["openssl", "pkey", "-in", base + "2.key.pem", "-pubout"], capture_output=True, text=True)
            self.assertEqual(public.stdout, pathlib.Path(base + "2.pub.pem").read_text())

    def test_the_servers_own_keys_stay_the_same(self):
        shown = self.cli("server")
        self.assertIn("BEGIN PUBLIC KEY", shown)
        self.assertIn("BEGIN CERTIFICATE", shown)
        self.assertNotIn("PRIVATE", shown)
        before = self.ask("GET", "/api/v1/server-identity")
        self.assertRegex(before["publicKey"]["fingerprint"], "^sha-256:[0-9a-f]{64}$")
        self.server.stop()
        self.server = self.start(Server, "--store", str(self.store))
        self.assertEqual(self.ask("GET", "/api/v1/server-identity"), before)
        for suffix in ("", "-key", "-wal", "-identity.pem"):
            self.assertEqual(stat.S_IMODE(os.stat(str(self.store) + suffix).st_mode), 0o600, suffix)
        # Its own certificate from files.
        self.cli("new", "--x509", "--authority", self.place / "ca", "--endpoint", "lwm2m.example", "--dns", "lwm2m.example",
                 "--ip", "192.0.2.1", "--out", self.place / "tls")
        settings = self.place / "linnet.toml"
        settings.write_text(f'[dtls]\ncertificate = "{self.place}/tls/lwm2m.example.crt.pem"\n'
                            f'private_key = "{self.place}/tls/lwm2m.example.key.pem"\n')
        other = self.start(Server, "--config", str(settings))
        self.assertEqual(other.request("GET", "/api/v1/server-identity")[1]["certificate"]["subject"], "CN=lwm2m.example")
        settings.write_text('[dtls]\ncertificate = "x.pem"\n')
        code, _, problem = run("server", "--config", str(settings), "--coap", "127.0.0.1:0", "--http", "off", "--bootstrap", "off")
        self.assertEqual((code, "belong together" in problem), (6, True), problem)

    def test_import_of_a_file(self):
        file = self.place / "devices.csv"
        rows = [f"{LAMP}{n},psk,,{n:032x}," for n in range(2500)]
        heading = "endpoint,mode,identity,key,public_key"
        bad = [f"{LAMP}a,psk,,zz,", f"{LAMP}7,psk,,{9999:032x},", f"{LAMP}b,psk,,{8:032x},", f"{LAMP}c,psk,,{SHORT},"]
        file.write_text("\n".join([heading, *rows, *bad]) + "\n")
        shown = self.cli("import", file, "--dry-run", code=5)
        for pattern in (r"line 2502 +\S+lamp-a +the key is not written in hex", r"line 2503 .* line 9 has the same endpoint",
                        r"line 2504 .* line 10 has the same key", r"line 2505 .* the key has 4 bytes",
                        r"2504 lines: 2501 to add, 0 to replace, 0 as before, 3 bad", "dry run"):
            self.assertRegex(shown, pattern)
        self.assertRegex(self.cli("import", file, code=5), "Nothing was imported. Mend the bad lines")
        self.assertEqual(self.ask("GET", "/api/v1/credentials")["stored"], 0)
        shown = self.cli("import", file, "--keep-going", code=5)
        self.assertRegex(shown, r"2504 lines: 2501 added, 0 replaced, 0 as before, 3 bad")
        file.write_text("\n".join([heading, *rows]) + "\n")
        self.assertRegex(self.cli("import", file), r"2500 lines: 0 added, 0 replaced, 2500 as before, 0 bad")
        # As JSON lines from the input, with what is there already to be replaced.
        line = json.dumps({"endpoint": LAMP + "1", "mode": "psk", "key": SECRET})
        self.assertIn("has another credential", self.cli("import", "-", stdin=line, code=5))
        report = json.loads(self.cli("import", "-", "--replace", "--json", stdin=line))
        self.assertEqual((report["replaced"], report["bad"], report["imported"]), (1, 0, True))
        self.assertIn("column", self.cli("import", "-", stdin="lamp,key\n", code=2))
        # Page by page.
        seen, cursor = [], ""
        while cursor is not None:
            page = self.ask("GET", "/api/v1/credentials?limit=1000" + (f"&cursor={cursor}" if cursor else ""))
            seen += [c["endpoint"] for c in page["credentials"]]
            cursor = page.get("next")
        self.assertEqual(len(seen), 2501)
        self.assertEqual(len(set(seen)), 2501)
        self.assertEqual(len(self.ask("GET", f"/api/v1/credentials?q={LAMP}249")["credentials"]), 11)

    def test_what_the_api_refuses(self):
        path = "/api/v1/credentials/" + LAMP + "1"
        self.ask("PUT", path, {"mode": "psk", "key": SECRET}, status=201)
        self.ask("PUT", path, {"mode": "psk", "key": SECRET}, status=200)
        for body, status in (({"mode": "psk"}, 422), ({"mode": "psk", "key": "0"}, 422), ({"mode": "est"}, 422),
                             ({"mode": "rpk", "publicKey": "00"}, 422), ({"x": 1}, 422), ([], 400),
                             ({"endpoint": "b", "key": "00"}, 422)):
            self.ask("PUT", path, body, status=status)
        self.ask("PUT", "/api/v1/credentials/b", {"key": SECRET}, status=409)
        self.ask("PUT", "/api/v1/credentials/b", {"key": SHORT, "identity": LAMP + "1"}, status=409)
        self.assertIn("guessed", self.ask("POST", "/api/v1/credentials/b", {"key": SHORT}, status=201)["advice"])
        self.ask("PUT", path, "x", {"Content-Type": "text/plain"}, status=415)
        self.lines("{}", kind="application/json", status=415)
        self.lines("endpoint,key\n", "?dryRun=perhaps", status=400)
        self.lines("key\n00\n", status=400)
        self.lines("endpoint,key\nc,zz\n", status=422)
        self.lines("{}\n" * 10001, kind="application/x-ndjson", status=413)
        self.ask("DELETE", path + "/99", status=404)
        self.ask("DELETE", path + "/x", status=404)
        self.ask("GET", "/api/v1/credentials?cursor=x", status=400)
        self.ask("GET", "/api/v1/credentials?limit=0", status=400)
        self.ask("PUT", "/api/v1/trust-anchors/a", {"certificate": "00"}, status=422)
        self.ask("PUT", "/api/v1/trust-anchors/a", {"name": "00"}, status=400)
        self.ask("GET", "/api/v1/trust-anchors/a", status=404)

    def test_no_secret_is_anywhere(self):
        events = Events(self.server)
        self.addCleanup(events.close)
        key = bytes.fromhex(SECRET)
        path = "/api/v1/credentials/" + LAMP + "1"
        answers = [self.ask("PUT", path, {"mode": "psk", "key": SECRET}, status=201),
                   self.ask("PUT", path, {"mode": "psk", "key": SECRET + "zz"}, status=422),
                   self.ask("PUT", path, '{"mode":"psk","key":"' + SECRET + '"', {"Content-Type": "application/json"}, status=400),
                   self.ask("PUT", "/api/v1/credentials/b", {"key": SECRET}, status=409),
                   self.ask("PUT", "/api/v1/credentials/b", {"mode": "rpk", "key": SECRET}, status=422),
                   self.ask("PUT", "/api/v1/credentials/b", {"publicKey": SECRET}, status=422),
                   self.lines(f"endpoint,key\nc,{SECRET}\nd,{SECRET}z\ne,\"{SECRET}\n", status=422),
                   self.lines(f"endpoint,key\n{LAMP}1,{SECRET}\n"),
                   self.lines(f"{SECRET}\n{SECRET}\n", status=400),
                   self.lines(f"endpoint,key,{SECRET}\n", status=400),
                   self.ask("GET", path), self.ask("GET", "/api/v1/credentials"),
                   self.cli("list"), self.cli("show", LAMP + "1"), self.cli("server")]
        configuration = {"for": ["*"], "objects": {
            "/0/1": {"0": "coaps://lwm2m.example", "1": False, "2": 0, "3": {"text": "{endpoint}"}, "4": "", "5": {"hex": SECRET}, "10": 101},
            "/1/1": {"0": 101, "1": 300, "6": True, "7": "U"}}}
        answers.append(self.ask("PUT", "/api/v1/bootstrap/configurations/meters", configuration, status=201))
        self.server.stop()
        shown = json.dumps(answers) + "\n".join(self.server.log) + json.dumps(events.seen)
        identity = (self.place / "linnet.db-identity.pem").read_text()
        own = re.search(r"PRIVATE KEY-----\n(.*?)-----END", identity, re.S).group(1)
        for text in (SECRET, SECRET.upper(), "XsLnXsLn", own.split("\n")[1]):
            self.assertNotIn(text, shown)
        for file in self.place.iterdir():
            content = file.read_bytes()
            for secret in (key, SECRET.encode(), b"XsLnXsLn"):
                self.assertNotIn(secret, content, file)
        self.assertTrue((self.place / "linnet.db").stat().st_size > 0)
        # All of it is still there.
        self.server = self.start(Server, "--store", str(self.store))
        self.assertIn("1 credential", "\n".join(self.server.log))
        self.assertEqual(self.ask("PUT", path, {"mode": "psk", "key": SECRET})["id"], answers[0]["id"])
        # Without its key the store is not opened, and no new key is made.
        self.server.stop()
        os.rename(str(self.store) + "-key", self.place / "elsewhere")
        code, _, problem = run("server", "--store", str(self.store), "--coap", "127.0.0.1:0", "--http", "off", "--bootstrap", "off")
        self.assertEqual((code, "is missing" in problem), (6, True), problem)
        self.assertFalse(os.path.exists(str(self.store) + "-key"))

    def test_devices_come_in_with_what_was_made_and_go_when_revoked(self):
        server = self.start(Server, "--store", str(self.place / "other.db"), "--coaps", "127.0.0.1:0")
        for _ in range(50):
            found = re.search(r"coaps://127\.0\.0\.1:(\d+)", "\n".join(server.log))
            if found:
                break
            time.sleep(0.1)
        uri = "coaps://127.0.0.1:" + found.group(1)
        clients = {}
        for kind, options in (("psk", ["--psk"]), ("rpk", ["--rpk"]), ("own", ["--x509"]),
                              ("ca", ["--x509", "--authority", self.place / "ca"])):
            made = self.cli("new", *options, "--endpoint", "lamp-" + kind, "--out", self.place / kind, "--add",
                            "--uri", uri, server=server)
            words = re.search(r"linnet client (.*)", made).group(1).split()
            self.assertEqual(words.pop(), uri)
            clients[kind] = self.start(Client, uri, "lamp-" + kind, *words[2:])
        self.assertEqual(len(server.request("GET", "/api/v1/devices")[1]["devices"]), 4)
        self.cli("revoke", "lamp-psk", server=server)
        clients["psk"].expect("does not know the PSK identity")
        server.expect("its credential was revoked")
        devices = server.request("GET", "/api/v1/devices")[1]["devices"]
        self.assertEqual(sorted(d["endpoint"] for d in devices), ["lamp-ca", "lamp-own", "lamp-rpk"])
        # The others are as before.
        self.assertEqual(server.operate("lamp-rpk", op="read", path="/3/0/0")[1]["code"], "2.05")

    def test_completion_knows_credentials(self):
        self.cli("new", "--psk", "--endpoint", LAMP + "1", "--add")
        self.assertEqual(self.server.run("__complete", "credential", "revoke", LAMP)[1], LAMP + "1\n")
        self.assertIn("--rpk", self.server.run("__complete", "credential", "new", "--")[1])
        self.assertIn("trust", self.server.run("__complete", "credential", "")[1])
        self.cli("new", "--x509", "--authority", self.place / "ca", "--endpoint", LAMP + "2", "--add")
        self.assertRegex(self.server.run("__complete", "credential", "trust", "remove", "")[1], "^test-ca-")

    def test_without_a_store_they_live_as_long_as_the_server(self):
        server = self.start(Server)
        self.cli("new", "--psk", "--endpoint", LAMP + "1", "--add", server=server)
        self.assertIn(LAMP, self.cli("list", server=server))
        self.assertIn("made for this run", self.cli("server", server=server))


if __name__ == "__main__":
    unittest.main()
