#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""linnet server: its settings, its API by hand, its events, how it starts and ends."""
import json
import signal
import socket
import time
import unittest
import urllib.parse

from linnet_process import Client, Events, LinnetTest, Process, Server, run


class StartTest(LinnetTest):
    def test_says_where_it_listens_and_what_to_try(self):
        server = self.start(Server)
        server.expect(rf"linnet client coap://127\.0\.0\.1:{server.port}$")
        server.expect(rf"linnet device list --server {server.url}$")

    def test_ends_on_sigterm_and_sigint(self):
        for number in (signal.SIGTERM, signal.SIGINT):
            server = self.start(Server)
            events = Events(server)
            self.addCleanup(events.close)
            client = self.start(Client, server, "e")
            server.signal(number)
            self.assertEqual(server.wait(10), 0)
            self.assertEqual(server.log[-1], "The server has stopped.")
            client.stop()

    def test_serves_both_families_on_one_socket(self):
        server = self.start(Server, coap="*:0")
        for host, endpoint in (("127.0.0.1", "four"), ("[::1]", "six")):
            if host == "[::1]" and not socket.has_ipv6:
                continue
            self.start(Client, f"coap://{host}:{server.port}", endpoint)
        self.assertEqual({d["endpoint"] for d in server.request("GET", "/api/v1/devices")[1]["devices"]}, {"four", "six"})

    def test_ports_in_use_are_explained(self):
        server = self.start(Server)
        code, _, err = run("server", "--bootstrap", "off", "--coap", f"127.0.0.1:{server.port}", "--http", "127.0.0.1:0")
        self.assertEqual(code, 6)
        self.assertIn(f"127.0.0.1:{server.port}: the port is already in use", err)
        http = urllib.parse.urlparse(server.url).port
        code, _, err = run("server", "--bootstrap", "off", "--coap", "127.0.0.1:0", "--http", f"127.0.0.1:{http}")
        self.assertEqual(code, 6)
        self.assertIn("choose another port", err)

    def test_wrong_arguments_are_explained(self):
        for arguments, words in (((["--coap", "nonsense:port"]), "no address to listen on"),
                                 (["--coap", "192.0.2.1:0"], "no such address"),
                                 (["--coap", "no.such.host.invalid"], "cannot find the host"),
                                 (["--models", "/no/such/folder"], "there is no folder"),
                                 (["--config", "/no/such/file.toml"], "file.toml")):
            with self.subTest(arguments=arguments):
                code, _, err = run("server", "--http", "127.0.0.1:0", *(["--coap", "127.0.0.1:0"] if "--coap" not in arguments else []), *arguments)
                self.assertIn(code, (2, 6))
                self.assertIn(words, err)


class ConfigTest(LinnetTest):
    def refused(self, text):
        file = self.folder() / "linnet.toml"
        file.write_text(text)
        code, _, err = run("server", "--config", str(file))
        self.assertEqual(code, 2, err)
        return err.replace(str(file), "linnet.toml")

    def test_settings_are_used(self):
        file = self.folder() / "linnet.toml"
        file.write_text('[coap]\nlisten = "127.0.0.1:0"\n[http]\nlisten = "127.0.0.1:0"\n'
                        '[registration]\ndefault_lifetime = 1234\ngrace = 0\n[log]\nlevel = "warn"\n')
        server = self.start(Server, "--config", str(file))
        self.start(Client, server, "quiet")
        self.assertFalse([line for line in server.log if "registered" in line])

    def test_mistakes_name_the_line(self):
        self.assertIn('linnet.toml:2: there is no setting "port" in [coap]; there are listen',
                      self.refused("[coap]\nport = 5683\n"))
        self.assertIn("linnet.toml:1: there is no section [caop]", self.refused("[caop]\nlisten = '*:1'\n"))
        self.assertIn("linnet.toml:3: registration.default_lifetime is a number from 1 to",
                      self.refused("[registration]\n\ndefault_lifetime = -1\n"))
        self.assertIn("linnet.toml:2: coap.listen is a string", self.refused("[coap]\nlisten = 5683\n"))
        self.assertIn("linnet.toml:1: ", self.refused("[coap\n"))
        self.assertIn("no log level", self.refused("[log]\nlevel = 'loud'\n"))


