#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What a server shows of its devices and of itself: states, tags, timelines, messages, overview, metrics."""
import re
import shutil
import signal
import subprocess
import time
import unittest

from linnet_process import Client, LinnetTest, Server, soon


class DeviceTest(LinnetTest):
    def devices(self, server, query=""):
        status, page = server.request("GET", "/api/v1/devices" + query)
        self.assertEqual(status, 200, page)
        return page

    def names(self, server, query=""):
        return [device["endpoint"] for device in self.devices(server, query)["devices"]]

    def test_absent_devices_tags_and_forgetting_over_a_restart(self):
        store = self.folder() / "store"
        server = self.start(Server, "--store", str(store))
        lamp = self.start(Client, server, "lamp")
        self.start(Client, server, "door")
        self.assertEqual(server.request("PUT", "/api/v1/devices/lamp/tags", {"tags": ["hall", "pilot"]})[1],
                         {"tags": ["hall", "pilot"]})
        self.assertEqual(self.names(server, "?tag=hall"), ["lamp"])
        device = self.devices(server, "?q=LAMP")["devices"][0]
        self.assertEqual((device["state"], device["tags"], device["pending"]), ("registered", ["hall", "pilot"], 0))
        lamp.stop()  # de-registers
        soon(lambda: self.names(server) == ["door"])
        self.assertEqual(self.names(server, "?state=absent&tag=pilot"), ["lamp"])
        server.process.send_signal(signal.SIGKILL)
        server.wait()
        server = self.start(Server, "--store", str(store))
        page = self.devices(server, "?state=all")
        self.assertEqual([(d["endpoint"], d["state"]) for d in page["devices"]], [("door", "registered"), ("lamp", "absent")])
        self.assertEqual(page["total"], 2)
        status, lamp = server.request("GET", "/api/v1/devices/lamp")
        self.assertEqual((status, lamp["tags"]), (200, ["hall", "pilot"]))
        self.assertAlmostEqual(lamp["lastSeen"], time.time(), delta=120)
        self.assertEqual([e["event"] for e in server.request("GET", "/api/v1/devices/lamp/timeline")[1]["entries"]],
                         ["deregistered", "registered"])
        self.assertEqual(server.request("DELETE", "/api/v1/devices/lamp?forget=true")[0], 204)
        self.assertEqual(self.names(server, "?state=all"), ["door"])
        self.assertEqual(server.request("GET", "/api/v1/tags")[1], {"tags": []})
        # Of one that is registered too: it may come again, as somebody new.
        self.assertEqual(server.request("DELETE", "/api/v1/devices/door?forget=true")[0], 204)
        self.assertEqual(self.names(server, "?state=all"), [])
        self.assertEqual(server.request("GET", "/api/v1/devices/door/timeline")[0], 404)

    def test_a_timeline_tells_of_updates(self):
        server = self.start(Server)
        client = self.start(Client, server, "lamp", "--lifetime", "60")
        registered = server.request("GET", "/api/v1/devices/lamp/timeline")[1]["entries"]
        self.assertEqual([e["event"] for e in registered], ["registered"])
        self.assertEqual(registered[0]["lifetime"], 60)
        self.assertRegex(registered[0]["address"], r"^127\.0\.0\.1:\d+$")
        server.operate("lamp", op="execute", path="/1/0/8")  # registration update trigger
        server.operate("lamp", op="execute", path="/1/0/8")
        entries = soon(lambda: (e := server.request("GET", "/api/v1/devices/lamp/timeline")[1]["entries"])
                       and e[0].get("count", 1) >= 2 and e)
        self.assertEqual([e["event"] for e in entries], ["updated", "registered"])
        self.assertLessEqual(entries[0]["first"], entries[0]["time"])
        client.stop()


