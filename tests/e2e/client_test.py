#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""linnet client, fleet, decode, model and completion: what a person types and reads."""
import os
import pathlib
import pty
import select
import signal
import subprocess
import time
import unittest

from linnet_process import LINNET, Client, Events, LinnetTest, Process, Server, run

MODELS = os.path.join(os.path.dirname(__file__), "..", "..", "models")


class ClientTest(LinnetTest):
    @classmethod
    def setUpClass(cls):
        cls.server = Server()

    @classmethod
    def tearDownClass(cls):
        cls.server.stop()

    def test_commands(self):
        client = self.start(Client, self.server, "typed")
        for line, answer in (("help", "set PATH VALUE"), ("list", r"/3303 +Temperature"), ("show /3/0/0", r"/3/0/0 +Manufacturer +Linnet"),
                             ("set /3303/0/5700 12.5", r"^/3303/0/5700 is 12\.5$"), ("show /3303/0/5700", r"Sensor Value +12\.5"),
                             ("set /3303/0/5700 warm", "no value of type float"), ("set /3303/9/5700 1", "no such instance"),
                             ("set /3/0/0 x", "fixed"), ("set /77/0/0 x", "no such object"), ("set /3/0/4 x", "executable"),
                             ("set /3311/0/5850 on", "is on"), ("set /3311/0/5851 101", "outside the range"),
                             ("show /9", "nothing at /9"), ("show x", "not a path"), ("send", "needs paths"),
                             ("send /3303/0/5700", "^sent to "), ("update", "updated$"), ("dance", "no command"),
                             ("deregister", "^de-registered"), ("update", "not registered"), ("send /3", "not registered"),
                             ("register", "^registered at")):
            with self.subTest(line=line):
                client.tell(line)
                client.expect(answer)
        client.tell("quit")
        self.assertEqual(client.wait(), 0)

    def converse(self, client, *lines):
        for line, *answers in lines:
            with self.subTest(line=line):
                client.tell(line)
                for answer in answers:
                    client.expect(answer)

    def test_a_server_is_disabled_and_enabled(self):
        client = self.start(Client, self.server, "disabled")
        uri = self.server.uri
        self.converse(client, ("accounts", "^  SERVER +URI +SECURITY", rf"^  1 +{uri} +nosec +/0/0 /1/0 +300 s +registered$"),
                      ("disable", "needs a server and seconds"), ("disable 1", "needs a server and seconds"),
                      ("disable 1 soon", "needs a server and seconds"), ("disable 1 -1", "needs a server and seconds"),
                      ("disable 9 5", "no server 9; accounts lists"), ("enable", "needs a server"), ("enable 9", "no server 9"),
                      ("enable 1", "is not disabled"),
                      ("disable 1 60", "^de-registered from", "^disabled: silent to coap://.* for 60 s"),
                      ("accounts", r"^  1 .* disabled for (60|[1-5]\d) s$"))
        self.assertEqual(self.server.request("GET", "/api/v1/devices/disabled")[1]["state"], "absent")
        self.converse(client, (f"enable {uri}", "^registered at"), ("accounts", "^  1 .* registered$"),
                      (f"disable {uri} 1", "^de-registered from", "for 1 s", "^registered at"),
                      ("deregister", "^de-registered"), ("disable 1 60", "register comes back"))

    def test_a_server_disables_itself(self):
        client = self.start(Client, self.server, "shy")
        self.assertEqual(self.server.operate("shy", op="write", path="/1/0/5", value=2)[1]["code"], "2.04")
        begin = time.monotonic()
        self.assertEqual(self.server.operate("shy", op="execute", path="/1/0/4")[1]["code"], "2.04")
        client.expect("asked to be left alone")
        client.expect("^de-registered from")
        client.expect("^disabled: silent to .* for 2 s")
        client.expect("^registered at")
        self.assertGreaterEqual(time.monotonic() - begin, 2)

    def test_offline_keeps_what_is_observed(self):
        client = self.start(Client, self.server, "offline")
        events = Events(self.server, "?type=value&endpoint=offline")
        self.addCleanup(events.close)
        client.tell("set /3303/0/5700 1")
        client.expect("is 1$")
        # Only such formats carry the times of what was stored.
        self.assertEqual(self.server.operate("offline", op="observe", path="/3303/0/5700", format="senml-cbor", keep=True)[0], 200)
        client.expect("observes /3303/0/5700")
        self.converse(client, ("online", "online already"), ("offline", "^offline: nothing is sent"), ("offline", "offline already"),
                      ("accounts", "^  1 .* offline$"), ("update", "online sends an update"),
                      ("set /3303/0/5700 2", "is 2$"), ("set /3303/0/5700 3", "is 3$"),
                      ("online", "^online: the servers are told", "^registration at .* updated"))
        seen = []
        while not seen or seen[-1] != 3:
            seen += [value["value"] for value in events.expect("value")[1]["values"]]
        self.assertEqual(seen[-2:], [2, 3])
        self.converse(client, ("offline", "^offline"), *((f"set /3303/0/5700 {n}", f"is {n}$") for n in range(20, 40)),
                      ("online", "^4 values stored for coap://.* are lost, the oldest"))

    def test_who_may_do_what(self):
        client = self.start(Client, self.server, "alone")
        self.converse(client, ("access", "no instance of /2: every server may do everything"), ("bootstrap", "no bootstrap server to ask"))
        file = self.folder() / "factory.toml"
        file.write_text(f"""
[[server]]
uri = "{self.server.uri}"
short_server_id = 101
[[server]]
uri = "coaps://127.0.0.1:1"
short_server_id = 102
security = {{ mode = "psk", identity = "me", key = "hex:5ec4e7aabbccddeeff00112233445566" }}
[[access]]
target = "/3303/0"
owner = 101
acl = {{ 101 = "RWED", 0 = "R" }}
[[access]]
target = "/3311"
owner = 65535
acl = {{ 102 = "C" }}
""")
        client = self.start(Process, "client", "--no-prompt", "--endpoint", "rights", "--factory", str(file))
        client.expect("^registered at")
        self.converse(client, ("access", "^  RULE +ABOUT +OWNER +101 +102 +OTHERS$", r"^  /2/0 +/3303/0 +101 +RWED +\. +R$",
                               r"^  /2/1 +/3311, new ones +bootstrap +\. +C$", "R read, W write"),
                      ("accounts", r"^  101 .* registered$", r"^  102 +coaps://127\.0\.0\.1:1 +psk .* not registered$"))
        self.assertNotIn("5ec4e7", "\n".join(client.log).lower())

    def test_a_bootstrap_is_asked_for(self):
        account = {"for": ["asks"], "mode": "all", "delete": ["/0", "/1"], "objects": {
            "/0/1": {"0": self.server.uri, "1": False, "2": 3, "3": "", "4": "", "5": "", "10": 101},
            "/1/1": {"0": 101, "1": 300, "6": True, "7": "U"}}}
        path = "/api/v1/bootstrap/configurations/asks"
        self.assertEqual(self.server.request("PUT", path, account)[0], 201)
        bootstrap = f"coap://127.0.0.1:{self.server.bootstrap_port}"
        client = self.start(Process, "client", "--no-prompt", "--endpoint", "asks", "--bootstrap", bootstrap)
        client.expect(f"^there is no server to register at: {bootstrap} is asked for a bootstrap")
        client.expect("^bootstrap done")
        client.expect("^registered at")
        self.converse(client, ("accounts", rf"^  bootstrap +{bootstrap} +nosec +/0/0 +not needed now$", "^  101 .* registered$"),
                      ("bootstrap", f"^asking {bootstrap} for a bootstrap", "^bootstrap done"))
        self.assertEqual(self.server.request("DELETE", path)[0], 204)
        self.converse(client, ("bootstrap", "^asking", "^bootstrap by .* failed: 4.00 Bad Request; everything is as before"))

    def test_all_servers_are_replaced(self):
        servers = [self.server, self.start(Server), self.start(Server)]
        objects = {}
        for n, server in enumerate(servers, 1):
            objects[f"/0/{n}"] = {"0": server.uri, "1": False, "2": 3, "3": "", "4": "", "5": "", "10": 100 + n}
            objects[f"/1/{n}"] = {"0": 100 + n, "1": 300, "6": True, "7": "U"}
        path = "/api/v1/bootstrap/configurations/replaced"
        self.assertEqual(self.server.request("PUT", path, {"for": ["replaced"], "mode": "all", "delete": ["/0", "/1"], "objects": objects})[0], 201)
        client = self.start(Process, "client", "--no-prompt", "--endpoint", "replaced", "--bootstrap",
                            f"coap://127.0.0.1:{self.server.bootstrap_port}")
        for _ in servers:
            client.expect("^registered at")
        client.tell("bootstrap")
        client.expect("^bootstrap done")
        for _ in servers:
            client.expect("^registered at")
        # Old and new accounts take more rows than there are, so that some are used again at once.
        left = [line.split()[-1] for line in client.log if line.startswith("de-registered from")]
        self.assertEqual(sorted(left), sorted(server.uri for server in servers), "each under its own name")
        for server in servers:
            for _ in range(2):
                server.expect(r" registered +replaced ")
            lines = [line for line in server.log if " registered " in line and "replaced" in line]
            self.assertEqual(len(lines), 2, "nothing was asked twice:\n" + "\n".join(server.log))

    def test_commands_from_a_pipe_or_file(self):
        file = self.folder() / "commands"
        file.write_text("# a remark\nset /3303/0/5700 9\nshow /3303/0/5700\nquit\n")
        with open(file) as commands:
            result = subprocess.run([LINNET, "client", "--endpoint", "file", self.server.uri], stdin=commands,
                                    capture_output=True, text=True, timeout=30)
        self.assertEqual(result.returncode, 0)
        self.assertRegex(result.stdout, r"registered at .*\n/3303/0/5700 is 9\n  /3303/0/5700  Sensor Value  9\nde-registered")
        self.assertNotIn("linnet>", result.stdout)
        code, out, _ = run("client", "--endpoint", "pipe", self.server.uri, stdin="quit\n")
        self.assertEqual(code, 0)
        self.assertIn("de-registered", out)

    def test_an_endpoint_name_must_be_what_it_says(self):
        for name, reason in (("urn:imei:12", "urn:imei:<15 digits>"), ("urn:uuid:x", "urn:uuid:f81d4fae"), ("a\nb", "printable"),
                             ("x" * 256, "at most 255 bytes")):
            code, _, err = run("client", "--endpoint", name, self.server.uri)
            self.assertEqual(code, 2)
            self.assertIn(reason, err)

    def test_model_check_tells_what_a_new_version_breaks(self):
        folder = self.folder()
        text = pathlib.Path(MODELS, "3303_temperature_1.1.xml").read_text()
        changed = folder / "3303_next.xml"
        changed.write_text(text.replace("<ObjectVersion>1.1<", "<ObjectVersion>1.2<").replace(":3303:1.1<", ":3303:1.2<")
                           .replace("<Name>Sensor Value<", "<Name>Reading<"))
        code, out, _ = run("model", "check", str(changed))
        self.assertEqual(code, 1)
        self.assertRegex(out, r'3303_next.xml:\d+: error: object 3303, resource 5700: the name is "Reading", '
                              r'it was "Sensor Value" in 1\.1 \(that needs version 2\.0\)')
        code, out, _ = run("model", "check", os.path.join(MODELS, "3303_temperature_1.1.xml"))
        self.assertEqual(code, 0)
        self.assertNotIn("warning", out)

    def test_an_end_of_input_does_not_end_the_device(self):
        client = self.start(Client, self.server, "stays")
        client.process.stdin.close()
        time.sleep(0.3)
        self.assertIsNone(client.process.poll())
        self.assertEqual(self.server.request("GET", "/api/v1/devices/stays")[0], 200)
        client.signal(signal.SIGTERM)
        self.assertEqual(client.wait(), 0)
        self.assertEqual(client.log[-1].split()[0], "de-registered")

    def test_a_terminal_has_a_prompt(self):
        master, slave = pty.openpty()
        process = subprocess.Popen([LINNET, "client", "--endpoint", "terminal", self.server.uri],
                                   stdin=slave, stdout=slave, stderr=slave)
        os.close(slave)
        text = b""

        def read_until(mark):
            nonlocal text
            deadline = time.monotonic() + 20
            while mark not in text and time.monotonic() < deadline:
                if select.select([master], [], [], 0.2)[0]:
                    try:
                        text += os.read(master, 4096)
                    except OSError:
                        break
            self.assertIn(mark, text)

        try:
            read_until(b"registered at")
            read_until(b"linnet> ")
            os.write(master, b"show /3/0/0\n")
            read_until(b"Manufacturer")
            os.write(master, b"\x04")  # Ctrl-D
            self.assertEqual(process.wait(20), 0)
        finally:
            if process.poll() is None:
                process.kill()
                process.wait()
            os.close(master)

    def test_versions_register_side_by_side(self):
        for version in ("1.0", "1.1", "1.2"):
            with self.subTest(version=version):
                self.start(Client, self.server, f"v{version}", "--version", version)
                device = self.server.request("GET", f"/api/v1/devices/v{version}")[1]
                self.assertEqual(device["version"], version)
                status, result = self.server.operate(f"v{version}", op="read", path="/3/0")
                self.assertEqual((status, result["code"]), (200, "2.05"))
                self.assertIn("/3/0/0", {v["path"] for v in result["values"]})

    def test_several_servers(self):
        other = self.start(Server)
        client = self.start(Process, "client", "--no-prompt", "--endpoint", "both", self.server.uri, other.uri)
        client.expect("^registered at")
        client.expect("^registered at")
        for server in (self.server, other):
            self.assertEqual(server.request("GET", "/api/v1/devices/both")[0], 200)

    def test_reboot_registers_again(self):
        client = self.start(Client, self.server, "reboots")
        self.assertEqual(self.server.operate("reboots", op="execute", path="/3/0/4")[1]["code"], "2.04")
        client.expect("asked for a reboot")
        client.expect("^registered at")

    def test_mistakes_are_explained(self):
        for arguments, code, words in ((["http://host"], 2, "scheme is not coap"), (["coap://"], 2, "not the URI of a server"),
                                       (["127.0.0.1"], 2, "coaps://example.org"), (["coaps://127.0.0.1"], 2, "needs credentials"),
                                       (["coaps+tcp://127.0.0.1"], 2, "not supported"),
                                       (["coap://no.such.host.invalid"], 6, "cannot find the host"),
                                       (["--version", "2.0", "coap://127.0.0.1"], 2, "use 1.0, 1.1 or 1.2"),
                                       (["--format", "xml", "coap://127.0.0.1"], 2, "there is no format"),
                                       (["--lifetime", "-1", "coap://127.0.0.1"], 2, "lifetime"),
                                       ([], 2, "name a server")):
            with self.subTest(arguments=arguments):
                got, out, err = run("client", *arguments)
                self.assertEqual(got, code, err)
                self.assertIn(words, err)

    def test_a_server_that_is_not_there_is_told(self):
        client = self.start(Client, "coap://127.0.0.1:1", "alone", wait=False)
        client.expect("registering at coap://127.0.0.1:1")
        client.expect("no answer from coap://127.0.0.1:1 so far. Is a server running there")
        client.signal(signal.SIGTERM)
        self.assertEqual(client.wait(), 0)


