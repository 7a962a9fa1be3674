#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""linnet server killed at random moments under load: what it acknowledged is there afterwards, and done once.

CRASHES says how often (scripts/soak: 100), SEED which moments.
"""
import http.client
import os
import random
import threading
import time
import unittest

from coap_device import CHANGED, CREATED, DELETED, PUT, RST, Device
from linnet_process import LinnetTest, Server

CRASHES = int(os.environ.get("CRASHES", "5"))
SEED = int(os.environ.get("SEED", str(random.SystemRandom().randrange(1 << 32))))
DEVICES = 12
OBSERVED = "/3303/0/5700"


class Load:
    """Devices and an application that note what was acknowledged to them."""

    def __init__(self, port, seed):
        self.random = random.Random(seed)
        self.devices = [Device(f"crash-{i}", port) for i in range(DEVICES)]
        self.registered = {}   # endpoint -> whether the last word of the server was that it is
        self.doubtful = set()  # endpoints whose last request was never answered
        self.values = {}       # endpoint -> the last value that was acknowledged
        self.operations = {}   # endpoint -> [(operation id, value)] in the order of the answers
        self.sequence = 10
        self.failures = []

    def close(self):
        for device in self.devices:
            device.close()

    def register_all(self, test, server):
        for device in self.devices:
            test.assertEqual(device.register().code, CREATED)
            self.registered[device.endpoint] = True
            status, answer = server.operate(device.endpoint, op="observe", path=OBSERVED)
            test.assertTrue(status == 200 and answer["success"], answer)

    def run(self, server, stop):
        threads = [threading.Thread(target=self._device_life, args=(device, random.Random(self.random.random()), stop))
                   for device in self.devices]
        threads += [threading.Thread(target=self._application, args=(server, random.Random(self.random.random()), stop))
                    for _ in range(3)]
        for thread in threads:
            thread.start()
        return threads

    def _device_life(self, device, rng, stop):
        while not stop.is_set():
            what = rng.choice(["update", "send", "send", "notify", "notify", "leave"])
            options = {"patience": 0.6, "interval": 0.2}
            if not self.registered[device.endpoint] or what == "leave":
                self._come_or_go(device, options)
            elif what == "update":
                answer = device.update(**options)
                if answer is not None and answer.code != CHANGED:
                    self.failures.append(f"{device.endpoint}: update answered {answer.code:#x}")
            elif what == "send":
                answer = device.send(**options)
                if answer is not None and answer.code == CHANGED:
                    self.values[device.endpoint] = device.value
            elif OBSERVED in device.observers:
                self.sequence += 1
                answer = device.notify(OBSERVED, self.sequence, **options)
                if answer is not None and answer.kind == RST:
                    self.failures.append(f"{device.endpoint}: a notification was refused")
                elif answer is not None:
                    self.values[device.endpoint] = device.value

    def _come_or_go(self, device, options):
        """Only the last of the devices leave: the others' observations must live through every crash."""
        if int(device.endpoint.split("-")[1]) < DEVICES - 3:
            return
        came = not self.registered[device.endpoint]
        self.doubtful.add(device.endpoint)
        answer = device.register(**options) if came else device.deregister(**options)
        if answer is None:
            return
        self.doubtful.discard(device.endpoint)
        if answer.code in (CREATED, DELETED):
            self.registered[device.endpoint] = answer.code == CREATED
            device.observers.clear()

    def _application(self, server, rng, stop):
        while not stop.is_set():
            device = rng.choice(self.devices[:DEVICES - 3])
            value = f"{rng.getrandbits(48):x}"
            try:
                status, answer = server.operate(device.endpoint, op="write", path="/3/0/14", value=value, mode="queue")
            except (OSError, ValueError, http.client.HTTPException):
                continue
            if status == 202:
                self.operations.setdefault(device.endpoint, []).append((answer["id"], value))
            time.sleep(0.01)


class CrashTest(LinnetTest):
    def start_server(self, coap, http, folder):
        return self.start(Server, "--store", str(folder / "store"), coap=f"127.0.0.1:{coap}", http=f"127.0.0.1:{http}",
                          env={"LINNET_OPERATION_KEPT_PER_DEVICE": "100000"})

    def test_what_was_acknowledged_is_there(self):
        print(f"SEED={SEED} CRASHES={CRASHES}", flush=True)
        rng = random.Random(SEED)
        folder = self.folder()
        server = self.start_server(0, 0, folder)
        coap, http_port = server.port, int(server.url.rsplit(":", 1)[1])
        load = Load(coap, rng.random())
        self.addCleanup(load.close)
        load.register_all(self, server)
        for crash in range(CRASHES):
            stop = threading.Event()
            threads = load.run(server, stop)
            time.sleep(rng.uniform(0.05, 1.0))
            server.process.kill()
            server.process.wait()
            stop.set()
            for thread in threads:
                thread.join()
            server = self.start_server(coap, http_port, folder)
            with self.subTest(crash=crash):
                self.check(load, server)
        self.check_deliveries(load, server)

    def check(self, load, server):
        self.assertEqual(load.failures, [])
        status, page = server.request("GET", "/api/v1/devices?limit=1000&q=crash-")
        self.assertEqual(status, 200)
        there = {device["endpoint"] for device in page["devices"]}
        for device in load.devices:
            if device.endpoint in load.doubtful:
                # Both are right. Where it is registered it does not know, so it comes again.
                self.assertEqual(device.register().code, CREATED)
                load.registered[device.endpoint] = True
            else:
                self.assertEqual(device.endpoint in there, load.registered[device.endpoint], device.endpoint)
        load.doubtful.clear()
        for endpoint, value in load.values.items():
            status, answer = server.request("GET", f"/api/v1/devices/{endpoint}/values?path={OBSERVED}")
            self.assertEqual(status, 200, answer)
            self.assertGreaterEqual(answer["values"][0]["value"], value, endpoint)
        for device in load.devices[:DEVICES - 3]:
            load.sequence += 1
            answer = device.notify(OBSERVED, load.sequence)
            self.assertTrue(answer is not None and answer.kind != RST, f"{device.endpoint} is not observed any more")
            load.values[device.endpoint] = device.value

    def check_deliveries(self, load, server):
        deadline = time.monotonic() + 60
        for device in load.devices[:DEVICES - 3]:
            operations = load.operations.get(device.endpoint, [])
            for identity, _ in operations:
                while True:
                    status, answer = server.request("GET", f"/api/v1/operations/{identity}")
                    self.assertEqual(status, 200, f"{device.endpoint}: operation {identity} is lost")
                    if answer["state"] not in ("queued", "sent"):
                        break
                    self.assertLess(time.monotonic(), deadline, answer)
                    time.sleep(0.05)
                self.assertEqual(answer["state"], "done", answer)
            written = [payload.decode() for code, path, payload in device.done if code == PUT and path == "/3/0/14"]
            known = {value for _, value in operations}
            # One whose answer was lost in a crash may have been taken all the same; it is done once too.
            self.assertEqual(len(written), len(set(written)), f"{device.endpoint}: something was done twice")
            self.assertEqual(known - set(written), set(), f"{device.endpoint}: something was never done")
        print(f"{sum(map(len, load.operations.values()))} operations, each done once", flush=True)


if __name__ == "__main__":
    unittest.main(verbosity=2)
