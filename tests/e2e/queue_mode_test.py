#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A device in queue mode and the server: it sleeps, what is asked waits, and it gets it when it wakes."""
import unittest

from linnet_process import Client, Events, LinnetTest, Server


class QueueModeTest(LinnetTest):
    def setUp(self):
        self.server = self.start(Server, env={"LINNET_REGISTRATION_AWAKE": "1"})
        self.events = Events(self.server)
        self.addCleanup(self.events.close)

    def test_what_is_asked_of_a_sleeper_waits_for_it(self):
        device = self.start(Client, self.server, "sleeper", "--queue", "--awake", "1", "--lifetime", "20")
        self.events.expect("registered", endpoint="sleeper")
        self.events.expect("sleeping", endpoint="sleeper")
        status, problem = self.server.operate("sleeper", op="read", path="/3/0/0", mode="now")
        self.assertEqual((status, problem["type"].split(":")[-1]), (409, "asleep"))
        ids = []
        for value in ("+01:00", "+02:00", "+03:00"):
            status, operation = self.server.operate("sleeper", op="write", path="/3/0/14", value=value, mode="queue")
            self.assertEqual((status, operation["state"]), (202, "queued"))
            ids.append(operation["id"])
        device.expect("awake")
        self.events.expect("awake", endpoint="sleeper")
        for identity in ids:
            self.events.expect("operation", operation=identity, state="done")
        status, value = self.server.operate("sleeper", op="read", path="/3/0/14", mode="now")
        self.assertEqual((status, value["values"][0]["value"]), (200, "+03:00"), value)

    def test_a_deadline_ends_what_waits_with_a_reason(self):
        self.start(Client, self.server, "late", "--queue", "--awake", "1", "--lifetime", "300")
        self.events.expect("sleeping", endpoint="late")
        status, operation = self.server.operate("late", op="read", path="/3/0/0", mode="queue", deadline=1)
        self.assertEqual(status, 202)
        self.events.expect("operation", operation=operation["id"], state="expired")
        _, operation = self.server.request("GET", f"/api/v1/operations/{operation['id']}")
        self.assertIn("slept until the deadline", operation["reason"])


if __name__ == "__main__":
    unittest.main(verbosity=2)