class FleetTest(LinnetTest):
    def test_devices_register_answer_and_leave(self):
        server = self.start(Server)
        fleet = self.start(Process, "fleet", "--devices", "50", "--rate", "1000", "--server", server.uri,
                           "--prefix", "f-", "--report", "0.2", "--interval", "0.5")
        fleet.expect("50 of 50 registered")
        code, out, _ = server.run("device", "read", "f-37", "/3/0/2")
        self.assertEqual((code, out), (0, "/3/0/2  Serial Number  37\n"))
        code, out, err = server.run("device", "observe", "--count", "2", "f-12", "/3303/0/5700")
        self.assertEqual((code, len(out.splitlines())), (0, 2), err)
        fleet.signal(signal.SIGTERM)
        self.assertEqual(fleet.wait(), 0)
        self.assertEqual(server.request("GET", "/readyz")[1]["registrations"], 0)


class DecodeTest(LinnetTest):
    def decode(self, *arguments, code=0, stdin=""):
        got, out, err = run("decode", *arguments, stdin=stdin)
        self.assertEqual(got, code, out + err)
        return out if code != 2 else err

    def test_a_registration(self):
        out = self.decode("44 02 12 34 a1 b2 c3 d4 b2 72 64 11 28 34 65 70 3d 61 ff 3c 2f 33 2f 30 3e 3b 76 65 72 3d 31 2e 31")
        self.assertIn("CON POST mid=4660 token=a1b2c3d4 Uri-Path:rd", out)
        self.assertIn("Uri-Query:ep=a", out)
        self.assertRegex(out, r"</3/0> +ver=1\.1\n")

    def test_payloads(self):
        self.assertRegex(self.decode("--format", "tlv", "--path", "/3/0", "c8 00 06 4c 69 6e 6e 65 74"),
                         r"/3/0/0 +Manufacturer +string +Linnet\n")
        # SenML JSON: [{"bn":"/3303/0/","n":"5700","v":21.5}]
        out = self.decode("--format", "110", '[{"bn":"/3303/0/","n":"5700","v":21.5}]'.encode().hex())
        self.assertRegex(out, r"/3303/0/5700 +Sensor Value +float +21\.5\n")
        self.assertIn("6162", self.decode("--format", "4711", "6162"))

    def test_standard_input(self):
        self.assertIn("ACK Empty mid=1", self.decode("-", stdin="0x60 0x00\n00:01\n"))

    def test_what_is_wrong(self):
        self.assertIn("malformed", self.decode("ff ff", code=1))
        self.assertIn("not hex", self.decode("zz", code=2))
        self.assertIn("not hex", self.decode("123", code=2))
        self.assertIn("no bytes", self.decode("-", code=2))
        self.assertIn("not a path", self.decode("--format", "tlv", "--path", "x", "00", code=2))
        self.assertIn("then it is", self.decode("--format", "tlv", "--path", "/3/0", "c1 00 41 c8 01"))