class ApiTest(LinnetTest):
    @classmethod
    def setUpClass(cls):
        cls.server = Server()
        cls.client = Client(cls.server, "api")

    @classmethod
    def tearDownClass(cls):
        cls.client.stop()
        cls.server.stop()

    def problem(self, status, words, method, path, *arguments, **more):
        got, body = self.server.request(method, path, *arguments, **more)
        self.assertEqual(got, status, body)
        self.assertEqual(self.server.last_type, "application/problem+json")
        self.assertEqual(body["status"], status)
        self.assertIn(words, body["detail"])
        return body

    def test_server_pages(self):
        self.assertEqual(self.server.request("GET", "/healthz"), (200, {"status": "ok"}))
        status, body = self.server.request("GET", "/readyz")
        self.assertEqual((status, body["status"], body["registrations"]), (200, "ready", 1))
        self.assertEqual(self.server.request("GET", "/version")[1]["name"], "linnet")
        status, body = self.server.request("GET", "/openapi.yaml")
        self.assertEqual(status, 200)
        self.assertIn(b"openapi: 3.1.0", body)

    def test_models(self):
        models = self.server.request("GET", "/api/v1/models")[1]["models"]
        self.assertIn((3, "1.0"), {(m["object"], m["version"]) for m in models})
        status, model = self.server.request("GET", "/api/v1/models/3303")
        self.assertEqual(status, 200)
        self.assertIn("Sensor Value", {r["name"] for r in model["resources"]})
        self.assertEqual(self.server.request("GET", "/api/v1/models/3?version=1.0")[1]["version"], "1.0")
        self.problem(404, "no definition", "GET", "/api/v1/models/12345")
        self.problem(404, "version 9.9", "GET", "/api/v1/models/3?version=9.9")
        self.problem(400, "id of an object", "GET", "/api/v1/models/lamp")

    def test_wrong_requests_are_problems(self):
        self.problem(404, "/openapi.yaml", "GET", "/api")
        self.problem(404, "nothing at", "GET", "/api/v1/devices/a/b")
        self.problem(405, "takes GET", "POST", "/api/v1/devices", {})
        self.problem(404, "no device \"x\"", "GET", "/api/v1/devices/x")
        self.problem(404, "no device \"x\"", "DELETE", "/api/v1/devices/x")
        self.problem(400, "no query parameter", "GET", "/api/v1/devices?colour=red")
        self.problem(400, "\"limit\" is a number", "GET", "/api/v1/devices?limit=0")
        self.problem(400, "sort is", "GET", "/api/v1/devices?sort=colour")
        self.problem(400, "cursor", "GET", "/api/v1/devices?cursor=abc")
        self.problem(400, "broken escape", "GET", "/api/v1/devices/%zz")
        operations = "/api/v1/devices/api/operations"
        self.problem(415, "application/json", "POST", operations, "op=read")
        self.problem(400, "no JSON", "POST", operations, "{", {"Content-Type": "application/json"})
        self.problem(400, "no mode", "POST", operations, {"op": "read", "path": "/3", "mode": "later"})
        self.problem(404, "no device", "POST", "/api/v1/devices/x/operations", {"op": "read", "path": "/3"})

    def test_hosts_that_are_not_this_machine_are_refused(self):
        self.problem(403, "loopback", "GET", "/healthz", headers={"Host": "attacker.example"})

    def test_values_of_every_type(self):
        for path, value, back in (("/3311/0/5850", True, True), ("/3311/0/5851", 7, 7), ("/3311/0/5851", "8", 8),
                                  ("/3/0/15", "Æther/Zone", "Æther/Zone")):
            with self.subTest(path=path, value=value):
                status, result = self.server.operate("api", op="write", path=path, value=value)
                self.assertEqual((status, result["code"]), (200, "2.04"), result)
                self.assertEqual(self.server.operate("api", op="read", path=path)[1]["values"][0]["value"], back)

    def test_a_device_error_is_a_result(self):
        status, result = self.server.operate("api", op="read", path="/3/0/4")
        self.assertEqual((status, result["success"], result["code"], result["codeName"]),
                         (200, False, "4.05", "Method Not Allowed"))

    def test_many_requests_at_once_are_answered_each(self):
        connections = [self.server.connection() for _ in range(20)]
        for connection in connections:
            connection.request("POST", "/api/v1/devices/api/operations", json.dumps({"op": "read", "path": "/3/0/0"}),
                               {"Content-Type": "application/json", **self.server.authorization()})
        for connection in connections:
            answer = json.loads(connection.getresponse().read())
            self.assertEqual(answer["values"][0]["value"], "Linnet")
            connection.close()


