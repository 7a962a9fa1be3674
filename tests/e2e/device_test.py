#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""linnet device, against a real server with a real device: each operation, its output, its exit code."""
import json
import signal
import time
import unittest

from linnet_process import Client, LinnetTest, Process, Server, run

EP = "urn:dev:os:32473-e2e"


class DeviceTest(LinnetTest):
    @classmethod
    def setUpClass(cls):
        cls.server = Server()
        cls.client = Client(cls.server, EP)

    @classmethod
    def tearDownClass(cls):
        cls.client.stop()
        cls.server.stop()

    def do(self, *words, code=0):
        """Standard output of `linnet device WORDS`, which must end with `code`; standard error if it is not 0."""
        got, out, err = self.server.run("device", *words)
        self.assertEqual(got, code, f"{words}: {out}{err}")
        if code == 0:
            self.assertEqual(err, "")
            return out
        self.assertTrue(err.startswith("linnet: "), err)
        return err

    def set(self, path, value):
        self.client.tell(f"set {path} {value}")
        self.client.expect(f"^{path} is {value}")

    def read(self, path):
        return {v["path"]: v.get("value") for v in json.loads(self.do("read", "--json", EP, path))["values"]}

    def test_list_shows_a_table(self):
        lines = self.do("list").splitlines()
        self.assertRegex(lines[0], r"^ENDPOINT +STATE +ADDRESS +SECURED BY +LWM2M +LIFETIME")
        self.assertRegex(lines[1], rf"^{EP} +registered +127\.0\.0\.1:\d+ +- +1\.2 +300 s +")
        self.assertIn("No device matches", self.do("list", "--search", "nobody"))
        self.assertIn(EP, self.do("list", "--search", "E2E", "--object", "3303", "--sort", "-updated"))
        self.assertEqual(json.loads(self.do("list", "--json"))["total"], 1)

    def test_show_names_objects(self):
        out = self.do("show", EP)
        self.assertRegex(out, r"LwM2M +1\.2, binding U\n")
        self.assertRegex(out, r"/3303 +Temperature +\S+ +instances 0\n")
        self.assertEqual(json.loads(self.do("show", "--json", EP))["endpoint"], EP)

    def test_read_shows_names_values_and_units(self):
        self.set("/3303/0/5700", "21.5")
        self.assertEqual(self.do("read", EP, "/3303/0/5700"), "/3303/0/5700  Sensor Value  21.5\n")
        self.set("/3/0/9", "77")
        self.assertEqual(self.do("read", EP, "/3/0/9"), "/3/0/9  Battery Level  77 %\n")
        out = self.do("read", EP, "/3/0")
        self.assertRegex(out, r"/3/0/0 +Manufacturer +Linnet\n")
        self.assertRegex(out, r"/3/0/13 +Current Time +20\d\d-\d\d-\d\d ")
        # Aligned: every name starts in the same column.
        self.assertEqual(len({line.index(line.split()[1]) for line in out.splitlines()}), 1)

    def test_read_in_every_format(self):
        for format in ("tlv", "senml-json", "senml-cbor", "json", "lwm2m-cbor", "11542"):
            with self.subTest(format=format):
                result = json.loads(self.do("read", "--json", "--format", format, EP, "/3311/0"))
                self.assertEqual(result["format"], "tlv" if format == "11542" else format)
                self.assertIn("/3311/0/5850", {v["path"] for v in result["values"]})
        for format in ("text", "cbor"):
            self.assertIn("Linnet", self.do("read", "--format", format, EP, "/3/0/0"))

    def test_write_resource(self):
        self.assertEqual(self.do("write", EP, "/3/0/14", "+02:00"), "2.04 Changed\n")
        self.assertEqual(self.read("/3/0/14"), {"/3/0/14": "+02:00"})
        self.do("write", EP, "/3311/0/5850", "true")
        self.do("write", EP, "/3311/0/5851", "33")
        self.assertEqual(self.read("/3311/0")["/3311/0/5850"], True)
        self.assertEqual(self.read("/3311/0")["/3311/0/5851"], 33)

    def test_write_several_resources(self):
        self.do("write", "--update", EP, "/3311/0", "5850=false", "5851=12", "5706=#00ff00")
        values = self.read("/3311/0")
        self.assertEqual((values["/3311/0/5850"], values["/3311/0/5851"], values["/3311/0/5706"]), (False, 12, "#00ff00"))

    def test_push_firmware(self):
        package = self.folder() / "image.bin"
        package.write_bytes(bytes(range(256)) * 160)
        self.assertIn("4.05", self.do("execute", EP, "/5/0/2", code=1))
        self.assertEqual(self.do("write", EP, "/5/0/0", f"@{package}"), "2.04 Changed\n")
        self.client.expect("firmware: the package is here")
        self.assertEqual(self.read("/5/0/3"), {"/5/0/3": 2})
        self.assertEqual(self.do("execute", EP, "/5/0/2"), "2.04 Changed\n")
        self.client.expect(r"firmware: version 1\.0\.1 is running")
        self.assertEqual(self.read("/5/0/5"), {"/5/0/5": 1})
        self.assertEqual(self.read("/3/0/3"), {"/3/0/3": "1.0.1"})

    def test_execute(self):
        self.assertEqual(self.do("execute", EP, "/3/0/12"), "2.04 Changed\n")
        self.client.expect("executed /3/0/12")
        self.assertIn("4.05", self.do("execute", EP, "/3/0/0", code=1))

    def test_create_read_and_delete(self):
        out = self.do("create", EP, "/3311", "5850=true", "5851=5")
        path = out.removeprefix("2.01 Created: ").strip()
        self.assertRegex(path, r"^/3311/\d+$")
        self.assertEqual(self.read(path)[path + "/5851"], 5)
        self.assertEqual(self.do("delete", EP, path), "2.02 Deleted\n")
        self.assertIn("4.04", self.do("read", EP, path, code=1))
        self.do("create", EP, "/3311/7", "5850=false")
        self.assertIn("4.00", self.do("create", EP, "/3311/7", "5850=false", code=1))
        self.do("delete", EP, "/3311/7")

    def test_discover_and_attributes(self):
        self.assertRegex(self.do("discover", EP, "/3303"), r"/3303/0/5700 +Sensor Value")
        self.assertEqual(self.do("attributes", EP, "/3303/0/5601", "pmin=1", "pmax=60", "gt=30.5"), "2.04 Changed\n")
        self.assertRegex(self.do("discover", EP, "/3303/0/5601"), r"pmin=1;pmax=60;gt=30\.5")
        self.do("attributes", EP, "/3303/0/5601", "pmin=", "pmax=", "gt=")
        self.assertNotIn("pmin", self.do("discover", EP, "/3303/0/5601"))

    def test_composite_read_and_write(self):
        self.do("composite", "write", EP, "/3/0/15=Europe/Berlin", "/3311/0/5851=44")
        out = self.do("composite", "read", EP, "/3/0/15", "/3311/0/5851")
        self.assertRegex(out, r"/3/0/15 +Timezone +Europe/Berlin\n")
        self.assertRegex(out, r"/3311/0/5851 +Dimmer +44 %\n")
        # All or nothing.
        self.assertIn("4.05", self.do("composite", "write", EP, "/3/0/15=Half", "/3/0/0=x", code=1))
        self.assertEqual(self.read("/3/0/15"), {"/3/0/15": "Europe/Berlin"})

    def test_observe_follows_until_ctrl_c(self):
        self.set("/3303/0/5700", "20")
        follower = self.start(Process, "device", "observe", "--server", self.server.url, EP, "/3303/0/5700")
        follower.expect(r"/3303/0/5700 +Sensor Value +20$")
        self.set("/3303/0/5700", "25.5")
        follower.expect(r"^\d\d:\d\d:\d\d +/3303/0/5700 +Sensor Value +25\.5$")
        self.assertIn("/3303/0/5700", self.do("show", EP))
        follower.signal(signal.SIGINT)
        self.assertEqual(follower.wait(), 0)
        self.assertNotIn("observed", self.do("show", EP))

    def test_observe_counts_and_keeps(self):
        self.do("observe", "--count", "1", "--keep", EP, "/3/0/9")
        self.assertIn("observed", self.do("show", EP))
        self.assertRegex(self.do("cancel", EP, "/3/0/9"), r"/3/0/9 +Battery Level|2\.05 Content")
        self.assertNotIn("observed", self.do("show", EP))

    def test_observe_leaves_what_was_observed_before(self):
        self.do("observe", "--count", "1", "--keep", EP, "/4/0/2")
        out = self.do("observe", "--count", "1", EP, "/4/0/2")
        self.assertIn("was there before", out)
        self.assertIn("/4/0/2", self.do("show", EP).split("observed\n")[1])
        self.do("cancel", EP, "/4/0/2")

    def test_composite_observe(self):
        follower = self.start(Process, "device", "composite", "observe", "--server", self.server.url, "--json",
                              "--count", "2", EP, "/3303/0/5700", "/3/0/9")
        follower.expect('"initial":true')
        self.set("/3303/0/5700", "18.25")
        follower.expect("18.25")
        self.assertEqual(follower.wait(), 0)

    def test_values_are_checked_before_they_travel(self):
        self.assertIn("is not an integer", self.do("write", EP, "/3311/0/5851", "bright", code=2))
        self.assertIn("not a path", self.do("read", EP, "3//0", code=2))
        self.assertIn("should be like", self.do("write", EP, "/3311/0", "bright", code=2))
        self.assertIn("no such format", self.do("read", "--format", "xml", EP, "/3", code=2))
        self.assertIn("no such attribute", self.do("attributes", EP, "/3", "colour=1", code=2))
        self.assertIn("no type", self.do("write", "--type", "colour", EP, "/9999/0/0", "red", code=2))

    def test_unknown_path_and_device(self):
        self.assertIn("4.04 Not Found", self.do("read", EP, "/9999", code=1))
        self.assertIn("no device \"nobody\" is registered", self.do("read", "nobody", "/3", code=5))
        self.assertIn("nothing is observed", self.do("cancel", EP, "/4/0/2", code=5))


class TroubleTest(LinnetTest):
    def test_device_that_does_not_answer(self):
        server = self.start(Server)
        client = self.start(Client, server, "silent")
        client.process.kill()
        client.wait()
        started = time.monotonic()
        code, _, err = server.run("device", "read", "--deadline", "1", "silent", "/3")
        self.assertEqual(code, 3, err)
        self.assertLess(time.monotonic() - started, 5)
        self.assertRegex(err, "device")

    def test_kick_makes_a_device_register_again(self):
        server = self.start(Server)
        client = self.start(Client, server, "kicked")
        code, out, _ = server.run("device", "kick", "kicked")
        self.assertEqual((code, out), (0, "The registration of kicked is ended.\n"))
        self.assertIn("No device is registered", server.run("device", "list")[1])
        client.tell("update")
        client.expect("lost")
        client.expect("^registered at")

    def test_no_server(self):
        code, _, err = run("device", "list", "--server", "http://127.0.0.1:1")
        self.assertEqual(code, 4)
        self.assertIn("linnet server", err)
        code, _, err = run("device", "list", "--server", "gopher://x")
        self.assertEqual(code, 2)
        self.assertIn("http://127.0.0.1:8080", err)


if __name__ == "__main__":
    unittest.main(verbosity=2)
