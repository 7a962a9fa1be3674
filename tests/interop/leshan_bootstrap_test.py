#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Bootstrap with Eclipse Leshan: its server and our client, our server and its client."""
import pathlib
import tempfile
import unittest

from peers import LeshanBootstrap, LeshanClient, LeshanServer, LinnetClient, LinnetServer, eventually

TLV, JSON10, SENML_JSON, SENML_CBOR = 11542, 11543, 110, 112
CONTENT, DELETED, CHANGED, NOT_ACCEPTABLE = 205, 202, 204, 406
BAD_REQUEST = 400
READ, ALL_RIGHTS = 1, 15


def account(uri, short_id, lifetime=300):
    """An instance of object 0 and one of object 1, as Leshan's BootstrapConfig has them."""
    return ({"uri": uri, "securityMode": "NO_SEC", "serverId": short_id},
            {"shortId": short_id, "lifetime": lifetime, "binding": ["U"]})


def configuration(*accounts, delete=("/0", "/1"), **more):
    """The accounts are the instances 1, 2 and so on."""
    return {"toDelete": list(delete),
            "security": {str(n): security for n, (security, _) in enumerate(accounts, 1)},
            "servers": {str(n): server for n, (_, server) in enumerate(accounts, 1)}, **more}


def right(object, instance, owner, **acl):
    return {"objectId": object, "objectInstanceId": instance, "AccessControlOwner": owner,
            "acls": {key[1:]: value for key, value in acl.items()}}


def steps(session):
    """What was asked and answered."""
    return [(e["op"], e.get("path"), e["code"]) for e in session if e["event"] == "answered"]


def instances(device, object):
    return [o["instances"] for o in device["objects"] if o["object"] == object][0]