class ObservationTest(LinnetTest):
    def setUp(self):
        self.server = self.start(Server)
        self.client = self.start(Client, self.server, "seen")
        self.events = Events(self.server, "?type=value&endpoint=seen")
        self.addCleanup(self.events.close)
        self.events.expect("hello")

    def observe(self, **more):
        status, result = self.server.operate("seen", op="observe", path="/3303/0/5700", **more)
        self.assertEqual((status, result["code"]), (200, "2.05"), result)
        self.events.expect("value", initial=True)
        return result["observation"]

    def observed(self):
        return self.server.request("GET", "/api/v1/devices/seen")[1]["observations"]

    def test_observing_twice_leaves_one_observation(self):
        number = self.observe()
        self.assertEqual(self.observe(), number)
        self.assertEqual([o["observation"] for o in self.observed()], [number])
        for value in (55.5, 56.5):
            self.client.tell(f"set /3303/0/5700 {value}")
            _, event = self.events.expect("value", observation=number)
            self.assertEqual(event["values"][0]["value"], value)

    def test_an_observation_outlives_a_new_registration(self):
        number = self.observe()
        self.server.operate("seen", op="execute", path="/3/0/4")  # Reboot
        self.client.expect("^registered at")
        self.client.expect("observes /3303/0/5700")
        self.client.tell("set /3303/0/5700 44.5")
        _, event = self.events.expect("value", observation=number)
        while event["values"][0]["value"] != 44.5:  # the first one is the answer to the new Observe
            _, event = self.events.expect("value", observation=number)

    def test_one_that_is_not_kept_ends_with_the_registration(self):
        number = self.observe(keep=False)
        self.server.operate("seen", op="execute", path="/3/0/4")
        _, event = self.events.expect("value", observation=number)
        self.assertIn("ended", event)
        self.client.expect("^registered at")
        self.assertEqual(self.observed(), [])

    def test_cancel_by_number(self):
        number = self.observe()
        self.assertTrue(self.server.operate("seen", op="cancel", observation=number)[1]["success"])
        self.events.expect("value", observation=number, ended="cancelled")
        self.assertEqual(self.observed(), [])


class RemovedDeviceTest(LinnetTest):
    def test_what_waits_for_a_device_ends_when_it_is_removed(self):
        server = self.start(Server)
        client = self.start(Client, server, "gone")
        client.process.kill()
        client.wait()
        connection = server.connection()
        self.addCleanup(connection.close)
        connection.request("POST", "/api/v1/devices/gone/operations", json.dumps({"op": "read", "path": "/3"}),
                           {"Content-Type": "application/json", **server.authorization()})
        deadline = time.monotonic() + 5
        while server.request("GET", "/api/v1/devices/gone")[1]["pendingOperations"] == 0:
            self.assertLess(time.monotonic(), deadline)
        self.assertEqual(server.request("DELETE", "/api/v1/devices/gone")[0], 204)
        answer = connection.getresponse()
        self.assertEqual(answer.status, 409)
        self.assertIn("registration ended", json.loads(answer.read())["detail"])


class PagesTest(LinnetTest):
    def test_pages_are_stable_and_sorted(self):
        server = self.start(Server)
        fleet = self.start(Process, "fleet", "--devices", "25", "--server", server.uri, "--prefix", "page-",
                           "--report", "0.3", "--interval", "0")
        fleet.expect("25 of 25 registered")
        seen, cursor = [], ""
        while True:
            status, page = server.request("GET", "/api/v1/devices?limit=10" + (f"&cursor={urllib.parse.quote(cursor)}" if cursor else ""))
            self.assertEqual((status, page["total"]), (200, 25))
            seen.append([d["endpoint"] for d in page["devices"]])
            cursor = page.get("next")
            if not cursor:
                break
        self.assertEqual([len(page) for page in seen], [10, 10, 5])
        names = sum(seen, [])
        self.assertEqual(names, sorted(f"page-{i}" for i in range(1, 26)))
        for sort in ("endpoint", "registered", "updated", "expires", "address"):
            up = [d["endpoint"] for d in server.request("GET", f"/api/v1/devices?sort={sort}")[1]["devices"]]
            down = [d["endpoint"] for d in server.request("GET", f"/api/v1/devices?sort=-{sort}")[1]["devices"]]
            self.assertEqual(up, down[::-1])
        self.assertEqual(server.request("GET", "/api/v1/devices?q=PAGE-2&limit=3")[1]["total"], 7)
        fleet.signal(signal.SIGINT)
        self.assertEqual(fleet.wait(), 0)
        self.assertEqual(server.request("GET", "/api/v1/devices")[1]["total"], 0)