class ModelTest(LinnetTest):
    def test_list_and_show(self):
        code, out, _ = run("model", "list", "--models", MODELS)
        self.assertEqual(code, 0)
        self.assertRegex(out, r"3303 +1\.\d +Temperature")
        code, out, _ = run("model", "show", "3", "--version", "1.0", "--models", MODELS)
        self.assertEqual(code, 0)
        self.assertRegex(out, r"^/3  Device  1\.0")
        self.assertRegex(out, r"9 +Battery Level +integer +R")
        code, _, err = run("model", "show", "12345", "--models", MODELS)
        self.assertEqual(code, 5)
        self.assertIn("--models", err)
        self.assertEqual(run("model", "show", "lamp", "--models", MODELS)[0], 2)

    def test_check(self):
        folder = self.folder()
        good = next(f for f in sorted(os.listdir(MODELS)) if f.endswith(".xml"))
        code, out, _ = run("model", "check", os.path.join(MODELS, good))
        self.assertEqual((code, out.splitlines()[-1]), (0, os.path.join(MODELS, good) + ": good"))
        bad = folder / "bad.xml"
        bad.write_text("<LWM2M><Object></Object></LWM2M>")
        code, out, _ = run("model", "check", str(bad))
        self.assertEqual(code, 1)
        self.assertRegex(out, rf"{bad}:1: error: ")
        self.assertEqual(run("model", "check", "/no/such.xml")[0], 2)


