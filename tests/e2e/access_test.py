#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Who gets into the API of a real server, with what, how often, and who does not."""
import http.client
import json
import os
import pathlib
import re
import signal
import socket
import ssl
import stat
import time
import unittest

from linnet_process import RUNTIME, Client, Events, LinnetTest, Process, Server, run

# The console is there compressed only.
GZIP = {"Accept-Encoding": "gzip"}
SOURCES = pathlib.Path(__file__).resolve().parents[2] / "src" / "service"
ROLES = ["viewer", "operator", "admin"]
NEEDED = {"Open": None, "View": "viewer", "Operate": "operator", "Administer": "admin"}


def routes():
    """(method, pattern, role or None) of every route in the tables of the areas."""
    found = []
    for file in sorted(SOURCES.glob("api_*.cpp")):
        for method, pattern, access in re.findall(r'\{"([A-Z]+)", "(/[^"]*)", Access::(\w+)\}', file.read_text()):
            found.append((method, pattern, NEEDED[access]))
    return found


class Api:
    """Requests of one caller: by token, or by the cookie of a sign-in as the console has it."""

    def __init__(self, server, token="", cookie=None):
        self.server, self.token, self.cookie = server, token, cookie

    def __call__(self, method, path, body=None, **headers):
        headers = {name.replace("_", "-"): value for name, value in headers.items()}
        if self.cookie:
            headers.setdefault("Cookie", f"linnet_session={self.cookie}")
            headers.setdefault("X-Linnet-Console", "1")
        return self.server.request(method, "/api/v1" + path, body, headers, token=self.token)

    def sign_in(self, **body):
        """(status, body) of an attempt; with 200 the cookie is used from then on."""
        status, answer = Api(self.server)("POST", "/session", body)
        if status == 200:
            self.cookie = re.match(r"linnet_session=(lns_[\w-]{43}); Path=/; HttpOnly; SameSite=Strict; Max-Age=\d+$",
                                   self.server.last_headers["Set-Cookie"]).group(1)
        return status, answer


class AccessTest(LinnetTest):
    def server(self, *arguments, **options):
        server = self.start(Server, *arguments, **options)
        server.admin = Api(server, server.token)
        return server

    def new_token(self, server, role, **more):
        status, made = server.admin("POST", "/tokens", {"name": f"a {role}", "role": role, **more})
        self.assertEqual(status, 201, made)
        return made


class RoutesTest(AccessTest):
    def status(self, server, method, pattern, token):
        connection = server.connection()
        try:
            connection.request(method, re.sub(r"\{\w+\}", "none", pattern), headers=server.authorization(token))
            answer = connection.getresponse()
            text = "" if "event-stream" in answer.getheader("Content-Type", "") else answer.read().decode("utf-8", "replace")
            return answer.status, text, answer.headers
        finally:
            connection.close()

    def test_every_route_asks_for_its_role(self):
        server = self.server()
        tokens = {role: self.new_token(server, role)["token"] for role in ROLES}
        all_routes = routes()
        described = re.findall(r"(?m)^  (/\S+):$", server.request("GET", "/openapi.yaml")[1].decode())
        self.assertEqual({pattern for _, pattern, _ in all_routes}, set(described))
        for method, pattern, role in all_routes:
            with self.subTest(route=f"{method} {pattern}"):
                if role is None:
                    self.assertNotIn(self.status(server, method, pattern, "")[0], (403, 404, 405))
                    continue
                for wrong in ("", "lnt_" + "A" * 43, tokens[role][:-1]):
                    status, text, headers = self.status(server, method, pattern, wrong)
                    self.assertEqual(status, 401, text)
                    self.assertIn("Bearer", headers["WWW-Authenticate"])
                    self.assertIn("token", json.loads(text)["detail"])
                for weaker in ROLES[:ROLES.index(role)]:
                    status, text, _ = self.status(server, method, pattern, tokens[weaker])
                    self.assertEqual(status, 403, text)
                    self.assertIn(f"needs the role {role}", json.loads(text)["detail"])
                for enough in ROLES[ROLES.index(role):]:
                    status, text, _ = self.status(server, method, pattern, tokens[enough])
                    self.assertNotIn(status, (401, 403), text)
                    self.assertLess(status, 500, text)

    def test_who_may_see_nothing_learns_nothing_of_what_there_is(self):
        server = self.server()
        for method, path in (("GET", "/api/v1/nothing"), ("PATCH", "/api/v1/devices"), ("GET", "/api"), ("TRACE", "/api/v1/tokens"),
                             ("CONNECT", "/api/v1/tokens"), ("GET", "/api/v1/tokens/"), ("POST", "/healthz")):
            with self.subTest(request=f"{method} {path}"):
                self.assertEqual(server.request(method, path, token="")[0], 401)
                self.assertIn(server.request(method, path)[0], (404, 405))


