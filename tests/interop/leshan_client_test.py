#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Eclipse Leshan's client against our server: every operation in every format both have."""
import unittest

from peers import LeshanClient, LinnetServer, eventually

MANY = ("tlv", "json", "senml-json", "senml-cbor")
SINGLE = ("text", "cbor", *MANY)
EP = "leshan-at-linnet"


class LeshanClientTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.server = LinnetServer()
        cls.events = cls.server.events()
        cls.client = LeshanClient(cls.server.uri, EP)
        cls.device = cls.server.registered(EP)

    @classmethod
    def tearDownClass(cls):
        cls.client.stop()
        cls.server.stop()

    def do(self, code="2.04", **operation):
        result = self.server.operate(EP, **operation)
        self.assertEqual(result.get("code"), code, f"{operation}: {result}")
        return result

    def values(self, **operation):
        return {v["path"]: v.get("value") for v in self.do("2.05", **operation).get("values", [])}

    def test_registration_shows_what_the_device_said(self):
        self.assertEqual(self.device["version"], "1.1")
        self.assertEqual(self.device["lifetime"], 300)
        objects = {o["object"]: o for o in self.device["objects"]}
        for id in (1, 3, 3303, 3311):
            self.assertIn(0, objects[id]["instances"])
        self.assertEqual(set(self.device["formats"]), {"cbor", "senml-json", "senml-cbor", "tlv", "json"})

    def test_read_resource_in_every_format(self):
        for format in (None, *SINGLE):
            with self.subTest(format=format):
                extra = {"format": format} if format else {}
                self.assertEqual(self.values(op="read", path="/3/0/0", **extra), {"/3/0/0": "Leshan peer"})

    def test_read_instance_object_and_multiple_resource(self):
        for format in (None, *MANY):
            with self.subTest(format=format):
                extra = {"format": format} if format else {}
                values = self.values(op="read", path="/3/0", **extra)
                self.assertEqual(values["/3/0/6/1"], 5)
                self.assertEqual(values["/3/0/7/0"], 3800)
                self.assertEqual(self.values(op="read", path="/3", **extra)["/3/0/9"], 95)
                self.assertEqual(self.values(op="read", path="/3/0/6", **extra), {"/3/0/6/0": 1, "/3/0/6/1": 5})

    def test_write_resource_in_every_format(self):
        for n, format in enumerate(SINGLE):
            with self.subTest(format=format):
                self.do(op="write", path="/3/0/15", value=f"Zone/{n}", format=format)
                self.assertEqual(self.values(op="read", path="/3/0/15")["/3/0/15"], f"Zone/{n}")

    def test_update_instance_in_every_format(self):
        for n, format in enumerate(MANY):
            with self.subTest(format=format):
                self.do(op="update", path="/3311/0", values={"5850": n % 2 == 0, "5851": 10 + n}, format=format)
                values = self.values(op="read", path="/3311/0")
                self.assertEqual((values["/3311/0/5850"], values["/3311/0/5851"]), (n % 2 == 0, 10 + n))

    def test_execute_with_arguments(self):
        self.do(op="execute", path="/3/0/4", arguments="0='now',2")
        self.client.event("executed", detail="/3/0/4 0='now',2")

    def test_discover_and_attributes(self):
        self.do(op="attributes", path="/3303/0/5700", attributes={"pmin": 1, "pmax": 20})
        links = {l["path"]: l.get("attributes", "") for l in self.do("2.05", op="discover", path="/3303/0")["links"]}
        self.assertIn("pmin=1", links["/3303/0/5700"])
        self.do(op="attributes", path="/3303/0/5700", attributes={"pmin": None, "pmax": None})

    def test_create_and_delete(self):
        created = self.do("2.01", op="create", path="/3311", values={"5850": True})["created"]
        self.assertRegex(created, r"^/3311/\d+$")
        eventually(lambda: created in [f"/3311/{i}" for o in self.server.device(EP)["objects"] if o["object"] == 3311 for i in o["instances"]],
                   "the new instance is registered")
        self.do("2.02", op="delete", path=created)

    def test_errors_of_the_device_are_results(self):
        self.do("4.04", op="read", path="/3399/0")
        self.do("4.05", op="write", path="/3/0/0", value="no")

    def test_observe_notify_cancel(self):
        for format in ("tlv", "senml-json", "senml-cbor", "text"):
            with self.subTest(format=format):
                self.do("2.05", op="observe", path="/3303/0/5700", format=format, keep=False)
                self.client.tell(f"set /3303/0/5700 {40 + len(format)}.5")
                self.events.expect(lambda e: e["type"] == "value" and any(
                    v["path"] == "/3303/0/5700" and v.get("value") == 40 + len(format) + 0.5 for v in e.get("values", [])))
                self.do("2.05", op="cancel", path="/3303/0/5700")

    def test_composites(self):
        for format in ("senml-json", "senml-cbor"):
            with self.subTest(format=format):
                values = self.values(op="read-composite", paths=["/3/0/0", "/3303/0/5701"], format=format)
                self.assertEqual(values, {"/3/0/0": "Leshan peer", "/3303/0/5701": "Cel"})
                self.do(op="write-composite", values={"/3/0/15": "C", "/3311/0/5851": 77}, format=format)
                self.assertEqual(self.values(op="read", path="/3311/0/5851")["/3311/0/5851"], 77)

    def test_observe_composite(self):
        self.do("2.05", op="observe-composite", paths=["/3303/0/5700", "/3303/0/5701"], keep=False)
        self.client.tell("set /3303/0/5700 91.5")
        self.events.expect(lambda e: e["type"] == "value" and {v["path"]: v.get("value") for v in e.get("values", [])}.get("/3303/0/5700") == 91.5)

    def test_send(self):
        for number in (110, 112):
            self.client.tell(f"send {number} /3303/0/5700 /3/0/0")
            event = self.events.expect(lambda e: e["type"] == "send")
            self.assertIn("/3/0/0", {v["path"] for v in event["values"]})
            self.client.event("send")

    def test_long_values_go_and_come_in_blocks(self):
        text = "y" * 5000
        self.do(op="write", path="/3/0/15", value=text, format="text")
        self.assertEqual(self.values(op="read", path="/3/0/15")["/3/0/15"], text)

    def test_update(self):
        self.client.tell("update")
        self.events.expect(lambda e: e["type"] == "updated" and e["endpoint"] == EP)


class DeregistrationTest(unittest.TestCase):
    def test_a_stopping_client_is_gone_at_once(self):
        server = LinnetServer()
        self.addCleanup(server.stop)
        client = LeshanClient(server.uri, "gone")
        self.addCleanup(client.stop)
        server.registered("gone")
        client.event("registered")  # it only de-registers what it knows to be registered
        client.tell("stop")
        eventually(lambda: server.device("gone") is None, "the registration is gone")


if __name__ == "__main__":
    unittest.main(verbosity=2)