class CompletionTest(LinnetTest):
    def complete(self, *words, **environment):
        code, out, _ = run("__complete", *words, **environment)
        self.assertEqual(code, 0)
        return out.split()

    def test_scripts(self):
        for shell in ("bash", "zsh", "fish"):
            code, out, _ = run("completion", shell)
            self.assertEqual(code, 0)
            self.assertIn("__complete", out)
        self.assertEqual(run("completion", "csh")[0], 2)

    def test_words(self):
        self.assertEqual(self.complete("dev"), ["device"])
        self.assertNotIn("__complete", self.complete(""))
        self.assertIn("list", self.complete("device", ""))
        self.assertEqual(self.complete("device", "composite", "w"), ["write"])
        self.assertEqual(self.complete("client", "--life"), ["--lifetime"])
        self.assertEqual(self.complete("client", "--lifetime", ""), [])

    def test_endpoints(self):
        server = self.start(Server)
        self.start(Client, server, "urn:dev:os:32473-here")
        self.assertEqual(self.complete("device", "read", "urn", LINNET_SERVER=server.url), ["urn:dev:os:32473-here"])
        self.assertEqual(self.complete("device", "read", "", LINNET_SERVER="http://127.0.0.1:1"), [])

    def test_bash_completes(self):
        script = f'source <({LINNET} completion bash); COMP_WORDS=({LINNET} mod); COMP_CWORD=1; _linnet; echo "${{COMPREPLY[@]}}"'
        out = subprocess.run(["bash", "-c", script], capture_output=True, text=True, timeout=20).stdout
        self.assertEqual(out, "model\n")


class HelpTest(LinnetTest):
    def test_help_everywhere(self):
        for words in ([], ["server"], ["client"], ["fleet"], ["device"], ["device", "read"], ["device", "composite"], ["events"],
                      ["decode"], ["model"], ["completion"]):
            with self.subTest(words=words):
                code, out, _ = run(*words, "--help")
                self.assertEqual(code, 0)
                self.assertIn("Usage:", out)
        self.assertRegex(run("--version")[1], r"^linnet \d+\.\d+\.\d+\n$")
        self.assertIn("Exit codes", run("--help")[1])

    def test_usage_errors(self):
        for words in ([], ["dance"], ["device"], ["device", "read"], ["device", "read", "x"], ["server", "--colour"]):
            with self.subTest(words=words):
                code, out, err = run(*words)
                self.assertEqual(code, 2)
                self.assertEqual(out, "")
                self.assertIn("--help", err)
        for words in (["dance"], ["device", "dance"], ["device", "composite", "dance"]):
            with self.subTest(words=words):
                self.assertIn('there is no command "dance"', run(*words)[2])


if __name__ == "__main__":
    unittest.main(verbosity=2)