class FirstStartTest(AccessTest):
    def test_without_a_store_the_token_is_in_the_run_time_folder(self):
        server = self.start(Process, "server", "--coap", "127.0.0.1:0", "--bootstrap", "off", "--http", "127.0.0.1:0")
        url = server.expect(r"API +(http://\S+:\d+)/").group(1)
        server.expect("^First start")
        link = server.expect(r"console +(http://127\.0\.0\.1:\d+/#code=([\w-]{43})) ")
        file = pathlib.Path(server.expect(r"token +(/\S+) ").group(1))
        self.assertEqual(file, RUNTIME / "linnet" / f"admin-token-{url.rpartition(':')[2]}")
        self.assertTrue(link.group(1).startswith(url + "/#code="))
        self.assertEqual(stat.S_IMODE(file.stat().st_mode), 0o600)
        self.assertEqual(stat.S_IMODE(file.parent.stat().st_mode), 0o700)
        self.assertRegex(file.read_text(), r"^lnt_[\w-]{43}\n$")
        server.expect("Ctrl-C")
        self.assertEqual(run("device", "list", "--server", url)[0], 0)
        server.stop()
        self.assertFalse(file.exists(), "the token is of no use any more")
        text = "\n".join(server.log)
        self.assertNotIn("lnt_", text)

    def test_with_a_store_it_is_beside_it_and_a_sign_in_outlives_a_restart(self):
        store = self.folder() / "linnet.db"
        server = self.server("--store", str(store))
        log = "\n".join(server.log)
        code = re.search(r"#code=(\S+) ", log).group(1)
        first = pathlib.Path(str(store) + "-admin-token")
        self.assertIn(f"token      {first}  (", log)
        self.assertEqual(stat.S_IMODE(first.stat().st_mode), 0o600)
        admin = Api(server, first.read_text().strip())
        self.assertEqual(admin("GET", "/session")[1]["name"], "first admin")
        self.assertEqual(server.admin("GET", "/session")[1]["name"], "this machine")
        person = Api(server)
        status, session = person.sign_in(code=code)
        self.assertEqual((status, session["kind"], session["role"], session["name"]), (200, "code", "admin", "first admin"))
        status, problem = Api(server).sign_in(code=code)
        self.assertEqual(status, 401)
        self.assertIn("linnet console", problem["detail"])
        local = server.token_file
        old = server.token
        server.process.kill()
        server.wait()

        server = self.server("--store", str(store), http=server.url[len("http://"):])
        self.assertNotIn("First start", "\n".join(server.log))
        self.assertEqual(server.token_file, local)
        self.assertEqual(Api(server, old)("GET", "/session")[0], 401, "the token of a run ends with it")
        self.assertEqual(server.admin("GET", "/session")[0], 200)
        self.assertEqual(Api(server, admin.token)("GET", "/session")[0], 200)
        self.assertEqual(Api(server, cookie=person.cookie)("GET", "/session")[1]["name"], "first admin")
        server.stop()
        self.assertFalse(local.exists())

    def test_a_folder_of_others_gets_no_token(self):
        folder = self.folder()
        (folder / "linnet").mkdir()
        (folder / "linnet").chmod(0o777)
        server = self.start(Server, env={"XDG_RUNTIME_DIR": str(folder), "LINNET_LOG_LEVEL": "warn"})
        self.assertIn("not a folder that only this user can write to", "\n".join(server.log))
        self.assertEqual(list((folder / "linnet").iterdir()), [])

    def test_nobody_is_asked_on_loopback_if_so_configured(self):
        server = self.start(Server, env={"LINNET_AUTH_ENABLED": "false"})
        self.assertFalse(server.token_file.exists())
        anybody = Api(server)
        self.assertEqual(anybody("GET", "/session"), (200, {"name": "anybody", "role": "admin", "kind": "open"}))
        self.assertEqual(anybody("GET", "/devices", Origin="http://evil.example")[0], 403)
        for where in ("*:0", "0.0.0.0:0", "[::]:0"):
            for more in ((), ("--check-config",)):
                code, out, err = run("server", "--coap", "127.0.0.1:0", "--bootstrap", "off", "--http", where, *more, LINNET_AUTH_ENABLED="false")
                self.assertNotEqual(code, 0, out)
                self.assertIn("auth.enabled", err)


