#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Every operation of openapi.yaml, asked of a real server with a real device: what comes back is what is described."""
import unittest

from contract import Contract
from linnet_process import Client, LinnetTest, Server, run, soon

DDF = """<LWM2M><Object ObjectType="MODefinition"><Name>Thing</Name><Description1>A thing</Description1>
<ObjectID>30000</ObjectID><ObjectURN>urn:oma:lwm2m:x:30000</ObjectURN><LWM2MVersion>1.1</LWM2MVersion>
<ObjectVersion>1.0</ObjectVersion><MultipleInstances>Single</MultipleInstances><Mandatory>Optional</Mandatory>
<Resources><Item ID="0"><Name>Level</Name><Operations>RW</Operations><MultipleInstances>Single</MultipleInstances>
<Mandatory>Mandatory</Mandatory><Type>Integer</Type><RangeEnumeration></RangeEnumeration><Units></Units>
<Description>Of it</Description></Item></Resources><Description2></Description2></Object></LWM2M>"""

ONE_SERVER = {"for": ["urn:dev:*"], "mode": "all", "delete": ["/"],
              "objects": {"/0/1": {"0": "coap://lwm2m.example:5683", "1": False, "2": 3, "3": "", "4": "", "5": "",
                                   "10": 101},
                          "/1/1": {"0": 101, "1": 300, "6": True, "7": "U"}}}

# These have streams for answers, which end when somebody leaves: tests of their own read them.
STREAMS = {"streamEvents", "eventSocket"}