class MessageTest(LinnetTest):
    def setUp(self):
        self.server = self.start(Server)

    def messages(self, query=""):
        return self.server.request("GET", "/api/v1/devices/lamp/messages" + query)[1]

    def test_messages_are_recorded_over_a_registration_and_decoded(self):
        capture = self.server.request("PUT", "/api/v1/devices/lamp/capture", {"enabled": True, "minutes": 5})[1]
        self.assertTrue(capture["enabled"])
        client = self.start(Client, self.server, "lamp")
        self.server.operate("lamp", op="read", path="/3/0")
        self.server.operate("lamp", op="observe", path="/3/0/13")
        seen = self.messages()["messages"]
        words = [(m["direction"], m["code"], m["summary"]) for m in seen]
        self.assertEqual(words[0][:2], ("in", "POST"))
        self.assertIn("ep=lamp", words[0][2])
        self.assertRegex(words[1][2], r"^Created /rd/")
        self.assertIn(("out", "GET", "/3/0"), words)
        read = next(m for m in seen if m["summary"] == "Content /3/0")
        self.assertIn("Manufacturer", [v.get("name") for v in read["values"]])
        self.assertEqual(len(read["hex"]), 2 * read["bytes"])
        last = seen[-1]["number"]
        self.assertEqual(self.messages(f"?after={last}"), {"messages": [], "next": last})
        client.stop()
        self.start(Client, self.server, "lamp")
        again = self.messages(f"?after={last}")["messages"]
        self.assertEqual([m["code"] for m in again][:2], ["DELETE", "2.02"])
        self.assertIn("POST", [m["code"] for m in again])
        self.server.request("PUT", "/api/v1/devices/lamp/capture", {"enabled": False})
        count = self.server.request("GET", "/api/v1/devices/lamp/capture")[1]["messages"]
        self.server.operate("lamp", op="read", path="/3/0")
        self.assertEqual(self.server.request("GET", "/api/v1/devices/lamp/capture")[1]["messages"], count)

    def test_nothing_is_recorded_unasked(self):
        self.start(Client, self.server, "lamp")
        self.server.operate("lamp", op="read", path="/3/0")
        self.assertEqual(self.messages()["messages"], [])

    @unittest.skipUnless(shutil.which("tshark"), "tshark is not installed")
    def test_wireshark_reads_the_capture_file(self):
        self.server.request("PUT", "/api/v1/devices/lamp/capture", {"enabled": True})
        self.start(Client, self.server, "lamp")
        for operation in ({"op": "read", "path": "/3/0", "format": "tlv"}, {"op": "read", "path": "/3/0", "format": "senml-json"},
                          {"op": "discover", "path": "/3"}, {"op": "write", "path": "/3/0/14", "value": "+02:00"},
                          {"op": "read", "path": "/9/0"}):
            self.server.operate("lamp", **operation)
        status, data = self.server.request("GET", "/api/v1/devices/lamp/messages.pcapng")
        self.assertEqual((status, self.server.last_type), (200, "application/x-pcapng"))
        file = self.folder() / "messages.pcapng"
        file.write_bytes(data)
        fields = ["frame.protocols", "coap.code", "ip.checksum.status", "udp.checksum.status", "frame.comment", "_ws.malformed"]
        run = subprocess.run(["tshark", "-r", str(file), "-o", "ip.check_checksum:TRUE", "-o", "udp.check_checksum:TRUE",
                              "-T", "fields", "-E", "separator=|", *[x for f in fields for x in ("-e", f)]],
                             capture_output=True, text=True, timeout=60)
        self.assertEqual(run.returncode, 0, run.stderr)
        rows = [line.split("|") for line in run.stdout.splitlines()]
        self.assertEqual(len(rows), len(self.messages()["messages"]))
        for protocols, _, ip, udp, comment, malformed in rows:
            self.assertIn("udp:coap", protocols)
            self.assertEqual((ip, udp, comment, malformed), ("1", "1", "lamp", ""), rows)
        self.assertTrue(any("lwm2mtlv" in row[0] for row in rows), rows)