class SignInTest(AccessTest):
    def test_users_sign_in_with_passwords(self):
        store = self.folder() / "linnet.db"
        server = self.server("--store", str(store))
        admin = server.admin
        self.assertEqual(admin("PUT", "/users/alice", {"role": "operator"})[0], 404)
        self.assertEqual(admin("PUT", "/users/alice", {"password": "short"})[0], 422)
        status, user = admin("PUT", "/users/alice", {"password": "correct horse battery", "role": "operator"})
        self.assertEqual((status, user["name"], user["role"]), (201, "alice", "operator"))
        alice, elsewhere = Api(server), Api(server)
        self.assertEqual(alice.sign_in(user="alice", password="correct horse")[0], 401)
        status, session = alice.sign_in(user="alice", password="correct horse battery")
        self.assertEqual((status, session["kind"], session["name"], session["role"]), (200, "user", "alice", "operator"))
        self.assertEqual(elsewhere.sign_in(user="alice", password="correct horse battery")[0], 200)
        self.assertEqual(alice("GET", "/devices")[0], 200)
        self.assertEqual(alice("GET", "/users")[0], 403)
        self.assertIn("lastSignIn", admin("GET", "/users")[1]["users"][0])

        self.assertEqual(alice("POST", "/session/password", {"old": "wrong", "new": "another long one"})[0], 422)
        self.assertEqual(alice("POST", "/session/password", {"old": "correct horse battery", "new": "another long one"})[0], 204)
        self.assertEqual(alice("GET", "/session")[0], 200)
        self.assertEqual(elsewhere("GET", "/session")[0], 401, "with another password other sessions end")
        self.assertEqual(Api(server).sign_in(user="alice", password="correct horse battery")[0], 401)
        self.assertEqual(elsewhere.sign_in(user="alice", password="another long one")[0], 200)
        self.assertEqual(alice("DELETE", "/session")[0], 204)
        self.assertIn("Max-Age=0", server.last_headers["Set-Cookie"])
        self.assertEqual(alice("GET", "/session")[0], 401)
        self.assertEqual(admin("DELETE", "/users/alice")[0], 204)
        self.assertEqual(elsewhere("GET", "/session")[0], 401)
        for file in store.parent.iterdir():
            if file.name != "linnet.db-admin-token":
                self.assertNotIn(b"another long one", file.read_bytes(), file)

    def test_wrong_passwords_have_to_wait_and_unknown_users_look_the_same(self):
        server = self.server()
        server.admin("PUT", "/users/alice", {"password": "correct horse battery", "role": "viewer"})
        for user in ("alice", "nobody"):
            with self.subTest(user=user):
                answers = [Api(server).sign_in(user=user, password=f"wrong {i}") for i in range(6)]
                self.assertEqual([status for status, _ in answers], [401] * 5 + [429], answers)
                self.assertEqual({a["detail"] for s, a in answers if s == 401}, {answers[0][1]["detail"]})
                self.assertIn(server.last_headers["Retry-After"], ("1",))
                self.assertEqual(server.last_type, "application/problem+json")

    def test_a_cookie_is_for_the_console_only(self):
        server = self.server()
        status, code = server.admin("POST", "/session/code")
        self.assertEqual(status, 200)
        console = Api(server)
        self.assertEqual(console.sign_in(code=code["code"])[0], 200)
        self.assertEqual(console("POST", "/tokens", {"name": "x", "role": "viewer"})[0], 201)
        self.assertEqual(console("POST", "/tokens", {"name": "x", "role": "viewer"}, X_Linnet_Console="")[0], 403)
        host = server.url
        self.assertEqual(console("DELETE", "/tokens/none", Origin=host)[0], 404)
        for foreign in ({"Origin": "http://127.0.0.1:1"}, {"Origin": "https://evil.example"}, {"Sec_Fetch_Site": "cross-site"}):
            self.assertEqual(console("DELETE", "/tokens/none", **foreign)[0], 403)
            self.assertEqual(console("GET", "/events", **foreign)[0], 403)
            self.assertEqual(Api(server)("POST", "/session", {"code": "x"}, **foreign)[0], 403)


