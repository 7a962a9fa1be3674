#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""scripts/demo: starts, says what to try, and ends whole when somebody presses Ctrl-C."""
import os
import pathlib
import re
import signal
import socket
import subprocess
import time
import unittest

from linnet_process import LINNET, run

DEMO = pathlib.Path(__file__).resolve().parents[2] / "scripts" / "demo"


def taken(kind, port):
    with socket.socket(socket.AF_INET, kind) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return True
    return False


def members(group):
    """The processes of a process group that still run."""
    alive = []
    for entry in pathlib.Path("/proc").iterdir():
        try:
            # pid (name) state parent group ...
            fields = (entry / "stat").read_text().rsplit(")", 1)[1].split()
        except (OSError, IndexError):
            continue
        if entry.name.isdigit() and int(fields[2]) == group and fields[0] != "Z":
            alive.append(int(entry.name))
    return alive


class DemoTest(unittest.TestCase):
    def setUp(self):
        ports = [(socket.SOCK_DGRAM, port) for port in (5683, 5684, 5693, 5694, 5783, 5784)] + [(socket.SOCK_STREAM, port) for port in (8080, 8081)]
        if any(taken(*port) for port in ports):
            self.skipTest("somebody uses the ports of the demo")

    def start(self):
        return subprocess.Popen([DEMO, "--devices", "3", "--linnet", LINNET], stdout=subprocess.PIPE,
                                stderr=subprocess.STDOUT, text=True, start_new_session=True)

    def check_bootstrap(self, said):
        """What a person sees of a meter that is given two servers, and loses one."""
        parts = re.split(r"\n\d\. ", said)
        self.assertEqual(len(parts), 8, said)
        _, told, used, taken_away, left, secured, kept_out, asleep = parts
        self.assertRegex(asleep, r"operation \d+ waits for the device")
        self.assertRegex(told, r"bootstrap done(.*\n)*.*registered at coap://127\.0\.0\.1:56[89]3")
        self.assertRegex(told, r"\n +bootstrap +coap://127\.0\.0\.1:5783 .*\n +101 .* registered\n +102 .* registered\n")
        self.assertRegex(used, r"\n +/2/\d +/3311/1 +102 +\. +RWED\n")
        self.assertRegex(used, r"\n +/2/3 +/3303/0 +102 +RW +RWED\n")
        self.assertRegex(taken_away, r"the account of coap://127\.0\.0\.1:5693 is gone")
        self.assertRegex(taken_away, r"bootstrap done: .*; gone: /0/2 /1/2 /2/1 /2/5 /3311/1\n")
        self.assertRegex(taken_away, r":5693 no longer observes /3303/0/5700\n")
        self.assertRegex(left, r"\n +101 .* registered\n")
        self.assertNotRegex(left, r"\n +102 ")
        self.assertNotIn("/3311/1", left)
        self.assertRegex(left, r"\n +/2/3 +/3303/0 +101 +RW\n")
        self.assertRegex(left, r"/2/3/3 .* 101\n")
        self.assertRegex(left, r"deregistered .*demo-meter")
        for name, mode in (("lamp", "-"), ("lock", "psk"), ("valve", "rpk"), ("pump", "x509")):
            self.assertRegex(secured, rf"\n +urn:dev:os:32473-demo-{name} +registered +127\.0\.0\.1:\d+ +{mode} ")
        self.assertEqual(secured.count("secure session with coaps://127.0.0.1"), 3)
        self.assertRegex(kept_out, r"failed: 4\.00")
        self.assertRegex(kept_out, r"refused at .* it came with no security at all, and its endpoint has a pre-shared key\n")
        self.assertRegex(kept_out, r"ended at .* its credential was revoked\n")

    def check_ends(self, end, status):
        demo = self.start()
        try:
            said = ""
            for line in demo.stdout:
                said += line
                if "Ctrl-C stops everything" in line:
                    break
            self.assertIn("linnet device list", said)
            self.check_bootstrap(said)
            self.assertGreaterEqual(len(members(demo.pid)), 8, "the script, two servers, four clients, a fleet")
            end_of_wait = time.monotonic() + 20
            while time.monotonic() < end_of_wait:
                code, out, _ = run("device", "list")
                if code == 0 and out.count("urn:") == 8:
                    break
                time.sleep(0.2)
            self.assertIn("urn:dev:os:32473-demo-lamp", out)
            self.assertEqual(out.count("urn:"), 8)
            end(demo)
            said = demo.stdout.read()
            self.assertEqual(demo.wait(timeout=20), status)
            self.assertTrue(said.endswith("Everything is stopped.\n"), said)
            self.assertEqual(members(demo.pid), [])
            self.assertFalse(taken(socket.SOCK_DGRAM, 5683))
        finally:
            for pid in members(demo.pid):
                os.kill(pid, signal.SIGKILL)
            demo.wait()
            demo.stdout.close()

    def test_ctrl_c_ends_all_of_it(self):
        # A terminal sends it to every process in the foreground.
        self.check_ends(lambda demo: os.killpg(demo.pid, signal.SIGINT), 0)

    def test_ctrl_c_in_the_middle_ends_all_of_it(self):
        demo = self.start()
        try:
            for line in demo.stdout:
                if "linnet device create" in line:
                    break
            os.killpg(demo.pid, signal.SIGINT)
            said = demo.stdout.read()
            self.assertIn(demo.wait(timeout=20), (0, 130), "130: a command was interrupted, and the script with it")
            self.assertTrue(said.endswith("Everything is stopped.\n"), said)
            self.assertEqual(members(demo.pid), [])
        finally:
            for pid in members(demo.pid):
                os.kill(pid, signal.SIGKILL)
            demo.wait()
            demo.stdout.close()

    def test_a_kill_of_the_script_ends_all_of_it(self):
        self.check_ends(lambda demo: demo.terminate(), 0)

    def test_a_wrong_option_is_told(self):
        result = subprocess.run([DEMO, "--nothing"], capture_output=True, text=True)
        self.assertEqual(result.returncode, 2)
        self.assertIn("unknown option --nothing", result.stderr)


if __name__ == "__main__":
    unittest.main()
