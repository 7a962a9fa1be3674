#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Our client against Eclipse Leshan's server: every operation in every format both have."""
import unittest

from peers import LeshanServer, LinnetClient

TEXT, OPAQUE, CBOR, SENML_JSON, SENML_CBOR, TLV, JSON10 = 0, 42, 60, 110, 112, 11542, 11543
MANY = (TLV, JSON10, SENML_JSON, SENML_CBOR)
SINGLE = (TEXT, CBOR, TLV, JSON10, SENML_JSON, SENML_CBOR)
EP = "linnet-at-leshan"


class LeshanServerTest(unittest.TestCase):
    temperature = 100.5  # another one for each notification

    @classmethod
    def setUpClass(cls):
        cls.server = LeshanServer()
        cls.client = LinnetClient(cls.server.uri, EP, "--version", "1.1", "--lifetime", "120")
        cls.registration = cls.server.event("registered", ep=EP)

    @classmethod
    def tearDownClass(cls):
        cls.client.stop()
        cls.server.stop()

    def ask(self, op, code, **members):
        answer = self.server.operate(EP, op, **members)
        self.assertEqual(answer.get("code"), code, f"{op} {members}: {answer}")
        return answer

    def test_registration_tells_lifetime_version_and_objects(self):
        self.assertEqual(self.registration["lifetime"], 120)
        self.assertEqual(self.registration["version"], "1.1")
        links = " ".join(self.registration["links"])
        for link in ("</1/0>", "</3/0>", "</3303/0>", "</3311/0>"):
            self.assertIn(link, links)
        self.assertNotIn("</0", links)

    def test_read_resource_in_every_format(self):
        for format in SINGLE:
            with self.subTest(format=format):
                values = self.ask("read", 205, path="/3/0/16", format=format)["values"]
                self.assertEqual(values, {"/3/0/16": "U"})

    def test_read_instance_and_object_in_every_format(self):
        for format in MANY:
            for path in ("/3/0", "/3", "/3303"):
                with self.subTest(format=format, path=path):
                    values = self.ask("read", 205, path=path, format=format)["values"]
                    self.assertIn("/3303/0/5700" if "3303" in path else "/3/0/16", values)

    def test_all_formats_tell_the_same(self):
        self.client.tell("set /3303/0/5700 21.5")
        answers = [self.ask("read", 205, path="/3311/0", format=f)["values"] for f in MANY]
        for other in answers[1:]:
            self.assertEqual(answers[0], other)

    def test_write_resource_in_every_format(self):
        for n, format in enumerate(SINGLE):
            with self.subTest(format=format):
                self.ask("write", 204, path="/3/0/15", format=format, value=f"Zone/{n}")
                self.assertEqual(self.ask("read", 205, path="/3/0/15", format=TEXT)["values"]["/3/0/15"], f"Zone/{n}")

    def test_write_instance_partially_in_every_format(self):
        for n, format in enumerate(MANY):
            with self.subTest(format=format):
                self.ask("write", 204, path="/3/0", format=format, replace=False, values={"14": f"+0{n}:00", "15": f"Z{n}"})
                values = self.ask("read", 205, path="/3/0", format=TLV)["values"]
                self.assertEqual((values["/3/0/14"], values["/3/0/15"]), (f"+0{n}:00", f"Z{n}"))

    def test_booleans_and_integers_of_the_lamp(self):
        self.ask("write", 204, path="/3311/0", format=SENML_CBOR, replace=False, values={"5850": True, "5851": 42})
        values = self.ask("read", 205, path="/3311/0", format=TLV)["values"]
        self.assertEqual((values["/3311/0/5850"], values["/3311/0/5851"]), (True, 42))

    def test_execute(self):
        self.ask("execute", 204, path="/3/0/12")
        self.ask("execute", 405, path="/3/0/0")

    def test_discover(self):
        links = self.ask("discover", 205, path="/3303/0")["links"]
        self.assertIn("</3303/0/5700>", links)
        self.ask("discover", 404, path="/3399")

    def test_attributes_show_in_discover(self):
        self.ask("attributes", 204, path="/3303/0/5700", attributes="pmin=1&pmax=30&gt=50")
        links = " ".join(self.ask("discover", 205, path="/3303/0/5700")["links"])
        for text in ("pmin=1", "pmax=30", "gt=50"):
            self.assertIn(text, links)
        self.ask("attributes", 204, path="/3303/0/5700", attributes="pmin&pmax&gt")
        self.assertNotIn("gt", " ".join(self.ask("discover", 205, path="/3303/0/5700")["links"]))

    def test_create_and_delete_in_every_format(self):
        for n, format in enumerate(MANY):
            with self.subTest(format=format):
                answer = self.ask("create", 201, path="/3311", format=format, instance=10 + n, values={"5850": True})
                # Leshan tells a location only if the server chose the instance id.
                self.assertEqual(self.ask("read", 205, path=f"/3311/{10 + n}/5850", format=TLV)["values"][f"/3311/{10 + n}/5850"], True)
                self.ask("delete", 202, path=f"/3311/{10 + n}")
                self.ask("read", 404, path=f"/3311/{10 + n}", format=TLV)
        location = self.ask("create", 201, path="/3311", format=TLV, values={"5850": False})["location"]
        self.assertRegex(location, r"^/?3311/\d+$")
        self.ask("delete", 202, path="/" + location.lstrip("/"))

    def test_observe_notify_and_both_cancels(self):
        for active in (False, True):
            for format in (TLV, SENML_JSON, SENML_CBOR, TEXT):
                with self.subTest(active=active, format=format):
                    self.ask("observe", 205, path="/3303/0/5700", format=format)
                    LeshanServerTest.temperature += 1
                    self.client.tell(f"set /3303/0/5700 {self.temperature}")
                    self.server.event("notification", ep=EP, path="/3303/0/5700", values={"/3303/0/5700": self.temperature})
                    answer = self.server.operate(EP, "cancel", path="/3303/0/5700", active=active)
                    self.assertIn(answer.get("code"), (0, 205), answer)

    def test_composites(self):
        for format in (SENML_JSON, SENML_CBOR):
            with self.subTest(format=format):
                values = self.ask("read-composite", 205, format=format, paths=["/3/0/16", "/3303/0/5701", "/3399/0"])["values"]
                self.assertEqual(values.get("/3/0/16"), "U")
                self.assertEqual(values.get("/3303/0/5701"), "Cel")
                self.ask("write-composite", 204, format=format, values={"/3/0/15": "Composite", "/3311/0/5851": 7})
                self.assertEqual(self.ask("read", 205, path="/3311/0/5851", format=TEXT)["values"]["/3311/0/5851"], 7)
                # All or nothing: the second cannot be written, so the first is not.
                self.ask("write-composite", 405, format=format, values={"/3/0/15": "Half", "/3/0/16": "T"})
                self.assertEqual(self.ask("read", 205, path="/3/0/15", format=TEXT)["values"]["/3/0/15"], "Composite")

    def test_observe_composite(self):
        self.ask("observe-composite", 205, format=SENML_CBOR, paths=["/3303/0/5700", "/3/0/15"])
        self.client.tell("set /3303/0/5700 77.25")
        event = self.server.event("notification", ep=EP, path="composite")
        self.assertIn("/3/0/15", event["values"])

    def test_send(self):
        self.client.tell("set /3303/0/5700 5.5")
        self.client.tell("send /3303/0/5700 /3/0/16")
        event = self.server.event("send", ep=EP)
        self.assertEqual(event["values"]["/3/0/16"], "U")
        self.assertEqual(event["values"]["/3303/0/5700"], 5.5)

    def test_long_answers_come_in_blocks(self):
        values = self.ask("read-composite", 205, format=SENML_JSON, paths=["/"])["values"]
        for path in ("/1/0/0", "/3/0/16", "/4/0/0", "/6/0/0", "/3303/0/5700", "/3311/0/5850"):
            self.assertIn(path, values)
        self.assertNotIn("/0/0/0", values)

    def test_long_requests_come_in_blocks(self):
        # Three blocks arrive and are understood as one value, which is longer than a time zone may be;
        # one that cannot be taken at all is refused while it comes.
        self.ask("write", 400, path="/3/0/15", format=TEXT, value="x" * 3000)
        self.ask("write", 413, path="/3/0/15", format=TEXT, value="x" * 300000)

    def test_objects_0_and_21_are_nobodys_business(self):
        for path in ("/0", "/0/0", "/0/0/5", "/21"):
            self.ask("read", 401, path=path, format=TLV)

    def test_update_trigger_brings_an_update(self):
        self.ask("execute", 204, path="/1/0/8")
        self.server.event("updated", ep=EP)

    def test_lifetime_takes_effect_at_once(self):
        self.ask("write", 204, path="/1/0/1", format=TLV, value=240)
        self.server.event("updated", ep=EP, lifetime=240)


class DeregistrationTest(unittest.TestCase):
    def test_sigterm_deregisters(self):
        server = LeshanServer()
        self.addCleanup(server.stop)
        client = LinnetClient(server.uri, "short-lived", "--version", "1.0")
        server.event("registered", ep="short-lived")
        client.stop()
        self.assertFalse(server.event("unregistered", ep="short-lived")["expired"])


if __name__ == "__main__":
    unittest.main(verbosity=2)