class TokensTest(AccessTest):
    def test_a_token_is_shown_once_and_its_removal_ends_what_rests_on_it(self):
        server = self.server()
        made = self.new_token(server, "viewer", expires=time.time() + 3600)
        shown = [t for t in server.admin("GET", "/tokens")[1]["tokens"] if t["id"] == made["id"]][0]
        self.assertNotIn("token", shown)
        viewer = Api(server, made["token"])
        self.assertEqual(viewer("GET", "/devices")[0], 200)
        code = viewer("POST", "/session/code")[1]["code"]
        console = Api(server)
        self.assertEqual(console.sign_in(code=code)[1]["role"], "viewer")
        connection = server.connection()
        self.addCleanup(connection.close)
        connection.request("GET", "/api/v1/events", headers=server.authorization(made["token"]))
        stream = connection.getresponse()
        self.assertEqual(stream.status, 200)
        self.assertEqual(server.admin("DELETE", f"/tokens/{made['id']}")[0], 204)
        began = time.monotonic()
        try:
            while stream.read1(65536):
                pass
        except (OSError, http.client.IncompleteRead):
            pass
        self.assertLess(time.monotonic() - began, 5, "the stream ended at once")
        self.assertEqual(viewer("GET", "/devices")[0], 401)
        self.assertEqual(console("GET", "/session")[0], 401)

    def test_the_last_admin_stays(self):
        server = self.server()
        tokens = server.admin("GET", "/tokens")[1]["tokens"]
        self.assertEqual([t["role"] for t in tokens], ["admin"])
        status, problem = server.admin("DELETE", f"/tokens/{tokens[0]['id']}")
        self.assertEqual(status, 409)
        self.assertIn("make another admin first", problem["detail"])

    def test_too_many_requests_have_to_wait(self):
        server = self.start(Server, env={"LINNET_LIMITS_REQUESTS_PER_SECOND": "1", "LINNET_LIMITS_BURST": "5",
                                         "LINNET_LIMITS_ANONYMOUS_PER_SECOND": "1", "LINNET_LIMITS_ANONYMOUS_BURST": "4"})
        for token in (server.token, ""):
            statuses = [server.request("GET", "/api/v1/session", token=token)[0] for _ in range(12)]
            self.assertEqual(statuses[0], 200 if token else 401)
            self.assertIn(429, statuses)
            self.assertGreaterEqual(int(server.last_headers["Retry-After"]), 1)
            self.assertIn("[limits]", server.request("GET", "/api/v1/session", token=token)[1]["detail"])

    def test_wrong_bodies_are_named(self):
        admin = self.server().admin
        for method, path, body, words in (
                ("POST", "/tokens", {"role": "viewer"}, '"name" is missing'),
                ("POST", "/tokens", {"name": "x"}, '"role" is missing'),
                ("POST", "/tokens", {"name": "x", "role": "root"}, "viewer, operator or admin"),
                ("POST", "/tokens", {"name": "x\n", "role": "viewer"}, "what the token is for"),
                ("POST", "/tokens", {"name": "x", "role": "viewer", "expires": 5}, "a time to come"),
                ("POST", "/tokens", {"name": "x", "role": "viewer", "expires": 1e300}, "a time to come"),
                ("POST", "/tokens", {"name": "x", "role": "viewer", "admin": True}, 'no member "admin"'),
                ("POST", "/tokens", [], "JSON object"),
                ("PUT", "/users/a%2Fb", {"role": "viewer"}, "letters, digits"),
                ("PUT", "/users/alice", {}, '"password", "role", or both'),
                ("PUT", "/users/alice", {"password": 5}, '"password" is a text'),
                ("POST", "/session", {"user": "alice"}, '"password" is missing'),
                ("GET", "/audit?cursor=x", None, '"cursor"'),
                ("GET", "/audit?limit=0", None, '"limit"')):
            with self.subTest(path=path, body=body):
                status, problem = admin(method, path, body)
                self.assertEqual(status, 400, problem)
                self.assertIn(words, problem["detail"])