class LeshanBootstrapServerTest(unittest.TestCase):
    """Our client at Leshan's bootstrap server, then at our server."""

    @classmethod
    def setUpClass(cls):
        cls.bootstrap = LeshanBootstrap()
        cls.addClassCleanup(cls.bootstrap.stop)
        cls.server = LinnetServer()
        cls.addClassCleanup(cls.server.stop)

    def client(self, endpoint, *options):
        client = LinnetClient(None, endpoint, "--interval", "0", "--bootstrap", self.bootstrap.uri, *options)
        self.addCleanup(client.stop)
        return client

    def test_a_device_of_each_version_gets_its_server(self):
        for version in ("1.0", "1.1", "1.2"):
            with self.subTest(version=version):
                endpoint = "new-" + version
                self.bootstrap.configure(endpoint, configuration(account(self.server.uri, 101, 77)))
                self.client(endpoint, "--version", version)
                session = self.bootstrap.session(endpoint)
                self.assertEqual(session[0]["event"], "requested")
                self.assertEqual(session[0].get("pct"), None if version == "1.0" else TLV)
                self.assertEqual(steps(session), [
                    ("delete", "/0", DELETED), ("delete", "/1", DELETED), ("write", "/0/1", CHANGED),
                    ("write", "/1/1", CHANGED), ("finish", None, CHANGED)])
                self.assertEqual(session[-1]["event"], "finished")
                device = self.server.registered(endpoint)
                self.assertEqual((device["lifetime"], device["version"]), (77, version))

    def test_every_format_and_delete_of_everything(self):
        for format in (TLV, JSON10, SENML_JSON, SENML_CBOR):
            with self.subTest(format=format):
                endpoint = f"format-{format}"
                self.bootstrap.configure(endpoint, configuration(account(self.server.uri, 101, 78), delete=["/"]), format=format)
                self.client(endpoint, "--version", "1.1")
                session = self.bootstrap.session(endpoint)
                self.assertEqual({e["format"] for e in session if e.get("op") == "write"}, {format})
                self.assertEqual([code for _, _, code in steps(session)], [DELETED, CHANGED, CHANGED, CHANGED])
                self.assertEqual(self.server.registered(endpoint)["lifetime"], 78)

    def test_the_server_looks_first(self):
        # Leshan looks for the account of the bootstrap server and leaves its instance alone.
        self.bootstrap.configure("looks", configuration(account(self.server.uri, 101), autoIdForSecurityObject=True))
        self.client("looks", "--version", "1.1")
        session = self.bootstrap.session("looks")
        links = session[1]["links"]
        self.assertEqual(links[0], "</>;lwm2m=1.1")
        self.assertIn("</1>", " ".join(links))
        self.assertTrue(any(link.startswith("</0/0>") and "ssid" not in link for link in links), links)
        self.assertEqual(steps(session)[0], ("discover", "/", CONTENT))
        self.assertEqual(session[-1]["event"], "finished")
        self.server.registered("looks")

    def test_the_account_of_the_bootstrap_server_is_written_again(self):
        # Leshan's own front end gives it a Short Server ID.
        config = configuration(account(self.server.uri, 101))
        config["security"]["0"] = {"uri": self.bootstrap.uri, "bootstrapServer": True, "securityMode": "NO_SEC", "serverId": 111}
        self.bootstrap.configure("again", config)
        client = self.client("again", "--version", "1.1")
        self.assertEqual(self.bootstrap.session("again")[-1]["event"], "finished")
        self.server.registered("again")
        # It is there for another time.
        self.bootstrap.configure("again", configuration(account(self.server.uri, 101, 79)))
        self.assertEqual(self.server.operate("again", op="execute", path="/1/1/9")["code"], "2.04")
        self.assertEqual(self.bootstrap.session("again")[-1]["event"], "finished")
        client.expect(lambda line: line.startswith("registered") and "lifetime 79" in line)

    def test_without_a_configuration(self):
        client = self.client("stranger")
        self.assertIn("4.00", client.expect(lambda line: "failed" in line))

    def test_accounts_and_rights_come_and_go(self):
        endpoint = "two-servers"
        other = LeshanServer()
        self.addCleanup(other.stop)
        store = pathlib.Path(tempfile.mkdtemp(prefix="linnet"))
        self.addCleanup(lambda: [file.unlink() for file in store.iterdir()] and store.rmdir())
        options = ("--version", "1.1", "--store", str(store / "device.conf"))
        rights = {"0": right(3, 0, 101, _101=ALL_RIGHTS, _102=READ), "1": right(1, 1, 101, _101=ALL_RIGHTS),
                  "2": right(1, 2, 102, _102=ALL_RIGHTS), "3": right(3303, 0, 102, _102=ALL_RIGHTS)}
        self.bootstrap.configure(endpoint, configuration(account(self.server.uri, 101), account(other.uri, 102, 200), acls=rights))
        client = self.client(endpoint, *options)
        session = self.bootstrap.session(endpoint)
        self.assertEqual(session[-1]["event"], "finished", session)
        self.assertEqual([p for op, p, _ in steps(session) if op == "write"],
                         ["/0/1", "/0/2", "/1/1", "/1/2", "/2/0", "/2/1", "/2/2", "/2/3"])
        self.server.registered(endpoint)
        self.assertEqual(other.event("registered", ep=endpoint)["lifetime"], 200)
        # What object 2 says holds.
        self.assertEqual(other.operate(endpoint, "read", path="/3/0/16", format=TLV)["code"], CONTENT)
        self.assertEqual(other.operate(endpoint, "write", path="/3/0/15", format=TLV, value="UTC")["code"], 401)
        self.assertEqual(self.server.operate(endpoint, op="read", path="/3303/0")["code"], "4.01")

        # A later session, begun by a server, reads what there is and takes one account away.
        self.bootstrap.configure(endpoint, {"toDelete": ["/0/2", "/1/2"]}, read=["/1", "/1/2", "/2"])
        self.assertEqual(self.server.operate(endpoint, op="execute", path="/1/1/9")["code"], "2.04")
        session = self.bootstrap.session(endpoint)
        self.assertEqual(steps(session), [
            ("discover", "/", CONTENT), ("read", "/1", CONTENT), ("read", "/1/2", CONTENT), ("read", "/2", CONTENT),
            ("delete", "/0/2", DELETED),
            ("delete", "/1/2", BAD_REQUEST),  # it went with the other half of its account
            ("finish", None, CHANGED)])
        self.assertTrue(any(link.startswith("</0/2>") and "ssid=102" in link for link in session[1]["links"]), session[1])
        self.assertEqual((session[2]["values"]["/1/1/0"], session[2]["values"]["/1/2/1"]), (101, 200))
        self.assertEqual(session[3]["values"]["/1/2/0"], 102)
        self.assertEqual((session[4]["values"]["/2/0/2/102"], session[4]["values"]["/2/3/3"]), (READ, 102))
        client.expect(lambda line: other.uri in line and "gone" in line)
        eventually(lambda: instances(self.server.device(endpoint), 1) == [1], "the server that stays hears of it")
        values = self.server.values(endpoint, op="read", path="/3303/0")
        self.assertIn("/3303/0/5700", values)  # it was the other's

        # A configuration that cannot be is refused, and a device that starts again is as it was before.
        self.bootstrap.configure(endpoint, {"servers": {"3": account("", 103)[1]}})
        self.assertEqual(self.server.operate(endpoint, op="execute", path="/1/1/9")["code"], "2.04")
        session = self.bootstrap.session(endpoint)
        self.assertEqual(steps(session), [("write", "/1/3", CHANGED), ("finish", None, NOT_ACCEPTABLE)])
        self.assertEqual((session[-1]["event"], session[-1]["cause"]), ("failed", "FINISH_FAILED"))
        self.assertIn("BS-", client.expect(lambda line: "configuration refused" in line))
        client.process.kill()
        before = self.server.device(endpoint)["registration"]
        self.client(endpoint, *options)

        def again():
            device = self.server.device(endpoint)
            return device if device["registration"] != before else None
        self.assertEqual(instances(eventually(again, "registered anew"), 1), [1])