class ContractTest(LinnetTest):
    @classmethod
    def setUpClass(cls):
        cls.server = Server()
        cls.device = Client(cls.server, "lamp")
        cls.contract = Contract(cls.server)
        cls.call = staticmethod(cls.contract.call)

    @classmethod
    def tearDownClass(cls):
        cls.device.stop()
        cls.server.stop()

    def test_server(self):
        for name in ("health", "ready", "version", "openapi"):
            self.call(name)
        self.call("showServerIdentity")
        self.call("overview")
        self.call("metrics")
        self.call("backup")
        self.call("backup", query="?now=1", expect=400)

    def test_restore(self):
        backup, kind = self.call("backup"), "application/octet-stream"
        self.call("showRestore")
        self.call("sendRestore", body=backup, type=kind, expect=400)
        self.call("sendRestore", query="?offset=0", body=backup[:4096], type="application/vnd.sqlite3")
        self.call("sendRestore", query="?offset=1", body=b"x", type=kind, expect=409)
        self.call("sendRestore", query="?offset=4096", body="x", type="text/plain", expect=415)
        self.call("startRestore", expect=422)
        self.call("startRestore", expect=409)
        self.call("sendRestore", query="?offset=0", body=b"x", type=kind)
        self.call("dropRestore", expect=204)
        self.call("sendRestore", query="?offset=0", body=backup, type=kind)
        self.call("startRestore", expect=202)

        def served():
            try:
                return self.call("showRestore")["last"]["outcome"] == "restored"
            except (OSError, AssertionError):
                return False  # it is not there for a moment

        soon(served)
        self.call("ready")

    def test_access(self):
        self.call("showSession")
        token = self.call("addToken", body={"name": "contract", "role": "viewer", "expires": 4000000000}, expect=201)
        self.call("addToken", body={"name": "contract", "role": "king"}, expect=400)
        self.call("addToken", body={"name": "mine", "role": "admin"}, headers=self.server.authorization(token["token"]), expect=403)
        self.call("listTokens")
        self.call("listTokens", headers={"Authorization": "Bearer none"}, expect=401)
        self.call("removeToken", id=token["id"], expect=204)
        self.call("removeToken", id=token["id"], expect=404)
        self.call("putUser", name="carol", body={"password": "several plain words", "role": "operator"}, expect=201)
        self.call("putUser", name="carol", body={"role": "viewer"})
        self.call("putUser", name="carol", body={"password": "short"}, expect=422)
        nobody = {"Authorization": ""}
        self.call("signIn", body={"user": "carol", "password": "wrong"}, headers=nobody, expect=401)
        self.call("signIn", body={"user": "carol", "password": "several plain words"}, headers=nobody)
        carol = {**nobody, "Cookie": self.server.last_headers["Set-Cookie"].partition(";")[0], "X-Linnet-Console": "1"}
        self.call("showSession", headers=carol)
        self.call("changePassword", body={"old": "wrong", "new": "other plain words"}, headers=carol, expect=422)
        self.call("changePassword", body={"old": "several plain words", "new": "other plain words"}, headers=carol, expect=204)
        code = self.call("makeSignInCode", headers=carol)["code"]
        self.call("signOut", headers=carol, expect=204)
        self.call("signOut", expect=409)
        self.call("signIn", body={"code": code}, headers=nobody)
        self.call("signIn", body={"code": code}, headers=nobody, expect=401)
        self.call("listUsers")
        self.call("removeUser", name="carol", expect=204)
        self.call("listAudit", query="?limit=3&who=carol")
        self.call("listAudit", query="?cursor=none", expect=400)

    def test_devices(self):
        page = self.call("listDevices", query="?q=LAMP&limit=1")
        self.assertEqual(page["devices"][0]["endpoint"], "lamp")
        self.call("listDevices", query="?limit=0", expect=400)
        self.call("showDevice", endpoint="lamp")
        self.call("showDevice", endpoint="nobody", expect=404)
        self.call("listDevices", query="?state=all&tag=a&tag=b&sort=-lastSeen")
        self.call("listDevices", query="?state=gone", expect=400)

    def test_tags_and_timeline(self):
        self.call("putTags", endpoint="lamp", body={"tags": ["pilot", "hall"]})
        self.call("putTags", endpoint="lamp", body={"tags": [""]}, expect=400)
        self.call("putTags", endpoint="nobody", body={"tags": []}, expect=404)
        self.call("listTags")
        self.call("showTimeline", endpoint="lamp", query="?limit=5")
        self.call("showTimeline", endpoint="nobody", expect=404)

    def test_messages(self):
        self.call("putCapture", endpoint="lamp", body={"enabled": True, "minutes": 5})
        self.call("putCapture", endpoint="lamp", body={"enabled": True, "minutes": 90}, expect=400)
        self.call("operate", endpoint="lamp", body={"op": "read", "path": "/3/0"})
        self.call("showCapture", endpoint="lamp")
        self.call("listMessages", endpoint="lamp", query="?limit=10")
        self.call("downloadMessages", endpoint="lamp")
        self.call("putCapture", endpoint="lamp", body={"enabled": False})

    def test_operations(self):
        for operation in ({"op": "read", "path": "/3/0"}, {"op": "read", "paths": ["/3/0/0", "/3/0/13"]},
                          {"op": "discover", "path": "/3/0"}, {"op": "write", "path": "/3/0/14", "value": "+02:00"},
                          {"op": "observe", "path": "/3/0/13"}, {"op": "cancel", "path": "/3/0/13"},
                          {"op": "attributes", "path": "/3/0/13", "attributes": {"pmin": 1, "pmax": 60}},
                          {"op": "execute", "path": "/3/0/12"}):
            with self.subTest(operation):
                self.call("operate", endpoint="lamp", body=operation)
        self.call("operate", endpoint="lamp", body={"op": "sing"}, expect=400)
        queued = {"op": "write", "path": "/3/0/14", "value": "+02:00", "mode": "queue", "deadline": 3600}
        waits = self.call("operate", endpoint="asleep", body=queued, expect=202, headers={"Idempotency-Key": "k"})
        self.assertEqual(self.call("operate", endpoint="asleep", body=queued, expect=202,
                                   headers={"Idempotency-Key": "k"})["id"], waits["id"])
        self.call("operate", endpoint="asleep", body={**queued, "deadline": 60}, expect=422,
                  headers={"Idempotency-Key": "k"})
        self.call("showOperation", operation=waits["id"])
        self.call("listDeviceOperations", endpoint="asleep", query="?state=queued&state=sent&limit=5")
        self.call("listOperations", query="?endpoint=asleep&state=queued&limit=1")
        self.call("listOperations", query="?state=sleeping", expect=400)
        self.call("cancelOperation", operation=waits["id"])
        self.call("cancelOperation", operation=waits["id"], expect=409)
        self.call("showOperation", operation="0", expect=404)
        many = self.call("operateMany", body={"devices": {"endpoints": ["lamp", "asleep", "nobody"]}, "op": "read",
                                              "path": "/3/0/0"}, expect=202)
        self.call("operateMany", body={"devices": {}, "op": "read", "path": "/3/0/0"}, expect=400)
        self.call("showBatch", batch=many["batch"])
        self.call("listOperations", query=f"?batch={many['batch']}")
        self.call("cancelBatch", batch=many["batch"])
        self.call("showBatch", batch="99", expect=404)
        self.call("operate", endpoint="lamp", body="{", type="application/json", expect=400)
        self.call("operate", endpoint="lamp", body="x", type="text/plain", expect=415)
        self.call("operate", endpoint="nobody", body={"op": "read", "path": "/3/0"}, expect=404)

    def test_values(self):
        self.call("operate", endpoint="lamp", body={"op": "read", "path": "/3/0"})
        self.call("listValues", endpoint="lamp", query="?path=/3/0")
        self.call("listValues", endpoint="lamp", query="?path=x", expect=400)
        self.call("listValues", endpoint="nobody", expect=404)
        self.call("showHistory", endpoint="lamp", query="?path=/3/0/13&points=5&from=0")
        self.call("showHistory", endpoint="lamp", query="?path=/3/0/13&format=csv")
        self.call("showHistory", endpoint="lamp", query="?path=/3/0", expect=400)
        self.call("showHistory", endpoint="nobody", query="?path=/3/0/13", expect=404)

    def test_observe_rules(self):
        rule = {"paths": ["/3303/*/5700"], "devices": {"endpoints": ["none-*"]}, "attributes": {"pmin": 1, "gt": 20.5}}
        self.call("putObserveRule", name="warm", body=rule, expect=201)
        again = self.call("putObserveRule", name="warm", body={**rule, "enabled": False, "composite": True})
        self.call("putObserveRule", name="warm", body=again)
        self.call("putObserveRule", name="warm", body={"paths": []}, expect=400)
        self.call("putObserveRule", name="warm", body="x", type="text/plain", expect=415)
        self.call("listObserveRules")
        self.call("showObserveRule", name="warm")
        self.call("showObserveRule", name="cold", expect=404)
        self.call("deleteObserveRule", name="warm", expect=204)
        self.call("deleteObserveRule", name="warm", expect=404)

    def test_bootstrap(self):
        self.call("putConfiguration", name="meters", body=ONE_SERVER, expect=201)
        self.call("putConfiguration", name="meters", body=ONE_SERVER)
        bad = {**ONE_SERVER, "objects": {"/0/1": {"0": "coap://lwm2m.example:5683", "1": False, "2": 3, "10": 0}}}
        self.call("putConfiguration", name="worse", body=bad, expect=422)
        self.call("listConfigurations")
        self.call("showConfiguration", name="meters")
        self.call("previewConfiguration", name="meters", body={"endpoint": "urn:dev:os:32473-1"})
        self.call("listSessions", query="?limit=10")
        self.call("removeConfiguration", name="meters", expect=204)
        self.call("removeConfiguration", name="meters", expect=404)

    def test_credentials(self):
        psk = {"mode": "psk", "identity": "meter-1", "key": "00112233445566778899aabbccddeeff"}
        self.call("putCredential", endpoint="meter-1", body=psk, expect=201)
        other = {"mode": "psk", "identity": "meter-1-new", "key": "00112233445566778899aabbccddee00"}
        added = self.call("addCredential", endpoint="meter-1", body=other, expect=201)
        self.call("listCredentials", query="?q=meter&limit=5")
        self.call("showCredentials", endpoint="meter-1")
        self.call("revokeCredential", endpoint="meter-1", id=added["id"], expect=204)
        self.call("revokeCredentials", endpoint="meter-1", expect=204)
        lines = '{"endpoint":"meter-2","mode":"psk","key":"00112233445566778899aabbccddee02"}\n'
        self.call("importCredentials", query="?dryRun=true", body=lines, type="application/x-ndjson")
        self.call("importCredentials", body="endpoint,mode\nx\n", type="text/csv", expect=422)

    def test_trust_anchors(self):
        folder = self.folder()
        code, _, err = run("credential", "new", "--endpoint", "lamp-2", "--x509", "--authority", str(folder), "--out", str(folder))
        self.assertEqual(code, 0, err)
        anchor = {"certificate": next(folder.glob("ca.crt.pem")).read_text()}
        self.call("putTrustAnchor", name="factory", body=anchor, expect=201)
        self.call("showTrustAnchor", name="factory")
        self.call("listTrustAnchors")
        self.call("removeTrustAnchor", name="factory", expect=204)

    def test_models(self):
        self.call("uploadModel", query="?dryRun=true", body=DDF, type="application/xml")
        self.call("uploadModel", body=DDF, type="application/xml", expect=201)
        self.call("uploadModel", body="<LWM2M/>", type="application/xml", expect=422)
        self.call("listModels")
        self.call("showModel", object=30000, query="?version=1.0")
        self.call("showModelFile", object=30000, version="1.0")
        self.call("removeModel", object=30000, version="1.0", expect=204)
        self.call("removeModel", object=3, version="1.0", expect=409)
        self.call("showModel", object=30000, expect=404)

    def test_events(self):
        page = self.call("recentEvents", query="?type=registered&endpoint=la*&limit=5")
        self.assertEqual(page["events"][-1]["endpoint"], "lamp")
        self.assertEqual(self.call("recentEvents", query="?path=/9999")["events"], [])
        self.call("recentEvents", query="?type=nothing", expect=400)
        self.call("recentEvents", query="?path=x", expect=400)
        self.call("eventSocket", expect=426)

    def test_deliveries(self):
        settings = {"url": "http://127.0.0.1:1/", "types": ["send"], "headers": {"Authorization": "Bearer x"}}
        made = self.call("putWebhook", name="w", body=settings, expect=201)
        self.assertIn("secret", made)
        again = self.call("putWebhook", name="w", body={**settings, "headers": {"Authorization": None}})
        self.assertNotIn("secret", again)
        self.assertEqual(again["headers"], {"Authorization": None})
        self.call("putWebhook", name="w", body={"url": "ftp://a/"}, expect=400)
        self.call("putWebhook", name="w", body="x", type="text/plain", expect=415)
        self.assertEqual([hook["name"] for hook in self.call("listWebhooks")["webhooks"]], ["w"])
        self.assertEqual(self.call("getWebhook", name="w")["status"]["state"], "active")
        self.assertIn("error", self.call("testWebhook", name="w"))
        self.call("resumeWebhook", name="w")
        self.call("deleteWebhook", name="w", expect=204)
        for operation in ("getWebhook", "deleteWebhook", "testWebhook", "resumeWebhook"):
            self.call(operation, name="w", expect=404)
        self.assertEqual(self.call("getMqtt")["enabled"], False)

    def test_other_methods_and_paths(self):
        status, problem = self.server.request("PATCH", "/api/v1/devices")
        self.assertEqual((status, problem["status"]), (405, 405))
        status, problem = self.server.request("GET", "/api/v1/nothing")
        self.assertEqual((status, problem["status"]), (404, 404))

    def test_removing_a_device(self):
        self.start(Client, self.server, "door")
        self.call("removeDevice", endpoint="door", expect=204)
        self.call("showDevice", endpoint="door")
        self.call("removeDevice", endpoint="door", expect=404)
        self.call("removeDevice", endpoint="door", query="?forget=true", expect=204)
        self.call("showDevice", endpoint="door", expect=404)
        self.call("removeDevice", endpoint="nobody", expect=404)

    def test_z_nothing_was_left_out(self):
        """Runs last, by its name."""
        self.assertEqual([n for n in self.contract.never_called() if n not in STREAMS], [])


if __name__ == "__main__":
    unittest.main(verbosity=2)