class AuditTest(AccessTest):
    def test_every_change_is_there_with_who_and_what_came_of_it(self):
        server = self.server()
        self.start(Client, server, "urn:dev:audited")
        operator = Api(server, self.new_token(server, "operator")["token"])
        server.admin("PUT", "/users/alice", {"password": "correct horse battery", "role": "viewer"})
        self.assertEqual(operator("POST", "/devices/urn:dev:audited/operations", {"op": "write", "path": "/3/0/14", "value": "+02:00"})[0], 200)
        self.assertEqual(operator("POST", "/tokens", {"name": "mine", "role": "admin"})[0], 403)
        self.assertEqual(operator("GET", "/devices")[0], 200)
        self.assertEqual(Api(server)("DELETE", "/tokens/x")[0], 401)
        alice = Api(server)
        self.assertEqual(alice.sign_in(user="alice", password="wrong horse battery")[0], 401)
        self.assertEqual(alice.sign_in(user="alice", password="correct horse battery")[0], 200)
        status, page = server.admin("GET", "/audit")
        self.assertEqual(status, 200)
        told = [(e["who"], e["role"], e["method"], e["path"].removeprefix("/api/v1"), e.get("subject", ""), e["status"])
                for e in page["entries"]]
        local = server.admin("GET", "/session")[1]["name"]
        self.assertEqual(told, [
            ("alice", "viewer", "POST", "/session", "alice (password or secret)", 200),
            ("", "", "POST", "/session", "alice (password or secret)", 401),
            ("a operator", "operator", "POST", "/tokens", "mine admin", 403),
            ("a operator", "operator", "POST", "/devices/urn:dev:audited/operations", "write /3/0/14", 200),
            (local, "admin", "PUT", "/users/alice", "viewer (password or secret)", 201),
            (local, "admin", "POST", "/tokens", "a operator operator", 201)])
        self.assertEqual({e["address"] for e in page["entries"]}, {"127.0.0.1"})
        self.assertLess(abs(page["entries"][0]["time"] - time.time()), 60)
        text = json.dumps(page)
        for secret in ("+02:00", "horse", "lnt_"):
            self.assertNotIn(secret, text)
        status, page = server.admin("GET", "/audit?limit=2&who=a%20operator")
        self.assertEqual(len(page["entries"]), 2)
        rest = server.admin("GET", f"/audit?limit=9&cursor={page['next']}")[1]["entries"] if "next" in page else []
        self.assertEqual(len(rest), 2 if rest else 0)

    def test_it_outlives_a_kill(self):
        store = str(self.folder() / "linnet.db")
        server = self.server("--store", store)
        made = self.new_token(server, "operator")
        server.process.kill()
        server.wait()
        server = self.server("--store", store)
        entries = server.admin("GET", "/audit")[1]["entries"]
        self.assertEqual([(e["method"], e["subject"]) for e in entries], [("POST", "a operator operator")])
        self.assertIn(made["id"], [t["id"] for t in server.admin("GET", "/tokens")[1]["tokens"]])