class EventsTest(LinnetTest):
    @classmethod
    def setUpClass(cls):
        cls.server = Server("--verbose")

    @classmethod
    def tearDownClass(cls):
        cls.server.stop()

    def events(self, *arguments, **options):
        events = Events(self.server, *arguments, **options)
        self.addCleanup(events.close)
        return events

    def test_the_life_of_a_device(self):
        events = self.events()
        events.expect("hello")
        client = self.start(Client, self.server, "alive")
        _, event = events.expect("registered", endpoint="alive")
        self.assertEqual(event["device"]["lifetime"], 300)
        client.tell("update")
        events.expect("updated", endpoint="alive", changed=[])
        self.server.operate("alive", op="observe", path="/3303/0/5700")
        _, event = events.expect("value", endpoint="alive", initial=True)
        self.assertEqual(event["paths"], ["/3303/0/5700"])
        _, event = events.expect("operation", endpoint="alive", op="observe")
        self.assertTrue(event["success"])
        client.tell("set /3303/0/5700 30.5")
        _, event = events.expect("value", endpoint="alive")
        self.assertEqual([(v["path"], v["value"]) for v in event["values"]], [("/3303/0/5700", 30.5)])
        client.tell("send /3/0/0 /3303/0/5700")
        _, event = events.expect("send", endpoint="alive")
        self.assertEqual({v["path"]: v["value"] for v in event["values"]}, {"/3/0/0": "Linnet", "/3303/0/5700": 30.5})
        client.tell("quit")
        _, event = events.expect("deregistered", endpoint="alive")
        self.assertEqual(client.wait(), 0)

    def test_expiry(self):
        server = self.start(Server, "--config", str(self.config("[registration]\ngrace = 0\n")))
        events = Events(server)
        self.addCleanup(events.close)
        events.expect("hello")
        client = self.start(Client, server, "short", "--lifetime", "2")
        client.process.kill()
        _, event = events.expect("expired", endpoint="short", timeout=10)
        self.assertIn("expired", event["reason"])

    def config(self, text):
        file = self.folder() / "linnet.toml"
        file.write_text(text)
        return file

    def test_filters(self):
        events = self.events("?type=registered,deregistered&endpoint=wanted")
        events.expect("hello")
        for endpoint in ("other", "wanted"):
            client = self.start(Client, self.server, endpoint)
            client.tell("update")
            client.tell("quit")
            client.wait()
        events.expect("deregistered", endpoint="wanted")
        self.assertEqual([(e["type"], e.get("endpoint")) for e in events.seen],
                         [("hello", None), ("registered", "wanted"), ("deregistered", "wanted")])
        status, body = self.server.request("GET", "/api/v1/events?type=nonsense")
        self.assertEqual(status, 400)
        self.assertIn("no event type", body["detail"])

    def test_resume_after_a_cut(self):
        events = self.events("?endpoint=resumed")
        events.expect("hello")
        client = self.start(Client, self.server, "resumed")
        last, _ = events.expect("registered")
        events.close()
        client.tell("update")
        client.expect("updated")
        client.tell("quit")
        client.wait()
        again = self.events("?endpoint=resumed", last_id=last)
        again.expect("updated")
        again.expect("deregistered")
        self.assertEqual([e["type"] for e in again.seen], ["hello", "updated", "deregistered"])
        by_parameter = self.events(f"?endpoint=resumed&lastEventId={last}")
        by_parameter.expect("deregistered")

    def test_a_foreign_id_is_a_gap(self):
        events = self.events(last_id="deadbeef-7")
        events.expect("lost")

    def test_a_reader_that_comes_back_too_late_is_told_what_it_lost(self):
        settings = ("--config", str(self.config("[events]\nkept = 10\n")), "--store", str(self.folder() / "store"))
        server = self.start(Server, *settings)
        events = Events(server)
        events.expect("hello")
        client = self.start(Client, server, "busy")
        last, _ = events.expect("registered")
        events.close()
        for _ in range(20):
            client.tell("update")
            client.expect("updated")
        server.stop()  # what is in memory may be more
        late = Events(self.start(Server, *settings), last_id=last)
        self.addCleanup(late.close)
        _, lost = late.expect("lost")
        self.assertIn(lost["events"], range(5, 16))
        late.expect("updated")

    def test_a_reader_that_takes_nothing_holds_nobody_up(self):
        stuck = self.events(read=False)
        client = self.start(Client, self.server, "free")
        for n in range(50):
            client.tell("update")
            client.expect("updated")
        status, _ = self.server.request("GET", "/readyz")
        self.assertEqual(status, 200)
        stuck.close()

    def test_linnet_events_prints_lines(self):
        follower = self.start(Process, "events", "--server", self.server.url, "--endpoint", "printed", "--count", "2")
        follower.expect("^following")
        client = self.start(Client, self.server, "printed")
        follower.expect(r"^\d\d:\d\d:\d\d  registered +printed  at 127\.0\.0\.1:\d+, LwM2M 1\.2, lifetime 300 s$")
        client.tell("quit")
        follower.expect(r"deregistered +printed")
        self.assertEqual(follower.wait(), 0)


if __name__ == "__main__":
    unittest.main(verbosity=2)
