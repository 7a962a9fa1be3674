#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Operations of a real server: queued over kill -9, in order, once, for one device and for many."""
import signal
import time
import unittest

from linnet_process import Client, Events, LinnetTest, Process, Server


class OperationTest(LinnetTest):
    def queue(self, server, endpoint, headers=None, **operation):
        status, answer = server.request("POST", f"/api/v1/devices/{endpoint}/operations",
                                        {"mode": "queue", **operation}, headers)
        self.assertEqual(status, 202, answer)
        return answer["id"]

    def show(self, server, operation):
        status, answer = server.request("GET", f"/api/v1/operations/{operation}")
        self.assertEqual(status, 200, answer)
        return answer

    def wait_until(self, server, operation, state, timeout=20):
        deadline = time.monotonic() + timeout
        while time.monotonic() < deadline:
            shown = self.show(server, operation)
            if shown["state"] == state:
                return shown
            time.sleep(0.05)
        self.fail(f"{shown} did not become {state}")

    def kill(self, server):
        server.signal(signal.SIGKILL)
        server.wait(10)

    def test_what_is_queued_survives_kill_9_and_comes_in_order(self):
        file = str(self.folder() / "linnet.db")
        server = self.start(Server, "--store", file)
        ids = []
        for round in range(4):
            ids += [self.queue(server, "later", op="write", path="/3/0/15", value=f"Zone/{round}-{n}") for n in range(5)]
            self.kill(server)
            server = self.start(Server, "--store", file)
            listed = server.request("GET", "/api/v1/devices/later/operations?state=queued&limit=100")[1]["operations"]
            self.assertEqual([o["id"] for o in reversed(listed)], ids)
        self.start(Client, server, "later")
        self.wait_until(server, ids[-1], "done")
        shown = [self.show(server, operation) for operation in ids]
        self.assertEqual([o["state"] for o in shown], ["done"] * len(ids))
        finished = [o["finished"] for o in shown]
        self.assertEqual(finished, sorted(finished))
        self.assertEqual(server.operate("later", op="read", path="/3/0/15")[1]["values"][0]["value"], "Zone/3-4")

    def test_one_that_was_sent_is_done_once(self):
        file = str(self.folder() / "linnet.db")
        server = self.start(Server, "--store", file)
        device = self.start(Process, "client", "--no-prompt", "--interval", "0", "--endpoint", "stops", server.uri)
        device.expect("^registered at")
        device.signal(signal.SIGSTOP)  # it does not answer, and its socket keeps what came
        operation = self.queue(server, "stops", op="execute", path="/3/0/12")
        self.wait_until(server, operation, "sent")
        self.kill(server)
        server = self.start(Server, "--store", file, coap=f"127.0.0.1:{server.port}")
        time.sleep(0.5)  # the same message a second time
        device.signal(signal.SIGCONT)
        shown = self.wait_until(server, operation, "done")
        self.assertEqual([step["state"] for step in shown["timeline"]], ["queued", "sent", "sent", "done"])
        executed = [line for line in device.log if "12" in line and "execute" in line.lower()]
        self.assertLessEqual(len(executed), 1, device.log)

    def test_the_same_key_is_the_same_operation_after_a_restart(self):
        file = str(self.folder() / "linnet.db")
        server = self.start(Server, "--store", file)
        key = {"Idempotency-Key": "2026-11-29/7"}
        first = self.queue(server, "keyed", key, op="read", path="/3/0/0")
        self.kill(server)
        server = self.start(Server, "--store", file)
        self.assertEqual(self.queue(server, "keyed", key, op="read", path="/3/0/0"), first)
        status, problem = server.request("POST", "/api/v1/devices/keyed/operations",
                                         {"mode": "queue", "op": "read", "path": "/3/0/1"}, key)
        self.assertEqual((status, problem["type"]), (422, "urn:linnet:problem:idempotency-key"))

    def test_a_queued_one_expires_and_one_is_cancelled(self):
        server = self.start(Server)
        events = Events(server, "?type=operation")
        self.addCleanup(events.close)
        events.expect("hello")
        short = self.queue(server, "nobody", op="read", path="/3/0/0", deadline=1)
        long = self.queue(server, "nobody", op="read", path="/3/0/0")
        status, answer = server.request("DELETE", f"/api/v1/operations/{long}")
        self.assertEqual((status, answer["state"]), (200, "cancelled"))
        self.assertEqual(server.request("DELETE", f"/api/v1/operations/{long}")[0], 409)
        _, event = events.expect("operation", operation=short, state="expired")
        self.assertIn("ever registered", event["reason"])
        self.assertIn("nobody", self.show(server, short)["reason"])

    def test_many_devices(self):
        server = self.start(Server)
        lamps = [self.start(Client, server, f"lamp-{n}") for n in range(3)]
        self.start(Client, server, "door")
        status, answer = server.request("POST", "/api/v1/operations",
                                        {"devices": {"q": "LAMP-"}, "op": "read", "path": "/3/0/0"})
        self.assertEqual((status, answer["operations"], answer["skipped"]), (202, len(lamps), []))
        deadline = time.monotonic() + 20
        while time.monotonic() < deadline:
            counts = server.request("GET", f"/api/v1/operations/batches/{answer['batch']}")[1]["counts"]
            if counts["done"] == len(lamps):
                break
            time.sleep(0.05)
        self.assertEqual(counts["done"], len(lamps))
        listed = server.request("GET", f"/api/v1/operations?batch={answer['batch']}&limit=2")[1]
        self.assertEqual(len(listed["operations"]), 2)
        rest = server.request("GET", f"/api/v1/operations?batch={answer['batch']}&cursor={listed['next']}")[1]
        self.assertEqual(len(rest["operations"]), 1)
        self.assertEqual({o["endpoint"] for o in listed["operations"] + rest["operations"]},
                         {f"lamp-{n}" for n in range(3)})


if __name__ == "__main__":
    unittest.main()
