#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""scripts/demo: starts, says what to try, and ends whole when somebody presses Ctrl-C."""
import os
import pathlib
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
        if taken(socket.SOCK_DGRAM, 5683) or taken(socket.SOCK_STREAM, 8080):
            self.skipTest("somebody uses the ports of the demo")

    def check_ends(self, end, status):
        demo = subprocess.Popen([DEMO, "--devices", "3", "--linnet", LINNET], stdout=subprocess.PIPE,
                                stderr=subprocess.STDOUT, text=True, start_new_session=True)
        try:
            said = ""
            for line in demo.stdout:
                said += line
                if "Ctrl-C stops everything" in line:
                    break
            self.assertIn("linnet device list", said)
            self.assertGreaterEqual(len(members(demo.pid)), 4, "the script, a server, a client, a fleet")
            end_of_wait = time.monotonic() + 20
            while time.monotonic() < end_of_wait:
                code, out, _ = run("device", "list")
                if code == 0 and out.count("urn:") == 4:
                    break
                time.sleep(0.2)
            self.assertIn("urn:dev:os:32473-demo-lamp", out)
            self.assertEqual(out.count("urn:"), 4)
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

    def test_a_kill_of_the_script_ends_all_of_it(self):
        self.check_ends(lambda demo: demo.terminate(), 0)

    def test_a_wrong_option_is_told(self):
        result = subprocess.run([DEMO, "--nothing"], capture_output=True, text=True)
        self.assertEqual(result.returncode, 2)
        self.assertIn("unknown option --nothing", result.stderr)


if __name__ == "__main__":
    unittest.main()
