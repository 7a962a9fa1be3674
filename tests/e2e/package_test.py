#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What is installed beside the program: manual pages, completions, settings, unit, dashboard, the .deb of all of it.

LINNET_WRITE=1 writes the table of settings in docs/operations.md anew.
"""
import json
import os
import pathlib
import re
import shutil
import stat
import subprocess
import unittest

from linnet_process import LINNET, LinnetTest, Server, run

ROOT = pathlib.Path(__file__).resolve().parents[2]
BUILD = os.environ.get("BUILD_FOLDER")


def plain(roff):
    """The text of a page without what roff makes of it."""
    return re.sub(r"\\f[BIR]", "", roff).replace("\\-", "-").replace("\\&", "").replace("\\e", "\\")


class PagesTest(LinnetTest):
    @classmethod
    def setUpClass(cls):
        cls.place = pathlib.Path(os.environ.get("TMPDIR", "/tmp")) / f"linnet-pages-{os.getpid()}"
        code, _, err = run("__generate", str(cls.place))
        assert code == 0, err
        cls.pages = {page.name: page.read_text() for page in cls.place.glob("man*/*")}

    @classmethod
    def tearDownClass(cls):
        shutil.rmtree(cls.place)

    def commands(self, *words):
        """Every command with its options, from --help: {("device", "read"): ["--json", ...]}."""
        code, out, err = run(*words, "--help")
        self.assertEqual(code, 0, err)
        names = re.findall(r"^  (?:-\w,)?(--[\w-]+)", out.split("\nSubcommands:")[0], re.M)
        found = {words: [name for name in names if name != "--help"]}
        section = out.split("\nSubcommands:")[1] if "\nSubcommands:" in out else ""
        for sub in re.findall(r"^  ([a-z][a-z-]*)(?:  | *$)", section.split("\n\n")[0], re.M):
            found.update(self.commands(*words, sub))
        return found

    def test_every_command_and_option_has_its_place(self):
        commands = self.commands()
        self.assertGreater(len(commands), 80)
        for words, options in commands.items():
            if not words:
                continue
            page = plain(self.pages[f"linnet-{words[0]}.1"])
            title = " ".join(("linnet", *words))
            with self.subTest(command=title):
                leaf = not any(len(other) > len(words) and other[:len(words)] == words for other in commands)
                if len(words) > 1 and leaf:
                    section = page.split(f".SS {title}", 1)
                    self.assertEqual(len(section), 2, "it has no section")
                    common = page.split('.SH "COMMON OPTIONS"')[1]
                    page = re.split(r"\n\.S[SH] ", section[1])[0] + re.split(r"\n\.SH ", common)[0]
                if leaf:
                    for option in options:
                        self.assertRegex(page, rf"(?m)^.*{option}\b")

    def test_each_page_was_written_by_somebody_too(self):
        for name, page in self.pages.items():
            with self.subTest(page=name):
                self.assertRegex(page, r"\.SH DESCRIPTION\n[^.]")

    @unittest.skipUnless(shutil.which("groff"), "groff is not installed")
    def test_roff_has_no_complaint(self):
        for page in self.place.glob("man*/*"):
            result = subprocess.run(["groff", "-man", "-Tutf8", "-ww", "-z", str(page)], capture_output=True, text=True)
            self.assertEqual((result.returncode, result.stderr), (0, ""), page.name)

    def test_the_settings_of_the_package_are_the_defaults(self):
        def values(*arguments):
            code, out, err = run("server", "--check-config", "--json", *arguments)
            self.assertEqual(code, 0, err)
            return {f"{s['section']}.{s['key']}": s["value"] for s in json.loads(out)["settings"]}
        packaged, defaults = values("--config", str(self.place / "linnet.toml")), values()
        self.assertEqual(packaged.pop("store.file"), "/var/lib/linnet/linnet.db")
        defaults.pop("store.file")
        self.assertEqual(packaged, defaults)
        text = (self.place / "linnet.toml").read_text()
        for name in defaults:
            self.assertRegex(text, rf"(?m)^#{name.split('.')[1]} = ")

    def test_completion_scripts_are_scripts(self):
        for shell, name in (("bash", "linnet.bash"), ("zsh", "_linnet"), ("fish", "linnet.fish")):
            if shutil.which(shell):
                subprocess.run([shell, "-n", str(self.place / name)], check=True)


class DocumentTest(LinnetTest):
    def test_the_table_of_settings_is_that_of_the_program(self):
        code, out, err = run("server", "--check-config", "--json")
        self.assertEqual(code, 0, err)
        table = "| Key | Default | What it is | |\n|---|---|---|---|\n"
        for s in json.loads(out)["settings"]:
            table += f"| `{s['section']}.{s['key']}` | `{json.dumps(s['value'])}` | {s['help']} | {'↻' if s['reloads'] else ''} |\n"
        file = ROOT / "docs/operations.md"
        text = file.read_text()
        begin, end = "<!-- settings: begin -->\n", "<!-- settings: end -->"
        before, rest = text.split(begin)
        now, after = rest.split(end)
        if os.environ.get("LINNET_WRITE"):
            file.write_text(before + begin + table + end + after)
        else:
            self.assertEqual(now, table, "LINNET_WRITE=1 tests/e2e/package_test.py writes it anew")


class UnitTest(LinnetTest):
    @unittest.skipUnless(shutil.which("systemd-analyze"), "systemd is not installed")
    def test_systemd_takes_it_and_finds_it_hardened(self):
        unit = self.folder() / "linnet.service"
        unit.write_text((ROOT / "packaging/linnet.service").read_text().replace("/usr/bin/linnet", os.path.realpath(LINNET)))
        verify = subprocess.run(["systemd-analyze", "verify", "--man=no", str(unit)], capture_output=True, text=True)
        mine = [line for line in verify.stderr.splitlines() if "linnet" in line]
        self.assertEqual(mine, [])
        security = subprocess.run(["systemd-analyze", "security", "--offline=true", "--threshold=15", "--no-pager", str(unit)],
                                  capture_output=True, text=True)
        self.assertEqual(security.returncode, 0, security.stdout[-600:] + security.stderr)

    def test_maintainer_scripts_are_scripts(self):
        for name in ("postinst", "prerm", "postrm"):
            subprocess.run(["sh", "-n", str(ROOT / "packaging/debian" / name)], check=True)


class DashboardTest(LinnetTest):
    def test_it_shows_what_the_server_counts(self):
        board = json.loads((ROOT / "packaging/grafana/linnet.json").read_text())
        used = set(re.findall(r"\blinnet_\w+", json.dumps([p.get("targets", []) for p in board["panels"]])))
        self.assertGreater(len(used), 25)
        server = self.start(Server)
        status, body = server.request("GET", "/metrics")
        if status == 404:
            self.skipTest("this server has no metrics")
        text = body.decode() if isinstance(body, bytes) else str(body)
        families = set(re.findall(r"^# TYPE (\w+)", text, re.M))
        # Events on their way are counted by what brings them there.
        if not any(name.startswith("linnet_webhook") for name in families):
            used = {name for name in used if not re.match("linnet_(event|webhook|mqtt)", name)}
        for name in used:
            with self.subTest(metric=name):
                self.assertIn(re.sub(r"_(bucket|sum|count)$", "", name), families)


@unittest.skipUnless(BUILD and shutil.which("cpack") and shutil.which("dpkg-deb"), "needs a build folder, cpack and dpkg-deb")
class DebTest(LinnetTest):
    @classmethod
    def setUpClass(cls):
        cls.place = pathlib.Path(os.environ.get("TMPDIR", "/tmp")) / f"linnet-deb-{os.getpid()}"
        # Compressing is most of the work, and nothing is learned from it.
        result = subprocess.run(["cpack", "-G", "DEB", "-B", str(cls.place), "-D", "CPACK_DEBIAN_COMPRESSION_TYPE=none",
                                 "-D", "CPACK_STRIP_FILES=OFF"], cwd=BUILD, capture_output=True, text=True)
        assert result.returncode == 0, result.stdout + result.stderr
        cls.deb, = cls.place.glob("*.deb")
        subprocess.run(["dpkg-deb", "-R", str(cls.deb), str(cls.place / "root")], check=True)
        cls.root = cls.place / "root"

    @classmethod
    def tearDownClass(cls):
        shutil.rmtree(cls.place, ignore_errors=True)

    def test_what_is_in_it(self):
        files = {str(f.relative_to(self.root)) for f in self.root.rglob("*") if f.is_file()}
        for name in ("usr/bin/linnet", "etc/linnet/linnet.toml", "usr/lib/systemd/system/linnet.service", "usr/lib/sysusers.d/linnet.conf",
                     "usr/share/man/man1/linnet.1.gz", "usr/share/man/man1/linnet-device.1.gz", "usr/share/man/man5/linnet.toml.5.gz",
                     "usr/share/bash-completion/completions/linnet", "usr/share/zsh/vendor-completions/_linnet",
                     "usr/share/fish/vendor_completions.d/linnet.fish", "usr/share/doc/linnet/copyright",
                     "usr/share/linnet/grafana/linnet.json", "DEBIAN/postinst", "DEBIAN/prerm", "DEBIAN/postrm", "DEBIAN/conffiles"):
            self.assertIn(name, files)
        # The program, not the libraries to build with.
        self.assertFalse([name for name in files if name.endswith((".hpp", ".a", ".cmake", ".pc"))])
        self.assertEqual((self.root / "DEBIAN/conffiles").read_text(), "/etc/linnet/linnet.toml\n")

    def test_what_it_says_of_itself(self):
        def field(name):
            return subprocess.run(["dpkg-deb", "-f", str(self.deb), name], capture_output=True, text=True, check=True).stdout.strip()
        self.assertEqual(field("Package"), "linnet")
        for library in ("libgnutls30", "libsqlite3-0", "libc6"):
            self.assertIn(library, field("Depends"))
        self.assertIn(field("Version"), run("--version")[1])

    def test_owners_and_modes(self):
        listed = subprocess.run(["dpkg-deb", "-c", str(self.deb)], capture_output=True, text=True, check=True).stdout
        for line in listed.splitlines():
            self.assertIn(" root/root ", line)
            self.assertNotRegex(line.split()[0], r"^.....w|^........w", line)
        for name in ("postinst", "prerm", "postrm"):
            self.assertEqual(stat.S_IMODE((self.root / "DEBIAN" / name).stat().st_mode), 0o755)


if __name__ == "__main__":
    unittest.main(verbosity=2)