# A line of the text format of Prometheus.
SAMPLE = re.compile(r'^([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\{((?:[a-zA-Z_]\w*="(?:[^"\\\n]|\\["\\n])*",?)*)\})? (-?(?:\d+\.?\d*(?:e[+-]?\d+)?|Inf)|[+]Inf|NaN)$')


def parse_metrics(text):
    """{name: {labels: value}}; fails on anything Prometheus would not take, or would complain of."""
    metrics, kinds, helped, current = {}, {}, set(), None
    assert text.endswith("\n")
    for line in text.splitlines():
        if line.startswith("# HELP "):
            _, _, current, words = line.split(" ", 3)
            assert current not in helped and words, line
            helped.add(current)
        elif line.startswith("# TYPE "):
            _, _, name, kind = line.split(" ")
            assert name == current and kind in ("counter", "gauge", "histogram"), line
            assert name.endswith("_total") == (kind == "counter"), line
            kinds[name] = kind
        else:
            match = SAMPLE.match(line)
            assert match, line
            name, labels, value = match.groups()
            family = re.sub(r"_(bucket|sum|count)$", "", name) if kinds.get(current) == "histogram" else name
            assert family == current, f"{line} is not below its own HELP and TYPE"
            samples = metrics.setdefault(name, {})
            assert (labels or "") not in samples, f"twice: {line}"
            samples[labels or ""] = float(value)
    for name, kind in kinds.items():
        if kind == "histogram":
            buckets = list(metrics[name + "_bucket"].items())
            assert buckets[-1][0] == 'le="+Inf"' and buckets[-1][1] == metrics[name + "_count"][""]
            assert [v for _, v in buckets] == sorted(v for _, v in buckets)
    return metrics


class ServerTest(LinnetTest):
    def metrics(self, server):
        status, text = server.request("GET", "/metrics")
        self.assertEqual(status, 200)
        self.assertTrue(server.last_type.startswith("text/plain; version=0.0.4"))
        text = text.decode() if isinstance(text, bytes) else text
        if shutil.which("promtool"):
            check = subprocess.run(["promtool", "check", "metrics"], input=text, text=True, capture_output=True)
            self.assertEqual(check.returncode, 0, check.stdout + check.stderr)
        return parse_metrics(text)

    def test_metrics_count(self):
        server = self.start(Server)
        before = self.metrics(server)
        client = self.start(Client, server, "lamp")
        server.operate("lamp", op="observe", path="/3/0/13")
        after = self.metrics(server)
        self.assertEqual(after["linnet_registrations"][""], 1)
        self.assertEqual(after["linnet_registers_total"][""], before["linnet_registers_total"][""] + 1)
        self.assertEqual(after["linnet_observations"][""], 1)
        self.assertEqual(after["linnet_store_failing"][""], 0)
        self.assertGreater(after["linnet_store_bytes"][""], 0)
        self.assertGreater(after["linnet_store_commit_seconds_count"][""], 0)
        self.assertGreater(after["linnet_process_resident_bytes"][""], 1 << 20)
        self.assertEqual(after["linnet_http_requests_total"]['method="POST",status="200"'], 1)
        self.assertGreater(after["linnet_datagrams_total"]['direction="in"'], 0)
        self.assertEqual(list(after["linnet_build_info"].values()), [1])
        client.stop()
        soon(lambda: self.metrics(server)["linnet_devices"]['state="absent"'] == 1)

    def test_overview(self):
        server = self.start(Server)
        self.start(Client, server, "lamp")
        overview = server.request("GET", "/api/v1/overview")[1]
        self.assertEqual(overview["devices"]["registered"], 1)
        self.assertIn(3, [o["object"] for o in overview["objects"]])
        self.assertIn("Device", [o.get("name") for o in overview["objects"]])
        self.assertEqual([v["count"] for v in overview["versions"]], [1])
        self.assertGreater(overview["rates"]["messagesIn"], 0)
        self.assertFalse(overview["store"]["failing"])
        self.assertNotIn("file", overview["store"])


if __name__ == "__main__":
    unittest.main(verbosity=2)
