#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Last values, history and observe rules of a real server with real devices."""
import signal
import time
import unittest

from linnet_process import Client, LinnetTest, Server, soon

TEMPERATURE = "/3303/0/5700"


class ValuesTest(LinnetTest):
    def values(self, server, endpoint, query=""):
        status, answer = server.request("GET", f"/api/v1/devices/{endpoint}/values{query}")
        self.assertEqual(status, 200, answer)
        return {value["path"]: value for value in answer["values"]}

    def history(self, server, endpoint, query=""):
        status, answer = server.request("GET", f"/api/v1/devices/{endpoint}/history?path={TEMPERATURE}{query}")
        self.assertEqual(status, 200, answer)
        return answer

    def test_last_values_and_where_they_come_from(self):
        server = self.start(Server)
        self.start(Client, server, "lamp")
        self.assertEqual(self.values(server, "lamp"), {})
        self.assertEqual(server.operate("lamp", op="read", path="/3/0")[0], 200)
        self.assertEqual(server.operate("lamp", op="write", path="/3/0/14", value="+02:00")[0], 200)
        values = self.values(server, "lamp")
        self.assertEqual(values["/3/0/0"]["value"], "Linnet")
        self.assertEqual((values["/3/0/0"]["name"], values["/3/0/0"]["source"]), ("Manufacturer", "read"))
        self.assertEqual((values["/3/0/14"]["value"], values["/3/0/14"]["source"]), ("+02:00", "write"))
        self.assertAlmostEqual(values["/3/0/0"]["received"], time.time(), delta=60)
        self.assertEqual(list(self.values(server, "lamp", "?path=/3/0/14")), ["/3/0/14"])
        for path, status in (("/devices/nobody/values", 404), ("/devices/lamp/values?path=x", 400),
                             ("/devices/lamp/history", 400), ("/devices/lamp/history?path=/3/0", 400),
                             ("/devices/lamp/history?path=/3/0/9&points=0", 400),
                             ("/devices/lamp/history?path=/3/0/9&from=yesterday", 400),
                             ("/devices/lamp/history?path=/3/0/9&format=xml", 400)):
            answer = server.request("GET", "/api/v1" + path)
            self.assertEqual(answer[0], status, answer)
            self.assertTrue(answer[1]["detail"])

    def test_values_history_and_rules_outlive_a_crash(self):
        store = self.folder() / "store"
        server = self.start(Server, "--store", str(store))
        client = self.start(Client, server, "lamp")
        status, rule = server.request("PUT", "/api/v1/observe-rules/warm",
                                      {"paths": ["/3303/*/5700"], "devices": {"endpoints": ["l*"]}})
        self.assertEqual((status, rule["enabled"], rule["paths"]), (201, True, ["/3303/*/5700"]))
        soon(lambda: TEMPERATURE in self.values(server, "lamp"))
        for i in range(20):
            client.tell(f"set {TEMPERATURE} {30 + i / 2}")
            soon(lambda: self.values(server, "lamp")[TEMPERATURE]["value"] == 30 + i / 2)
        before = self.history(server, "lamp")
        self.assertEqual(before["samples"][-1]["value"], 39.5)
        self.assertGreaterEqual(len(before["samples"]), 21)
        server.process.send_signal(signal.SIGKILL)
        server.wait()
        server = self.start(Server, "--store", str(store), coap=f"127.0.0.1:{server.port}")
        self.assertEqual(self.values(server, "lamp")[TEMPERATURE]["value"], 39.5)
        self.assertEqual(self.values(server, "lamp")[TEMPERATURE]["source"], "observe")
        self.assertEqual(self.history(server, "lamp"), before)
        thin = self.history(server, "lamp", "&points=5")["samples"]
        self.assertLessEqual(len(thin), 5)
        self.assertEqual(max(point["max"] for point in thin), 39.5)
        text = server.request("GET", f"/api/v1/devices/lamp/history?path={TEMPERATURE}&format=csv")[1].decode()
        self.assertTrue(text.startswith("time,value\r\n20"), text[:40])
        self.assertEqual(server.last_type, "text/csv; charset=utf-8")
        # The device goes on without having noticed.
        client.tell(f"set {TEMPERATURE} 50")
        soon(lambda: self.values(server, "lamp")[TEMPERATURE]["value"] == 50)
        soon(lambda: server.request("GET", "/api/v1/observe-rules/warm")[1]["status"]["observations"] >= 1)
        self.assertEqual(server.request("DELETE", "/api/v1/devices/lamp?forget=true")[0], 204)
        soon(lambda: server.request("GET", "/api/v1/devices/lamp/values")[0] == 404)

    def test_rules_are_applied_and_taken_back(self):
        server = self.start(Server)
        self.start(Client, server, "lamp")
        self.start(Client, server, "door")
        rules = "/api/v1/observe-rules"
        self.assertEqual(server.request("GET", rules)[1], {"rules": []})
        rule = {"paths": ["/3/0/9"], "devices": {"tags": ["hall"]}, "attributes": {"pmin": 1, "pmax": 60}}
        self.assertEqual(server.request("PUT", f"{rules}/power", rule)[0], 201)
        observed = lambda endpoint: [o["path"] for o in server.request(
            "GET", f"/api/v1/devices/{endpoint}")[1].get("observations", []) if "path" in o]
        self.assertEqual(server.request("GET", f"{rules}/power")[1]["status"]["devices"], 0)
        server.request("PUT", "/api/v1/devices/lamp/tags", {"tags": ["hall"]})
        status = soon(lambda: (s := server.request("GET", f"{rules}/power")[1]["status"])["observations"] == 1 and s)
        self.assertEqual(status, {"devices": 1, "observations": 1, "failures": []})
        self.assertIn("/3/0/9", self.values(server, "lamp"))
        self.assertEqual(self.values(server, "door"), {})
        self.assertEqual(len(server.request("GET", "/api/v1/devices/lamp")[1]["observations"]), 1, observed("lamp"))
        # What a rule does not have is a failure that says why.
        server.request("PUT", f"{rules}/nothing", {"paths": ["/3/0/99"], "devices": {"endpoints": ["door"]}})
        failures = soon(lambda: server.request("GET", f"{rules}/nothing")[1]["status"]["failures"])
        self.assertEqual((failures[0]["endpoint"], failures[0]["path"]), ("door", "/3/0/99"))
        self.assertRegex(failures[0]["reason"], "^4.04")
        self.assertEqual([r["name"] for r in server.request("GET", rules)[1]["rules"]], ["nothing", "power"])
        self.assertEqual(server.request("DELETE", f"{rules}/power")[0], 204)
        self.assertEqual(server.request("DELETE", f"{rules}/power")[0], 404)
        soon(lambda: not server.request("GET", "/api/v1/devices/lamp")[1]["observations"])
        for body in ({}, {"paths": ["/3/0/*"]}, {"paths": ["/3"], "attributes": {"gt": 1}}):
            answer = server.request("PUT", f"{rules}/bad", body)
            self.assertEqual(answer[0], 400, answer)
            self.assertTrue(answer[1]["detail"])


if __name__ == "__main__":
    unittest.main(verbosity=2)
