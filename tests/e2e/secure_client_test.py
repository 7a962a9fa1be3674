#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""linnet client over DTLS: keys of every kind, moving, being refused and being bootstrapped."""
import re
import signal
import unittest

from linnet_process import Client, Events, LinnetTest, Process, Server, run

NAME = "urn:dev:os:32473-secure-"


def key_of(name):
    """No two devices may have the same."""
    return ("5ec4e7" + name.encode().hex()).ljust(32, "0")[:32]


class SecureClientTest(LinnetTest):
    @classmethod
    def setUpClass(cls):
        cls.server = Server()
        # The first is for devices, the second for bootstrap.
        ports = [m.group(1) for m in (re.search(r"coaps://\S+?:(\d+)", line) for line in cls.server.log) if m]
        cls.uri, cls.bootstrap_uri = (f"coaps://127.0.0.1:{port}" for port in ports[:2])

    @classmethod
    def tearDownClass(cls):
        cls.server.stop()

    def new(self, name, *arguments):
        """Makes a credential: the words `linnet client` takes for it."""
        code, out, err = run("credential", "new", "--endpoint", NAME + name, "--add", *[str(a) for a in arguments],
                             LINNET_SERVER=self.server.url)
        self.assertEqual(code, 0, err)
        return re.search(r"linnet client --endpoint \S+ (.*) \S+$", out.strip()).group(1).split()

    def add_psk(self, name, key=None, identity=None):
        body = {"mode": "psk", "identity": identity or NAME + name, "key": "hex:" + (key or key_of(name))}
        self.assertIn(self.server.request("POST", f"/api/v1/credentials/{NAME}{name}", body)[0], (200, 201))

    def client(self, name, *arguments, uri=None):
        client = self.start(Client, uri or self.uri, NAME + name, *arguments, wait=False)
        client.expect(f"^secure session with {uri or self.uri}: TLS_")
        client.expect("^registered at")
        return client

    def converse(self, client, *lines):
        for line, *answers in lines:
            with self.subTest(line=line):
                client.tell(line)
                for answer in answers:
                    client.expect(answer)

    def test_every_kind_of_key(self):
        keys, ca = self.folder() / "keys", self.folder() / "ca"
        for name, suite, arguments in (("psk", "TLS_PSK_WITH_AES_128_CCM_8", ["--psk", "--out", keys]),
                                       ("rpk", "TLS_ECDHE_ECDSA_WITH_AES_128_CCM_8", ["--rpk", "--out", keys]),
                                       ("own", "TLS_ECDHE_ECDSA_WITH_AES_128_CCM_8", ["--x509", "--out", keys]),
                                       ("ca", "TLS_ECDHE_ECDSA_WITH_AES_128_CCM_8", ["--x509", "--authority", ca, "--out", keys])):
            with self.subTest(name=name):
                client = self.client(name, *self.new(name, *arguments))
                self.converse(client, ("sessions", "^  URI +STATE +CIPHER SUITE", rf"^  {self.uri} +full handshake +{suite} +[0-9a-f]+ "),
                              ("accounts", rf"^  1 +{self.uri} .* registered$"))
                self.assertEqual(self.server.operate(NAME + name, op="read", path="/3/0/0")[1]["code"], "2.05")
                client.tell("quit")
                self.assertEqual(client.wait(), 0)

    def test_an_observation_moves_along(self):
        self.add_psk("moves")
        client = self.client("moves", "--psk-identity", NAME + "moves", "--psk-key", key_of("moves"))
        events = Events(self.server, f"?type=value&endpoint={NAME}moves")
        self.addCleanup(events.close)
        self.assertEqual(self.server.operate(NAME + "moves", op="observe", path="/3303/0/5700")[0], 200)
        client.expect("observes /3303/0/5700")
        for value in (31, 32):
            self.converse(client, ("move", "UDP port .* before, .* now; the session goes on by its connection id"),
                          (f"set /3303/0/5700 {value}", "is"))
            while events.expect("value")[1]["values"][0]["value"] != value:
                pass
        # And requests find it there.
        self.assertEqual(self.server.operate(NAME + "moves", op="read", path="/3/0/0")[1]["code"], "2.05")
        self.assertEqual(sum("secure session" in line for line in client.log), 1, client.log)
        self.assertNotIn("5ec4e7", "\n".join(client.log).lower())

    def test_who_is_not_known_is_told_so(self):
        client = self.start(Client, self.uri, NAME + "nobody", "--psk-identity", "nobody", "--psk-key", key_of("nobody"), wait=False)
        client.expect('^no secure session with .*: the server does not know the PSK identity "nobody"; add it there with "linnet credential')
        client.expect("^registration at .* failed: no secure session; next try in 5 s")
        self.converse(client, ("show /1/0/11", "Alert Code +115"), ("sessions", "none"))
        self.add_psk("nobody", identity="nobody")
        client.expect("^registered at")

    def test_the_server_is_not_who_it_should_be(self):
        words = self.new("wary", "--rpk", "--out", self.folder())
        words[words.index("--server-key") + 1] = "sha-256:" + "00" * 32
        client = self.start(Client, self.uri, NAME + "wary", *words, wait=False)
        client.expect("^no secure session with .*key")

    def test_a_revoked_credential_ends_the_session(self):
        self.add_psk("revoked")
        client = self.client("revoked", "--psk-identity", NAME + "revoked", "--psk-key", key_of("revoked"))
        self.assertEqual(run("credential", "revoke", NAME + "revoked", LINNET_SERVER=self.server.url)[0], 0)
        client.expect("ended the secure session")
        client.expect("does not know the PSK identity")

    def test_servers_with_and_without_security(self):
        self.add_psk("both")
        folder = self.folder()
        (folder / "key.psk").write_bytes(bytes.fromhex(key_of("both")))
        (folder / "factory.toml").write_text(f"""
[[server]]
uri = "{self.uri}"
security = {{ mode = "psk", identity = "{NAME}both", key = "file:key.psk" }}
[[server]]
uri = "coaps://127.0.0.1:1"
""")
        client = self.start(Process, "client", "--no-prompt", "--endpoint", NAME + "both", "--factory", str(folder / "factory.toml"))
        client.expect(f"^registered at {self.uri}")
        if not any("but its account has no keys" in line for line in client.log):
            client.expect("cannot reach this server: .*: security mode 3")
        self.converse(client, ("show /0", "not shown"))
        self.assertNotIn("5ec4e7", "\n".join(client.log).lower())

    def test_a_fleet_has_keys_from_a_file(self):
        file = self.folder() / "fleet.csv"
        file.write_text("endpoint,mode,identity,key\n" + "".join(
            f"{NAME}fleet-{n},psk,fleet-{n},hex:{key_of(f'fleet{n}')}\n" for n in range(3)))
        self.assertEqual(run("credential", "import", str(file), LINNET_SERVER=self.server.url)[0], 0)
        fleet = self.start(Process, "fleet", "--credentials", str(file), "--server", self.uri, "--report", "0.5")
        fleet.expect("3 of 3 registered.* 3 handshakes so far")
        fleet.signal(signal.SIGINT)
        self.assertEqual(fleet.wait(), 0)
        for words, said in ((["--server", self.uri], "needs --credentials"), (["--credentials", str(file)], "coaps:// URI")):
            code, _, err = run("fleet", *words)
            self.assertEqual(code, 2)
            self.assertIn(said, err)

    def test_offline_rests_handshakes_too(self):
        self.add_psk("rests")
        client = self.client("rests", "--psk-identity", NAME + "rests", "--psk-key", key_of("rests"))
        self.converse(client, ("offline", "^offline"), ("move", "goes on by its connection id"), ("online", "^online", "updated$"))
        self.assertEqual(sum("secure session" in line for line in client.log), 1, client.log)

    def test_keys_from_pem_files_in_a_factory_file(self):
        folder = self.folder()
        words = self.new("pem", "--rpk", "--out", folder)
        key, server_key = words[words.index("--rpk") + 1], words[words.index("--server-key") + 1]
        (folder / "factory.toml").write_text(f"""
[[server]]
uri = "{self.uri}"
security = {{ mode = "rpk", key = "file:{key}", server_key = "file:{server_key}" }}
""")
        client = self.start(Process, "client", "--no-prompt", "--endpoint", NAME + "pem", "--factory", str(folder / "factory.toml"))
        client.expect("^registered at")

    def configure(self, identity, key, delete):
        """What the bootstrap server gives the device "boots"."""
        objects = {"/0/1": {"0": self.uri, "1": False, "2": 0, "3": {"text": identity}, "4": "", "5": {"hex": key}, "10": 101},
                   "/1/1": {"0": 101, "1": 300, "6": True, "7": "U"}}
        body = {"for": [NAME + "boots"], "mode": "all", "delete": delete, "objects": objects}
        self.assertIn(self.server.request("PUT", "/api/v1/bootstrap/configurations/boots", body)[0], (200, 201))

    def test_a_bootstrap_over_dtls_brings_keys(self):
        self.add_psk("boots")
        self.configure(NAME + "boots", key_of("boots"), ["/0", "/1"])
        client = self.start(Process, "client", "--no-prompt", "--endpoint", NAME + "boots", "--bootstrap", self.bootstrap_uri,
                            "--psk-identity", NAME + "boots", "--psk-key", key_of("boots"))
        client.expect(f"^secure session with {self.bootstrap_uri}")
        client.expect("^bootstrap done")
        client.expect(f"^secure session with {self.uri}")
        client.expect("^registered at")
        # Other keys for the same server begin another session.
        self.add_psk("boots", key_of("again"), identity="boots-again")
        self.configure("boots-again", key_of("again"), [])
        client.tell("bootstrap")
        client.expect("^bootstrap done")
        client.expect(f"^the keys for {self.uri} are others now")
        client.expect(f"^secure session with {self.uri}")
        client.expect("^registered at")
        self.assertNotIn("5ec4e7", "\n".join(client.log + self.server.log).lower())


if __name__ == "__main__":
    unittest.main()
