#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A full disk, a locked store and a read-only one: refusals that say so, an alarm, and nothing acknowledged is lost.

The disk is a small tmpfs in a mount namespace of this test's own.
"""
import os
import pathlib
import re
import shutil
import signal
import sqlite3
import subprocess
import sys
import threading
import time
import unittest

from coap_device import CHANGED, CREATED, Device
from linnet_process import TIMEOUT, Events, LinnetTest, Server, run, soon

UNAVAILABLE = 0xA3  # 5.03
INSIDE = "LINNET_OWN_MOUNTS"
NAME = "urn:dev:os:32473-full"
JSON = {"Content-Type": "application/json"}


def may_unshare():
    """Empty, or why this machine does not let us."""
    if not shutil.which("unshare"):
        return "unshare is not installed"
    result = subprocess.run(["unshare", "-rm", "mount", "-t", "tmpfs", "tmpfs", "/mnt"], capture_output=True, text=True)
    return result.stderr.strip() if result.returncode else ""


REASON = "" if INSIDE in os.environ else may_unshare() or "run as a program, it makes a namespace for itself"


class Load(threading.Thread):
    """Registers devices and changes things through the API, one after another, and knows what was acknowledged."""

    def __init__(self, server, name):
        super().__init__(daemon=True)
        self.server, self.name = server, name
        self.devices, self.tags, self.bootstraps = {}, {}, set()
        self.refused, self.problems, self.surprises = 0, 0, []
        self.stopping = threading.Event()
        self.start()

    def run(self):
        number = 0
        while not self.stopping.is_set():
            number += 1
            try:
                self.turn(number)
            except OSError as error:
                self.surprises.append(error)
                return

    def turn(self, number):
        endpoint = f"{NAME}-{self.name}-{number}"
        device = Device(endpoint, self.server.port)
        try:
            answer = device.register(patience=3)
        finally:
            device.close()
        if answer is not None and answer.code == CREATED:
            self.devices[endpoint] = device.location
            self.change("PUT", f"devices/{endpoint}/tags", {"tags": [f"n{number}"]}, lambda: self.tags.update({endpoint: f"n{number}"}))
        elif answer is not None and answer.code == UNAVAILABLE:
            self.refused += 1
        elif answer is not None:
            self.surprises.append(answer)
        name = f"{self.name}-{number}"
        self.change("PUT", f"bootstrap/configurations/{name}", bootstrap(), lambda: self.bootstraps.add(name))

    def change(self, method, path, body, done):
        status, answer = self.server.request(method, "/api/v1/" + path, body)
        if status // 100 == 2:
            done()
        elif status == 503 and self.server.last_type == "application/problem+json" and answer["type"] == "urn:linnet:problem:store-failing":
            self.problems += 1
        else:
            self.surprises.append((method, path, status, answer))

    def stop(self):
        self.stopping.set()
        self.join(TIMEOUT)


def bootstrap():
    return {"objects": {"/0/1": {"0": "coap://127.0.0.1:5683", "1": False, "2": 3, "3": "", "4": "", "5": "", "10": 101},
                        "/1/1": {"0": 101, "1": 300, "6": True, "7": "U"}}}


class DiskTest(LinnetTest):
    def disk(self, size):
        place = self.folder()
        subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", str(place)], check=True)
        self.addCleanup(subprocess.run, ["umount", "-l", str(place)])
        return place

    def fill(self, place):
        """Takes all there is, and whatever becomes free again, until the function returned is called."""
        ballast = place / "ballast"
        full = threading.Event()

        def eat():
            with open(ballast, "ab", buffering=0) as out:
                while not full.is_set():
                    try:
                        out.write(b"x" * 4096)
                    except OSError:
                        time.sleep(0.02)

        thread = threading.Thread(target=eat, daemon=True)
        thread.start()

        def free():
            full.set()
            thread.join()
            ballast.unlink(missing_ok=True)
        self.addCleanup(free)
        return free

    def ready(self, server):
        return server.request("GET", "/readyz", token="")

    def lines(self, server, words):
        return [line for line in server.log if words in line]

    def check_all_is_there(self, server, loads):
        devices = {d["endpoint"]: d for d in self.pages(server, "devices", "devices")}
        kept = {c["name"] for c in server.request("GET", "/api/v1/bootstrap/configurations")[1]["configurations"]}
        for load in loads:
            for endpoint, location in load.devices.items():
                self.assertIn(endpoint, devices)
                self.assertEqual(devices[endpoint]["registration"], location.rpartition("/")[2])
            for endpoint, tag in load.tags.items():
                self.assertEqual(devices[endpoint]["tags"], [tag])
            self.assertLessEqual(load.bootstraps, kept)

    def pages(self, server, path, name):
        cursor, items = "", []
        while True:
            page = server.request("GET", f"/api/v1/{path}?limit=1000{cursor}")[1]
            items += page[name]
            if "next" not in page:
                return items
            cursor = "&cursor=" + page["next"]

    def check_refusals(self, server, place):
        """What a server answers that cannot store anything: each way of changing something, and what still works."""
        api = "/api/v1/"
        device = Device(NAME + "-late", server.port)
        self.addCleanup(device.close)
        answer = device.register()
        self.assertEqual(answer.code, UNAVAILABLE, answer)
        for method, path, body in (
                ("POST", "tokens", {"name": "t", "role": "viewer"}),
                ("PUT", "users/ada", {"password": "several plain words", "role": "viewer"}),
                ("PUT", f"devices/{NAME}-stays/tags", {"tags": ["new"]}),
                ("PUT", "bootstrap/configurations/b", bootstrap()),
                ("POST", f"credentials/{NAME}-c", {"mode": "psk", "identity": "i", "key": "hex:" + "5a" * 16}),
                ("PUT", "observe-rules/r", {"paths": ["/3303/0/5700"]}),
                ("PUT", "webhooks/w", {"url": "http://127.0.0.1:1/"}),
                ("POST", f"devices/{NAME}-stays/operations", {"mode": "queue", "op": "read", "path": "/3/0/0"}),
                ("POST", "operations", {"op": "read", "path": "/3/0/0", "devices": {"q": NAME}})):
            with self.subTest(change=f"{method} {path}"):
                status, problem = server.request(method, api + path, body)
                self.assertEqual((status, server.last_type), (503, "application/problem+json"), problem)
                self.assertEqual(problem["type"], "urn:linnet:problem:store-failing", problem)
                self.assertRegex(problem["detail"], "not be stored|not stored|read or written")
        status, problem = self.ready(server)
        self.assertEqual((status, problem["type"]), (503, "urn:linnet:problem:store-failing"))
        self.assertIn("nothing can be stored", problem["detail"])
        self.assertEqual(self.metric(server), 1)
        # What needs no store goes on.
        self.assertEqual(server.request("GET", "/healthz", token="")[0], 200)
        self.assertEqual(server.request("GET", api + "devices?limit=1")[0], 200)
        code, _, err = run("backup", str(place / "backup.db"), LINNET_SERVER=server.url)
        if code:
            self.assertIn(code, (2, 5), err)
        code, _, err = run("token", "new", "t", "--role", "viewer", LINNET_SERVER=server.url)
        self.assertEqual(code, 5, err)
        self.assertIn("stored", err)

    def metric(self, server):
        text = server.request("GET", "/metrics")[1]
        text = text.decode() if isinstance(text, bytes) else text
        return int(re.search(r"^linnet_store_failing (\d)", text, re.M).group(1))

    def check_works(self, server, name):
        device = Device(f"{NAME}-{name}", server.port)
        self.addCleanup(device.close)
        soon(lambda: device.register().code == CREATED)
        self.assertEqual(device.update().code, CHANGED)
        self.assertEqual(self.ready(server)[0], 200)
        self.assertEqual(server.request("POST", "/api/v1/tokens", {"name": name, "role": "viewer"})[0], 201)
        self.assertEqual(self.metric(server), 0)

    def watched(self, store):
        """A server over that store, a device that stays registered, and a reader of its alarms."""
        server = self.start(Server, "--store", str(store))
        stays = Device(NAME + "-stays", server.port)
        self.addCleanup(stays.close)
        self.assertEqual(stays.register().code, CREATED)
        events = Events(server, "?type=alarm")
        self.addCleanup(events.close)
        return server, stays, events


@unittest.skipIf(REASON, REASON)
class FullDiskTest(DiskTest):
    def test_full_and_then_not_any_more(self):
        place = self.disk("16m")
        store = place / "linnet.db"
        server, stays, events = self.watched(store)
        loads = [Load(server, name) for name in ("a", "b")]
        soon(lambda: all(len(load.devices) > 10 for load in loads), 60)
        free = self.fill(place)
        events.expect("alarm", 60)
        self.assertRegex(events.seen[-1]["text"], "nothing can be stored, so nobody may register: .*(full|disk I/O error)")
        soon(lambda: all(load.refused > 2 and load.problems > 2 for load in loads), 60)
        self.check_refusals(server, place)
        self.assertEqual(stays.update(patience=2) and stays.location, stays.location)
        self.assertEqual(len(self.lines(server, "nothing can be stored")), 1, server.log)
        self.assertEqual(len(self.lines(server, "the store takes changes again")), 0, server.log)

        free()
        server.expect("the store takes changes again")
        before = [len(load.devices) for load in loads]
        soon(lambda: all(len(load.devices) > count + 5 for load, count in zip(loads, before)), 60)
        self.check_works(server, "after")
        for load in loads:
            load.stop()
            self.assertEqual(load.surprises, [])
        self.check_all_is_there(server, loads)
        self.assertEqual(len(self.lines(server, "nothing can be stored")), 1, server.log)
        server.process.kill()
        server.wait()
        again = self.start(Server, "--store", str(store))
        self.check_all_is_there(again, loads)
        self.check_works(again, "again")
        alarms = again.request("GET", "/api/v1/events/recent?type=alarm")[1]["events"]
        self.assertEqual(len(alarms), 1, "an alarm is kept with the events once there is room")

    def test_killed_while_it_is_full(self):
        place = self.disk("16m")
        store = place / "linnet.db"
        server = self.start(Server, "--store", str(store))
        load = Load(server, "k")
        soon(lambda: len(load.devices) > 10, 60)
        free = self.fill(place)
        soon(lambda: load.refused > 2 and load.problems > 2, 60)
        server.process.kill()
        server.wait()
        load.stop()
        # It may begin if there is room in the journal; if not, it says why.
        try:
            Server("--store", str(store)).stop()
        except AssertionError as error:
            self.assertRegex(str(error), "store cannot be .*(full|disk I/O)|[Nn]o space")
        free()
        again = self.start(Server, "--store", str(store))
        self.check_all_is_there(again, [load])
        self.check_works(again, "again")

    def test_a_disk_that_is_full_from_the_beginning(self):
        place = self.disk("1m")
        (place / "ballast").write_bytes(b"x" * (1 << 20))
        code, out, err = self.serve(place / "linnet.db")
        self.assertEqual(code, 6, out + err)
        self.assertRegex(err, rf"{re.escape(str(place))}\S*: .*([Nn]o space|full)")

    def serve(self, store):
        return run("server", "--coap", "127.0.0.1:0", "--http", "127.0.0.1:0", "--bootstrap", "off", "--store", str(store), timeout=30)

    def test_a_read_only_store(self):
        place = self.disk("16m")
        store = place / "linnet.db"
        server = self.start(Server, "--store", str(store))
        server.stop()
        # A file system that is read-only, and the file alone.
        subprocess.run(["mount", "-o", "remount,ro", str(place)], check=True)
        code, out, err = self.serve(store)
        self.assertEqual(code, 6, out + err)
        self.assertIn("Read-only file system", err)
        self.assertIn(str(store), err)
        subprocess.run(["mount", "-o", "remount,rw", str(place)], check=True)
        subprocess.run(["mount", "--bind", str(store), str(store)], check=True)
        subprocess.run(["mount", "-o", "remount,bind,ro", str(store)], check=True)
        try:
            code, out, err = self.serve(store)
        finally:
            subprocess.run(["umount", str(store)], check=True)
        self.assertEqual(code, 6, out + err)
        self.assertRegex(err, rf"{re.escape(str(store))}: .*may not be written to")
        self.check_works(self.start(Server, "--store", str(store)), "writable")


class LockTest(DiskTest):
    def test_locked_by_another_program_and_then_not_any_more(self):
        place = self.folder()
        store = place / "linnet.db"
        server, stays, events = self.watched(store)
        load = Load(server, "l")
        soon(lambda: len(load.devices) > 5, 60)
        other = sqlite3.connect(store, timeout=20, isolation_level=None)
        self.addCleanup(other.close)
        soon(lambda: self.locks(other))
        events.expect("alarm", 30)
        self.assertIn("database is locked", events.seen[-1]["text"])
        soon(lambda: load.refused > 2 and load.problems > 2, 60)
        self.check_refusals(server, place)
        self.assertEqual(len(self.lines(server, "nothing can be stored")), 1, server.log)
        other.execute("ROLLBACK")
        server.expect("the store takes changes again")
        self.check_works(server, "after")
        load.stop()
        self.assertEqual(load.surprises, [])
        self.check_all_is_there(server, [load])
        # One that locks it again and again is told of each time, and nothing gets lost by it.
        soon(lambda: self.locks(other))
        events.expect("alarm", 30)
        other.execute("ROLLBACK")
        server.expect("the store takes changes again")
        server.signal(signal.SIGKILL)
        server.wait()
        again = self.start(Server, "--store", str(store))
        self.check_all_is_there(again, [load])
        self.check_works(again, "again")

    def locks(self, other):
        try:
            other.execute("BEGIN EXCLUSIVE")
            return True
        except sqlite3.OperationalError:
            return False

    def test_locked_at_the_start(self):
        store = self.folder() / "linnet.db"
        self.start(Server, "--store", str(store)).stop()
        other = sqlite3.connect(store, isolation_level=None)
        self.addCleanup(other.close)
        other.execute("BEGIN EXCLUSIVE")
        code, out, err = run("server", "--coap", "127.0.0.1:0", "--http", "127.0.0.1:0", "--bootstrap", "off", "--store", str(store), timeout=30)
        self.assertEqual(code, 6, out + err)
        self.assertRegex(err, rf"{re.escape(str(store))}: .*locked")


if __name__ == "__main__":
    if INSIDE not in os.environ and not may_unshare():
        os.environ[INSIDE] = "1"
        os.execvp("unshare", ["unshare", "-rm", sys.executable, str(pathlib.Path(__file__).resolve()), *sys.argv[1:]])
    unittest.main(verbosity=2)
