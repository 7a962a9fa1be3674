#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""linnet restore into a server that runs: it is what the back-up was, goes on with its numbers, and if it cannot be
that, it is what it was before."""
import json
import os
import pty
import queue
import sqlite3
import subprocess
import unittest

from linnet_process import LINNET, Client, Events, LinnetTest, Process, Server, run, soon
from running_test import Manager


def number(event_id):
    return int(event_id.rpartition("-")[2])


class RestoreTest(LinnetTest):
    def setUp(self):
        self.store = str(self.folder() / "linnet.db")

    def linnet(self, server, *arguments, code=0, **environment):
        got, out, err = run(*arguments, LINNET_SERVER=server.url, **environment)
        self.assertEqual(got, code, out + err)
        return out if code == 0 else err

    def back_up(self, server):
        file = str(self.folder() / "backup.db")
        self.linnet(server, "backup", file)
        return file

    def endpoints(self, server):
        status, page = server.request("GET", "/api/v1/devices?limit=1000")
        self.assertEqual(status, 200, page)
        return {device["endpoint"] for device in page["devices"]}

    def queue(self, server, endpoint):
        status, answer = server.request("POST", f"/api/v1/devices/{endpoint}/operations",
                                        {"mode": "queue", "op": "write", "path": "/3/0/15", "value": "Zone/1"})
        self.assertEqual(status, 202, answer)
        return int(answer["id"])

    def test_it_is_what_the_back_up_was_while_devices_and_readers_go_on(self):
        server = self.start(Server, "--store", self.store)
        fleet = self.start(Process, "fleet", "--devices", "50", "--server", server.uri, "--prefix", "f-", "--interval", "1")
        fleet.expect("50 of 50 registered")
        lamp = self.start(Client, server, "lamp")
        self.assertEqual(server.operate("lamp", op="observe", path="/3303/0/5700")[0], 200)
        self.assertEqual(server.request("PUT", "/api/v1/users/ada", {"password": "several plain words", "role": "viewer"})[0], 201)
        self.queue(server, "later")
        file = self.back_up(server)

        server.request("DELETE", "/api/v1/users/ada")
        server.request("PUT", "/api/v1/users/eve", {"password": "several plain words", "role": "admin"})
        door = self.start(Client, server, "door")
        self.assertEqual(server.operate("door", op="read", path="/3/0/0")[0], 200)
        given = self.queue(server, "later")
        reader = self.start_reader(server, None, "?from=oldest")
        missed, _ = reader.expect("registered", endpoint="door")
        last, _ = reader.expect("operation", endpoint="door")
        old_token = server.token

        out = self.linnet(server, "restore", file, "--yes")
        self.assertIn("51 registrations", out)
        self.assertIn("linnet.db.before", out)
        with self.assertRaises(queue.Empty):  # the stream has ended
            while True:
                last = reader.events.get(timeout=1).get("id", last)

        # What the back-up had.
        self.assertEqual(server.request("GET", "/api/v1/devices/lamp")[0], 200)
        self.assertNotIn("door", self.endpoints(server))
        users = [user["name"] for user in server.request("GET", "/api/v1/users")[1]["users"]]
        self.assertEqual(users, ["ada"])
        # Who did it, and a token that is there at once.
        self.assertNotEqual(server.token, old_token)
        self.assertEqual(server.request("GET", "/api/v1/tokens", token=old_token)[0], 401)
        audit = server.request("GET", "/api/v1/audit?limit=1000")[1]["entries"]
        self.assertEqual([(e["method"], e["status"]) for e in audit if e["path"] == "/api/v1/restore"], [("POST", 202)])
        # Numbers go on.
        self.assertGreater(self.queue(server, "later"), given)
        follow = self.start_reader(server, missed)
        _, lost = follow.expect("lost")
        self.assertEqual(lost["events"], number(last) - number(missed))
        follow = self.start_reader(server, last)
        # Devices: the one of before goes on, the new one is told to register again.
        lamp.tell("set /3303/0/5700 44.5")
        event, data = follow.expect("value", endpoint="lamp")
        self.assertGreater(number(event), number(last))
        door.tell("update")
        follow.expect("registered", endpoint="door")
        self.assertEqual(server.operate("door", op="read", path="/3/0/0")[0], 200)
        self.assertNotIn("lost", [e["type"] for e in follow.seen])  # it had them all
        numbers = [number(e["id"]) for e in follow.seen if e["type"] not in ("hello", "position")]
        self.assertEqual(numbers, sorted(set(numbers)))
        self.assertGreater(numbers[0], number(last))
        # An early reader gets each event that is kept, once.
        early = self.start_reader(server, None, "?from=oldest")
        early.expect("registered", endpoint="door")
        numbers = [number(e["id"]) for e in early.seen if e["type"] not in ("hello", "lost", "position")]
        self.assertEqual(numbers, sorted(set(numbers)))
        soon(lambda: len(self.endpoints(server)) == 52)
        # And over the next start.
        server.stop()
        again = self.start(Server, "--store", self.store)
        self.assertGreater(self.queue(again, "later"), given + 1)

    def start_reader(self, server, last_id, query=""):
        reader = Events(server, query, last_id=last_id)
        self.addCleanup(reader.close)
        return reader

    def test_what_is_refused_changes_nothing(self):
        server = self.start(Server, "--store", self.store)
        self.start(Client, server, "lamp")
        reader = self.start_reader(server, None)
        reader.expect("hello")
        junk = self.folder() / "junk"
        junk.write_bytes(b"not a store, but long enough to look like a file" * 100)
        self.assertIn("no store of Linnet", self.linnet(server, "restore", str(junk), "--yes", code=5))
        kind = {"Content-Type": "application/octet-stream"}
        self.assertEqual(server.request("PUT", "/api/v1/restore?offset=0", junk.read_bytes(), kind)[0], 200)
        status, problem = server.request("POST", "/api/v1/restore")
        self.assertEqual(status, 422)
        self.assertIn("no store of Linnet", problem["detail"])
        self.assertEqual(server.request("GET", "/api/v1/restore")[1]["last"]["outcome"], "refused")
        other = self.start(Server, "--store", str(self.folder() / "other.db"))
        self.assertIn("key of another server", self.linnet(server, "restore", self.back_up(other), "--yes", code=5))
        self.assertEqual([f for f in os.listdir(os.path.dirname(self.store)) if "restore" in f or "before" in f], [])
        self.assertEqual(self.endpoints(server), {"lamp"})
        lamp = self.start(Client, server, "lamp-2")
        reader.expect("registered", endpoint=lamp.endpoint)  # on the same stream

    def test_nobody_but_an_admin_and_not_by_accident(self):
        server = self.start(Server, "--store", self.store)
        file = self.back_up(server)
        token = self.linnet(server, "token", "new", "o", "--role", "operator").strip()
        self.linnet(server, "restore", file, "--yes", code=5, LINNET_TOKEN=token)
        self.assertEqual(server.request("GET", "/api/v1/restore")[1], {"state": "idle", "bytes": 0})
        self.assertIn("--yes", self.linnet(server, "restore", file, code=2))
        for answer, code, words in ((b"no\n", 2, b"nothing was changed"), (b"yes\n", 0, b"")):
            master, slave = pty.openpty()
            process = subprocess.Popen([LINNET, "restore", file], stdin=slave, stdout=subprocess.PIPE,
                                       stderr=subprocess.PIPE, env={**os.environ, "LINNET_SERVER": server.url})
            os.write(master, answer)
            out, err = process.communicate(timeout=60)
            os.close(master)
            os.close(slave)
            self.assertEqual(process.returncode, code, out + err)
            self.assertIn(b"Everything that the server at", err)
            self.assertIn(words, err)

    def test_a_store_that_cannot_be_opened_is_put_back(self):
        manager = Manager(self.folder())
        self.addCleanup(manager.socket.close)
        server = self.start(Server, "--store", self.store, env={"NOTIFY_SOCKET": manager.path})
        manager.expect("READY=1")
        file = self.back_up(server)
        with sqlite3.connect(file) as database:
            database.execute("DROP TABLE observe_rule")
            database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        database.close()
        self.start(Client, server, "lamp")
        reader = self.start_reader(server, None, "?from=oldest")
        last, _ = reader.expect("registered", endpoint="lamp")
        err = self.linnet(server, "restore", file, "--yes", code=5)
        self.assertIn("observe_rule", err)
        self.assertIn("went back", err)
        manager.expect("RELOADING=1")
        self.assertIn("STATUS=Linnet ", manager.expect("READY=1")[-1])
        server.expect("could not be restored.*observe_rule")
        self.assertEqual(self.endpoints(server), {"lamp"})
        self.assertEqual(server.request("GET", "/api/v1/restore")[1]["last"]["outcome"], "put-back")
        follow = self.start_reader(server, last)
        event, alarm = follow.expect("alarm")
        self.assertIn("could not be restored", alarm["text"])
        self.assertFalse([e for e in follow.seen if e["type"] == "lost"])
        self.assertGreater(number(event), number(last))

    def test_without_a_store_of_its_own(self):
        server = self.start(Server)
        self.start(Client, server, "lamp")
        status, identity = server.request("GET", "/api/v1/server-identity")
        self.assertEqual(status, 200)
        file = self.back_up(server)
        self.start(Client, server, "door")
        shown = json.loads(self.linnet(server, "restore", file, "--yes", "--json"))
        self.assertEqual((shown["registrations"], shown["restore"]["outcome"]), (1, "restored"))
        self.assertEqual(self.endpoints(server), {"lamp"})
        self.assertEqual(server.request("GET", "/api/v1/server-identity")[1], identity)
        self.assertEqual(server.operate("lamp", op="read", path="/3/0/0")[0], 200)
        # As often as one likes.
        self.linnet(server, "restore", file, "--yes")
        server.stop()
        self.assertFalse(server.token_file.exists())

    def test_another_token_than_the_back_ups(self):
        server = self.start(Server, "--store", self.store)
        file = self.back_up(server)
        token = self.linnet(server, "token", "new", "late", "--role", "admin").strip()
        code, out, err = run("restore", file, "--yes", LINNET_SERVER=server.url, LINNET_TOKEN=token)
        self.assertEqual(code, 0, err)
        self.assertIn("the token used here is not in it", err)

    def test_offline_numbers_go_on_as_well(self):
        server = self.start(Server, "--store", self.store)
        self.start(Client, server, "lamp")
        file = self.back_up(server)
        self.start(Client, server, "door")
        reader = self.start_reader(server, None, "?from=oldest")
        kept, _ = reader.expect("registered", endpoint="lamp")
        last, _ = reader.expect("registered", endpoint="door")
        server.stop()
        code, _, err = run("restore", file, "--store", self.store, "--force")
        self.assertEqual((code, err), (0, ""))
        server = self.start(Server, "--store", self.store)
        self.start(Client, server, "gate")
        follow = self.start_reader(server, last)
        event, _ = follow.expect("registered", endpoint="gate")
        self.assertGreater(number(event), number(last))
        self.assertLess(number(event), number(last) + 100)
        follow = self.start_reader(server, kept)
        follow.expect("registered", endpoint="gate")
        self.assertGreaterEqual(sum(e["events"] for e in follow.seen if e["type"] == "lost"), 1)


if __name__ == "__main__":
    unittest.main(verbosity=2)