class LeshanBootstrapClientTest(unittest.TestCase):
    """Leshan's client at our bootstrap server, then at our server."""

    @classmethod
    def setUpClass(cls):
        cls.server = LinnetServer()
        cls.addClassCleanup(cls.server.stop)

    def configuration(self, endpoint, lifetime=300, **more):
        return {"for": [endpoint], "objects": {
            "/0/1": {"0": self.server.uri, "1": False, "2": 3, "3": "", "4": "", "5": "", "10": 123},
            "/1/1": {"0": 123, "1": lifetime, "6": True, "7": "U"}}, **more}

    def client(self, endpoint, format):
        client = LeshanClient(self.server.bootstrap_uri, endpoint, f"bootstrap:{format}")
        self.addCleanup(client.stop)
        return client

    def finished(self, endpoint, count=1):
        """The steps of the last session, when there are so many that finished."""
        sessions = eventually(lambda: (all := self.server.sessions(endpoint, "finished")) and len(all) == count and all,
                              f"{count} sessions of {endpoint}")
        return [(s["operation"], s["path"], s.get("code")) for s in sessions[0]["steps"]], sessions[0]

    def test_mode_all(self):
        for format, name, more in ((TLV, "tlv", {"writes": "objects"}), (SENML_JSON, "senml-json", {})):
            with self.subTest(format=name):
                endpoint = "all-" + name
                self.server.configure(endpoint, self.configuration(endpoint, 88, mode="all", delete=["/0", "/1"], **more))
                client = self.client(endpoint, format)
                client.event("bootstrapped")
                device = self.server.registered(endpoint)
                self.assertEqual(device["lifetime"], 88)
                taken, session = self.finished(endpoint)
                written = ["/0", "/1"] if more else ["/0/1", "/1/1"]
                self.assertEqual(taken, [("delete", "/0", "2.02"), ("delete", "/1", "2.02"), ("write", written[0], "2.04"),
                                         ("write", written[1], "2.04"), ("finish", "/bs", "2.04")])
                self.assertEqual({s["format"] for s in session["steps"] if s["operation"] == "write"}, {name})

    def test_mode_needed(self):
        endpoint = "needed"
        self.server.configure(endpoint, self.configuration(endpoint, mode="needed", delete=["/3311"]))
        client = self.client(endpoint, SENML_CBOR)
        client.event("bootstrapped")
        self.assertEqual(self.server.registered(endpoint)["lifetime"], 300)
        self.assertEqual(self.finished(endpoint)[0], [
            ("discover", "/", "2.05"), ("delete", "/3311/0", "2.02"), ("write", "/0/1", "2.04"), ("write", "/1/1", "2.04"),
            ("finish", "/bs", "2.04")])

        # It says that it speaks 1.0, which has no Bootstrap-Read: what is there is written again.
        client.event("registered")
        self.server.configure(endpoint, self.configuration(endpoint, 444, mode="needed"))
        self.assertEqual(self.server.operate(endpoint, op="execute", path="/1/1/9")["code"], "2.04")
        client.event("bootstrapped")
        self.assertEqual(self.finished(endpoint, 2)[0], [
            ("discover", "/", "2.05"), ("write", "/0/1", "2.04"), ("write", "/1/1", "2.04"), ("finish", "/bs", "2.04")])
        eventually(lambda: (self.server.device(endpoint) or {}).get("lifetime") == 444, "the lifetime is the new one")

        # Nothing in this configuration is wrong, only what it leaves on this device.
        self.server.configure(endpoint, {"for": [endpoint], "mode": "all", "delete": ["/1"], "objects": {}})
        client.event("registered")
        self.assertEqual(self.server.operate(endpoint, op="execute", path="/1/1/9")["code"], "2.04")
        session = eventually(lambda: self.server.sessions(endpoint, "waiting"), "it is refused")[0]
        self.assertEqual(session["steps"][-1]["code"], "4.06")
        self.assertIn("Invalid Bootstrap state", client.event("bootstrap-failed")["detail"])


if __name__ == "__main__":
    unittest.main(verbosity=2)
