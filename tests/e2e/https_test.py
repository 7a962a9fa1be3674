#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Commands ask a server through HTTPS: whom they trust, what they refuse, and in which words."""
import datetime
import json
import os
import pathlib
import re
import shutil
import socket
import ssl
import threading
import unittest

try:
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.x509.oid import NameOID
except ImportError:
    x509 = None

from linnet_process import Client, LinnetTest, Process, Server, run, soon

NAME = "urn:dev:os:32473-https"


class Listener:
    """A port that does something with each connection, and keeps what it got."""

    def __init__(self, serve):
        self.got = []
        self.socket = socket.create_server(("127.0.0.1", 0))
        self.port = self.socket.getsockname()[1]
        self.serve = serve
        threading.Thread(target=self._run, daemon=True).start()

    def _run(self):
        while True:
            try:
                connection, _ = self.socket.accept()
            except OSError:
                return
            with connection:
                connection.settimeout(10)
                try:
                    self.serve(connection, self.got)
                except OSError:
                    pass  # whoever was there does not want any more

    def close(self):
        self.socket.close()


def through_tls(certificate, key, most=None):
    """What speaks TLS and keeps what came through it."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    if most:
        context.minimum_version = ssl.TLSVersion.MINIMUM_SUPPORTED
        context.maximum_version = most
        context.set_ciphers("ALL:@SECLEVEL=0")

    def serve(connection, got):
        with context.wrap_socket(connection, server_side=True) as secure:
            data = secure.recv(65536)
            got.append(data)
            secure.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 13\r\n\r\n{\"tokens\":[]}")
            secure.unwrap()
    return serve


class HttpsTest(LinnetTest):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.place = pathlib.Path(os.environ.get("TMPDIR", "/tmp")) / f"linnet-https-{os.getpid()}"
        cls.place.mkdir()
        cls.certificate, cls.key = cls.make("good", "--dns", "localhost", "--ip", "127.0.0.1")

    @classmethod
    def tearDownClass(cls):
        shutil.rmtree(cls.place)

    @classmethod
    def make(cls, name, *arguments):
        """Certificate and key of a server; the certificate signs itself without `--authority`."""
        code, out, err = run("credential", "new", "--x509", "--endpoint", name, *arguments, "--out", str(cls.place / name))
        assert code == 0, err
        return cls.place / name / f"{name}.crt.pem", cls.place / name / f"{name}.key.pem"

    def server(self, certificate=None, key=None, *arguments, **options):
        """A server with an HTTPS port, as `secure_url`."""
        environment = {"LINNET_HTTP_SECURE_LISTEN": "127.0.0.1:0", "LINNET_HTTP_CERTIFICATE": str(certificate or self.certificate),
                       "LINNET_HTTP_PRIVATE_KEY": str(key or self.key), **options}
        server = self.start(Server, *arguments, env=environment)
        server.https_port = int(re.search(r"https://127\.0\.0\.1:(\d+)/", "\n".join(server.log)).group(1))
        server.secure_url = f"https://localhost:{server.https_port}"
        return server

    def linnet(self, server, *arguments, code=0, **environment):
        """Standard output (and error if it fails) of a command that knows the server by HTTPS alone."""
        environment = {"LINNET_SERVER": server.secure_url, "LINNET_CA": str(self.certificate), "LINNET_TOKEN": server.token, **environment}
        got, out, err = run(*arguments, **environment)
        self.assertEqual(got, code, out + err)
        return out if code == 0 else err

    def listener(self, serve):
        listener = Listener(serve)
        self.addCleanup(listener.close)
        return listener

    def refused(self, url, *arguments, words, code=4, **environment):
        """A command that ends with these words, and its line."""
        got, out, err = run("token", "list", "--server", url, "--token", "lnt_secret", *arguments, **environment)
        self.assertEqual(got, code, out + err)
        self.assertRegex(err, words)
        self.assertNotIn("Sanitizer", err)
        return err


class WorkTest(HttpsTest):
    def test_commands_streams_uploads_and_downloads(self):
        store = self.folder() / "linnet.db"
        server = self.server(None, None, "--store", str(store))
        self.start(Client, server, NAME)
        listed = json.loads(self.linnet(server, "device", "list", "--json"))
        self.assertEqual([d["endpoint"] for d in listed["devices"]], [NAME])
        self.assertIn("linnet", self.linnet(server, "device", "read", NAME, "/3/0/0").lower())
        self.assertIn("1 registered", self.linnet(server, "overview"))
        self.assertRegex(self.linnet(server, "console"), rf"^{server.secure_url}/#code=\S+\n$")

        def env():
            return {"LINNET_SERVER": server.secure_url, "LINNET_CA": str(self.certificate), "LINNET_TOKEN": server.token}
        events = self.start(Process, "events", "--type", "registered", "--json", "--count", "1", env=env())
        watch = self.start(Process, "overview", "--watch", env=env())
        watch.expect("1 registered")
        observe = self.start(Process, "device", "observe", NAME, "/3/0/13", "--count", "1", env=env())
        # The stream is there once an event comes.
        more = []
        def come():
            more.append(self.start(Client, server, f"{NAME}-{len(more)}"))
            return events.process.poll() is not None
        soon(come)
        self.assertEqual(events.wait(), 0)
        self.assertIn(f"{NAME}-", events.log[-1])
        watch.expect(r"[2-9]\d* registered")
        self.assertEqual(observe.wait(), 0, observe.log)

        file = self.folder() / "backup.db"
        self.assertIn("registrations", self.linnet(server, "backup", str(file)))
        self.assertEqual(file.read_bytes()[:15], b"SQLite format 3")
        # More than one record of TLS, in both directions.
        model = self.folder() / "big.xml"
        model.write_text("""<LWM2M><Object ObjectType="MODefinition"><Name>Big</Name><Description1>""" + "x" * 300_000 + """</Description1>
            <ObjectID>32800</ObjectID><ObjectURN>urn:oma:lwm2m:x:32800</ObjectURN><LWM2MVersion>1.0</LWM2MVersion><ObjectVersion>1.0</ObjectVersion>
            <MultipleInstances>Multiple</MultipleInstances><Mandatory>Optional</Mandatory><Resources><Item ID="0"><Name>Level</Name><Operations>R</Operations>
            <MultipleInstances>Single</MultipleInstances><Mandatory>Mandatory</Mandatory><Type>Integer</Type><RangeEnumeration></RangeEnumeration>
            <Units></Units><Description></Description></Item></Resources><Description2></Description2></Object></LWM2M>""")
        self.linnet(server, "model", "upload", str(model))
        self.assertIn("Level", self.linnet(server, "model", "show", "32800"))

    def test_a_stream_goes_on_after_a_restart(self):
        store = self.folder() / "linnet.db"
        server = self.server(None, None, "--store", str(store))
        first = self.start(Client, server, NAME + "-a")
        events = self.start(Process, "events", "--from", "oldest", "--type", "registered", "--json", "--count", "2",
                            env={"LINNET_SERVER": server.secure_url, "LINNET_CA": str(self.certificate), "LINNET_TOKEN": server.token})
        events.expect(NAME + "-a")
        token = server.token
        first.stop()
        server.process.kill()
        server.wait()
        events.expect("the server has gone")
        again = self.server(None, None, "--store", str(store), LINNET_HTTP_SECURE_LISTEN=f"127.0.0.1:{server.https_port}")
        self.assertNotEqual(again.token, token)
        # The token of a run ends with it: that is said, and not waited for.
        self.assertEqual(events.wait(), 5)
        self.assertIn("LINNET_TOKEN", events.log[-1])
        token = json.loads(self.linnet(again, "token", "new", "reader", "--role", "viewer", "--json"))["token"]
        events = self.start(Process, "events", "--from", "oldest", "--type", "registered", "--json", "--count", "2",
                            env={"LINNET_SERVER": again.secure_url, "LINNET_CA": str(self.certificate), "LINNET_TOKEN": token})
        events.expect(NAME + "-a")
        again.process.kill()
        again.wait()
        events.expect("the server has gone")
        last = self.server(None, None, "--store", str(store), LINNET_HTTP_SECURE_LISTEN=f"127.0.0.1:{server.https_port}")
        self.start(Client, last, NAME + "-b")
        events.expect(NAME + "-b")
        self.assertEqual(events.wait(), 0)

    def test_who_is_trusted(self):
        authority = str(self.place / "ca")
        leaf, key = self.make("leaf", "--authority", authority, "--dns", "localhost")
        server = self.server(leaf, key)
        ca = f"{authority}/ca.crt.pem"
        self.linnet(server, "token", "list", LINNET_CA=ca)
        self.linnet(server, "token", "list", LINNET_CA=str(leaf))
        # As this machine trusts it.
        self.linnet(server, "token", "list", LINNET_CA="", SSL_CERT_FILE=ca)
        code, _, err = run("token", "list", "--server", server.secure_url, "--ca", ca, "--token", server.token, LINNET_CA="/no/such")
        self.assertEqual(code, 0, err)
        by_address = self.server()
        by_address.secure_url = f"https://127.0.0.1:{by_address.https_port}"
        self.linnet(by_address, "token", "list")
        code, out, _ = run("__complete", "token", "revoke", "", LINNET_SERVER=by_address.secure_url, LINNET_CA=str(self.certificate), LINNET_TOKEN=by_address.token)
        self.assertTrue(out.strip())


class RefusalTest(HttpsTest):
    def test_who_is_not_trusted_gets_nothing(self):
        other, _ = self.make("other", "--dns", "localhost")
        listener = self.listener(through_tls(self.certificate, self.key))
        url = f"https://localhost:{listener.port}"
        self.refused(url, words=r"signed by nobody whom this machine trusts.*--ca FILE or LINNET_CA")
        self.refused(url, "--ca", str(other), words=rf"not vouched for by {re.escape(str(other))}")
        self.refused(url, words="signed by nobody", SSL_CERT_FILE="/no/such", SSL_CERT_DIR="/no/such")
        leaf, key = self.make("leaf2", "--authority", str(self.place / "ca2"), "--dns", "localhost")
        signed = self.listener(through_tls(leaf, key))
        self.refused(f"https://localhost:{signed.port}", words="signed by nobody whom this machine trusts")
        self.refused(f"https://localhost:{signed.port}", "--ca", str(other), words="not vouched for")
        for command in (["events"], ["overview", "--watch"], ["backup", str(self.folder() / "b.db")], ["device", "read", NAME, "/3/0/0"]):
            code, out, err = run(*command, "--server", url, "--token", "lnt_secret")
            self.assertEqual(code, 4, out + err)
            self.assertIn("signed by nobody", err)
        self.assertEqual((listener.got, signed.got), ([], []), "nothing was sent before the certificate was verified")
        # And it would have been.
        self.assertEqual(run("token", "list", "--server", url, "--ca", str(self.certificate), "--token", "lnt_secret")[0], 0)
        self.assertIn(b"lnt_secret", listener.got[0])

    def test_a_name_that_is_not_in_the_certificate(self):
        certificate, key = self.make("named", "--dns", "lwm2m.example", "--ip", "192.0.2.1")
        listener = self.listener(through_tls(certificate, key))
        for host in ("localhost", "127.0.0.1"):
            err = self.refused(f"https://{host}:{listener.port}", "--ca", str(certificate),
                               words=rf"is for lwm2m\.example, 192\.0\.2\.1, not for {host}")
        # The common name is no name of a host.
        certificate, key = self.make("localhost")
        listener2 = self.listener(through_tls(certificate, key))
        self.refused(f"https://localhost:{listener2.port}", "--ca", str(certificate), words="is for no name, not for localhost")
        self.assertEqual(listener.got + listener2.got, [])

    @unittest.skipUnless(x509, "needs python3-cryptography to make a certificate of yesterday")
    def test_dates(self):
        now = datetime.datetime.utcnow()
        for begins, ends, words in ((-2, -1, rf"its certificate expired on {now - datetime.timedelta(1):%Y-%m-%d}"),
                                    (1, 2, rf"is valid from {now + datetime.timedelta(1):%Y-%m-%d} only.*clock")):
            key = ec.generate_private_key(ec.SECP256R1())
            name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "old")])
            made = (x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key()).serial_number(1)
                    .not_valid_before(now + datetime.timedelta(begins)).not_valid_after(now + datetime.timedelta(ends))
                    .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), False).sign(key, hashes.SHA256()))
            place = self.folder()
            (place / "crt.pem").write_bytes(made.public_bytes(serialization.Encoding.PEM))
            (place / "key.pem").write_bytes(key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()))
            listener = self.listener(through_tls(place / "crt.pem", place / "key.pem"))
            self.refused(f"https://localhost:{listener.port}", "--ca", str(place / "crt.pem"), words=words)
            self.assertEqual(listener.got, [])

    def test_what_is_older_than_tls_1_2(self):
        listener = self.listener(through_tls(self.certificate, self.key, most=ssl.TLSVersion.TLSv1_1))
        self.refused(f"https://localhost:{listener.port}", "--ca", str(self.certificate), words="does not speak TLS 1.2 or later")
        newer = self.listener(through_tls(self.certificate, self.key, most=ssl.TLSVersion.TLSv1_2))
        self.assertEqual(run("token", "list", "--server", f"https://localhost:{newer.port}", "--ca", str(self.certificate))[0], 0)

    def test_one_way_of_speaking_at_the_port_of_the_other(self):
        server = self.server()
        plain = server.url.rpartition(":")[2]
        self.refused(f"https://localhost:{plain}", "--ca", str(self.certificate), words="does not speak TLS at this port. Write http://")
        self.refused(f"http://localhost:{server.https_port}", words="this port is for HTTPS: write https://", code=2)
        self.linnet(server, "token", "list")
        # Another server of HTTPS hangs up, or answers with an alert.
        for answer in (b"", b"\x15\x03\x01\x00\x02\x02\x0a"):
            listener = self.listener(lambda connection, got, answer=answer: (connection.recv(65536), connection.sendall(answer)))
            self.refused(f"http://127.0.0.1:{listener.port}", words="If its port is for HTTPS, write https://")
        hangs_up = self.listener(lambda connection, got: connection.recv(65536))
        self.refused(f"https://localhost:{hangs_up.port}", "--ca", str(self.certificate), words="hung up when TLS began")

    def test_what_is_given_counts_more_than_the_environment(self):
        for command in (["overview"], ["device", "list"], ["token", "list"]):
            code, _, err = run(*command, "--server", "http://127.0.0.1:2", LINNET_SERVER="http://127.0.0.1:1")
            self.assertEqual(code, 4)
            self.assertIn("http://127.0.0.1:2", err)

    def test_wrong_options(self):
        empty = self.folder() / "empty.pem"
        empty.write_text("nothing")
        self.refused("https://localhost:1", "--ca", str(empty), words="has no certificate in PEM", code=2)
        self.refused("https://localhost:1", "--ca", "/no/such", words="cannot read /no/such: No such file", code=2)
        self.refused("ftp://localhost:1", words="is not the address of a server.*https://", code=2)
        code, _, err = run("credential", "new", "--x509", "--ca", str(self.place / "authority"))
        self.assertEqual(code, 2)
        self.assertIn("--authority DIR", err)
        code, out, _ = run("device", "list", "--help")
        self.assertIn("LINNET_CA", out)

    def test_a_token_in_the_clear_to_another_machine_is_a_warning(self):
        # 0.0.0.0 is this machine, but by its looks it might be another, and nothing leaves.
        for url, warned in (("http://0.0.0.0:1", True), ("https://0.0.0.0:1", False), ("http://127.0.0.1:1", False),
                            ("http://localhost:1", False), ("http://[::1]:1", False), ("http://127.1:1", True)):
            with self.subTest(url=url):
                code, _, err = run("token", "list", "--server", url, "--token", "lnt_secret")
                self.assertEqual((code, "in the clear" in err), (4, warned), err)
                self.assertNotIn("in the clear", run("token", "list", "--server", url)[2])


if __name__ == "__main__":
    unittest.main(verbosity=2)