class HostileTest(AccessTest):
    def raw(self, server, data, timeout=20):
        """What comes back until the server closes, or the first answer is whole."""
        with socket.create_connection(("127.0.0.1", int(server.url.rpartition(":")[2])), timeout=timeout) as s:
            try:
                s.sendall(data)
                out = b""
                while b"\r\n\r\n" not in out:
                    piece = s.recv(65536)
                    if not piece:
                        break
                    out += piece
                return out
            except (ConnectionError, BrokenPipeError):
                return b""

    def status(self, answer):
        return int(answer.split(b" ")[1]) if answer.startswith(b"HTTP/1.1 ") else 0

    def test_injection_gets_4xx(self):
        server = self.server()
        admin = server.admin
        quotes = ["'", "' OR '1'='1", "x'; DROP TABLE api_token; --", '"', "%00", "\\", "%27%20UNION%20SELECT%20*%20FROM%20api_token--"]
        for text in quotes:
            quoted = text.replace(" ", "%20").replace('"', "%22").replace("\\", "%5C").replace("'", "%27") if "%" not in text else text
            for path in (f"/devices/{quoted}", f"/credentials/{quoted}", f"/bootstrap/configurations/{quoted}", f"/trust-anchors/{quoted}"):
                with self.subTest(path=path):
                    self.assertIn(admin("GET", path)[0], (200, 400, 404))
            self.assertIn(admin("DELETE", f"/tokens/{quoted}")[0], (400, 404))
            self.assertIn(admin("PUT", f"/users/{quoted}", {"role": "viewer"})[0], (400, 404))
            self.assertIn(admin("GET", f"/audit?who={quoted}&q={quoted}")[0], (200, 400))
            self.assertIn(admin("GET", f"/devices?q={quoted}")[0], (200, 400))
            self.assertEqual(Api(server).sign_in(user=text, password=text)[0] // 100, 4)
            self.assertEqual(Api(server).sign_in(code=text)[0], 401)
        self.assertEqual([t["role"] for t in admin("GET", "/tokens")[1]["tokens"]], ["admin"])

    def test_paths_stay_where_they_are(self):
        server = self.server()
        page = server.request("GET", "/", headers=GZIP, token="")
        self.assertEqual(page[0], 200)
        for path in ("/../../etc/passwd", "/..%2f..%2fetc%2fpasswd", "/%2e%2e/%2e%2e/etc/passwd", "//etc/passwd", "/index.html/../../x",
                     "/assets/../../../etc/passwd", "/assets/%2e%2e/index.html", "/....//etc/passwd", "/C:\\windows"):
            with self.subTest(path=path):
                status, text = server.request("GET", path, headers=GZIP, token="")
                self.assertIn((status, text if status == 200 else page[1]), ((200, page[1]), (404, page[1]), (400, page[1])))
        self.assertEqual(server.request("GET", "/api/v1/../../healthz", token="")[0], 401)

    def test_the_console_is_served_with_a_strict_policy(self):
        server = self.server()
        for path in ("/", "/index.html", "/devices/urn:dev:x"):
            status, _ = server.request("GET", path, headers=GZIP, token="")
            headers = server.last_headers
            self.assertEqual(status, 200)
            self.assertTrue(headers["Content-Type"].startswith("text/html"))
            self.assertEqual(headers.get_all("Content-Security-Policy"),
                             ["default-src 'self'; object-src 'none'; base-uri 'none'; frame-ancestors 'none'; "
                              "form-action 'self'; connect-src 'self'"])
            self.assertEqual(headers["X-Content-Type-Options"], "nosniff")
            self.assertEqual(headers["Referrer-Policy"], "no-referrer")
            self.assertEqual(headers["Cross-Origin-Opener-Policy"], "same-origin")
            self.assertEqual(headers.get_all("Cache-Control"), ["no-cache"])
            self.assertIn("camera=()", headers["Permissions-Policy"])
        tag = headers["ETag"]
        self.assertEqual(server.request("GET", "/", headers={"If-None-Match": tag, **GZIP}, token="")[0], 304)
        self.assertEqual(server.request("HEAD", "/", headers=GZIP, token="")[0], 200)
        self.assertEqual(server.request("GET", "/assets/none.js", token="")[0], 404)
        self.assertEqual(server.request("POST", "/", token="")[0], 401)

    def test_bodies_that_are_too_much_get_4xx(self):
        server = self.server()
        device = "/devices/none/operations"
        for body in ("[" * 100_000, '{"a":' * 50_000, '{"op":"read","path":"/3","deadline":1e999}', '{"op":"read","path":"/3","deadline":' + "9" * 5000 + "}",
                     '{"op":"read","path":"' + "/3" * 100_000 + '"}', '{"op":"read","op":"write"', "\xff\xfe", '{"op":"\\ud800"}', "null", ""):
            with self.subTest(body=body[:40]):
                status, answer = server.admin("POST", device, body.encode("latin-1"), Content_Type="application/json")
                self.assertEqual(status // 100, 4, answer)
                self.assertTrue(answer["detail"])
        request = f"POST /api/v1{device} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {server.token}\r\nContent-Type: application/json\r\n"
        answer = self.raw(server, f"{request}Content-Length: 17000000\r\n\r\n".encode())
        self.assertEqual(self.status(answer), 413, answer)
        answer = self.raw(server, f"{request}Transfer-Encoding: chunked\r\n\r\n".encode() + b"FFFFFFFFFFFFFFFFF\r\n")
        self.assertIn(self.status(answer), (0, 400, 413), answer)

    def test_requests_that_hide_another_are_refused(self):
        server = self.server()
        hidden = b"DELETE /api/v1/tokens/x HTTP/1.1\r\nHost: localhost\r\n\r\n"
        head = b"POST /healthz HTTP/1.1\r\nHost: localhost\r\n"
        for name, data in {
            "both lengths": head + b"Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" + hidden,
            "two lengths": head + b"Content-Length: 0\r\nContent-Length: 50\r\n\r\n" + hidden,
            "signed length": head + b"Content-Length: +5\r\n\r\nabcde",
            "negative length": head + b"Content-Length: -1\r\n\r\n",
            "bad chunk": head + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n\r\n",
            "blank in name": head + b"Content-Length : 5\r\n\r\nabcde",
            "line feed in value": head + b"X: a\nb\r\n\r\n",
            "nul": head + b"X: a\x00b\r\n\r\n",
            "no version": b"GET /healthz\r\n\r\n",
            "wrong version": b"GET /healthz HTTP/9.9\r\nHost: localhost\r\n\r\n",
            "no host": b"GET /healthz HTTP/1.1\r\n\r\n",
            "other host": b"GET /healthz HTTP/1.1\r\nHost: evil.example\r\n\r\n",
            "absolute": b"GET http://evil.example/api/v1/tokens HTTP/1.1\r\nHost: localhost\r\n\r\n",
            "large header": b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nX: " + b"a" * 20_000 + b"\r\n\r\n",
            "many headers": b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n" + b"X: a\r\n" * 5000 + b"\r\n",
            "long path": b"GET /" + b"a" * 20_000 + b" HTTP/1.1\r\nHost: localhost\r\n\r\n",
            "TLS": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(200),
        }.items():
            with self.subTest(name):
                answer = self.raw(server, data)
                self.assertIn(self.status(answer) // 100, (0, 4), answer)
                self.assertLessEqual(len(re.findall(rb"HTTP/1\.1 \d{3} ", answer)), 1, answer)
        self.assertEqual(server.request("GET", "/healthz", token="")[0], 200)

    def test_a_request_that_never_ends_is_given_up(self):
        server = self.start(Server, env={"LINNET_HTTP_IDLE": "1"})
        began = time.monotonic()
        with socket.create_connection(("127.0.0.1", int(server.url.rpartition(":")[2])), timeout=20) as s:
            s.sendall(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n")
            try:
                for _ in range(40):  # a byte now and then is not enough
                    s.sendall(b"X")
                    s.settimeout(0.25)
                    try:
                        if s.recv(1) == b"":
                            break
                    except TimeoutError:
                        pass
            except ConnectionError:
                pass
        self.assertLess(time.monotonic() - began, 8)


class TlsTest(AccessTest):
    def make(self, folder, name):
        """Certificate, which is its own authority, and key of a server of that name."""
        code, out, err = run("credential", "new", "--x509", "--endpoint", "server." + name, "--dns", "localhost", "--out", str(folder / name))
        self.assertEqual(code, 0, err)
        return folder / name / f"server.{name}.crt.pem", folder / name / f"server.{name}.key.pem"

    def peer_name(self, port, authority):
        """The subject of the certificate shown to who trusts that authority alone."""
        context = ssl.create_default_context(cafile=str(authority))
        with socket.create_connection(("127.0.0.1", port), timeout=20) as plain:
            with context.wrap_socket(plain, server_hostname="localhost") as secure:
                self.assertIn(secure.version(), ("TLSv1.2", "TLSv1.3"))
                return dict(pair for part in secure.getpeercert()["subject"] for pair in part)["commonName"]

    def test_the_api_is_served_through_tls_with_a_certificate_that_can_change(self):
        folder = self.folder()
        certificate, key = self.make(folder, "old")
        shown, secret = folder / "shown.pem", folder / "secret.pem"

        def show(certificate, key):
            shown.write_bytes(certificate.read_bytes())
            secret.write_bytes(key.read_bytes())
            secret.chmod(0o600)

        show(certificate, key)
        server = self.server(env={"LINNET_HTTP_SECURE_LISTEN": "127.0.0.1:0", "LINNET_HTTP_CERTIFICATE": str(shown), "LINNET_HTTP_PRIVATE_KEY": str(secret)})
        port = int(re.search(r"https://127\.0\.0\.1:(\d+)/", "\n".join(server.log)).group(1))
        self.assertEqual(self.peer_name(port, certificate), "server.old")
        context = ssl.create_default_context(cafile=str(certificate))
        connection = http.client.HTTPSConnection("localhost", port, timeout=20, context=context)
        self.addCleanup(connection.close)
        for _ in range(2):  # on one connection
            connection.request("GET", "/api/v1/devices", headers=server.authorization())
            answer = connection.getresponse()
            self.assertEqual((answer.status, json.loads(answer.read())["devices"]), (200, []))
        connection.request("GET", "/api/v1/devices")
        answer = connection.getresponse()
        self.assertEqual(answer.status, 401)
        answer.read()
        code = server.admin("POST", "/session/code")[1]["code"]
        connection.request("POST", "/api/v1/session", json.dumps({"code": code}), {"Content-Type": "application/json"})
        answer = connection.getresponse()
        self.assertIn("; Secure", answer.headers["Set-Cookie"])
        answer.read()
        connection.request("GET", "/api/v1/events?type=registered", headers=server.authorization())
        stream = connection.getresponse()
        self.start(Client, server, "over-tls")
        text = b""
        while b"over-tls" not in text:
            piece = stream.read1(65536)
            self.assertTrue(piece, text)
            text += piece
        # Who does not speak TLS there gets nothing, and nobody is held up.
        with socket.create_connection(("127.0.0.1", port), timeout=20) as plain:
            plain.sendall(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n")
            self.assertNotIn(b"HTTP/1.1 200", plain.recv(65536))

        certificate, key = self.make(folder, "new")
        show(certificate, key)
        server.signal(signal.SIGHUP)
        server.expect("reloaded")
        self.assertEqual(self.peer_name(port, certificate), "server.new")
        shown.write_text("nonsense")
        server.signal(signal.SIGHUP)
        server.expect("shown.pem is no chain of certificates.*stay in force")
        self.assertEqual(self.peer_name(port, certificate), "server.new")

    def test_what_cannot_be_served_is_explained(self):
        folder = self.folder()
        certificate, key = self.make(folder, "a")
        other, _ = self.make(folder, "b")
        for where, chain, private, words in (("127.0.0.1:0", "", "", "both http.certificate and http.private_key"),
                                             ("127.0.0.1:0", other, key, "not the private key"),
                                             ("127.0.0.1:0", certificate, "/no/such", "no such file"),
                                             ("nonsense:port", certificate, key, "no address to listen on")):
            with self.subTest(words=words):
                code, out, err = run("server", "--check-config", LINNET_HTTP_SECURE_LISTEN=where, LINNET_HTTP_CERTIFICATE=str(chain),
                                     LINNET_HTTP_PRIVATE_KEY=str(private))
                self.assertNotEqual(code, 0, out)
                self.assertIn(words, err)

    def test_a_plain_port_beyond_this_machine_is_a_warning(self):
        server = self.start(Server, http="0.0.0.0:0")
        self.assertRegex("\n".join(server.log), r"http://0\.0\.0\.0:\d+ is open without TLS")


class ListeningTest(AccessTest):
    def listening(self, pid):
        """Addresses in hex of the sockets of a process that listen (TCP) or take datagrams (UDP)."""
        inodes = set()
        for fd in os.listdir(f"/proc/{pid}/fd"):
            try:
                match = re.match(r"socket:\[(\d+)\]", os.readlink(f"/proc/{pid}/fd/{fd}"))
            except OSError:
                continue
            if match:
                inodes.add(match.group(1))
        found = []
        for kind in ("tcp", "tcp6", "udp", "udp6"):
            for line in pathlib.Path(f"/proc/{pid}/net/{kind}").read_text().splitlines()[1:]:
                words = line.split()
                if words[9] in inodes and (kind.startswith("udp") or words[3] == "0A"):
                    found.append((kind, words[1].partition(":")[0]))
        return found

    def test_nothing_listens_beyond_this_machine_by_default(self):
        code, out, err = run("server", "--check-config", "--json")
        self.assertEqual(code, 0, err)
        defaults = {f"{s['section']}.{s['key']}": s["value"] for s in json.loads(out)["settings"]}
        listen = {key: value for key, value in defaults.items() if key.endswith("listen")}
        self.assertGreaterEqual(len(listen), 5)
        hosts = {}
        for key, value in listen.items():
            self.assertTrue(value == "" or value.startswith("127.0.0.1:"), f"{key} = {value}")
            hosts[key] = value.partition(":")[0] or None
        server = self.start(Server, coap=f"{hosts['coap.listen']}:0", http=f"{hosts['http.listen']}:0", bootstrap=f"{hosts['bootstrap.listen']}:0")
        loopback = {"0100007F", "0000000000000000FFFF00000100007F", "00000000000000000000000001000000"}
        found = self.listening(server.process.pid)
        self.assertEqual(len(found), 5, found)  # CoAP and bootstrap with and without DTLS, HTTP
        for kind, address in found:
            self.assertIn(address, loopback, kind)
        self.assertEqual(len({k for k, _ in self.listening(server.process.pid)}), len({k for k, _ in found}))


if __name__ == "__main__":
    unittest.main()
