# SPDX-License-Identifier: Apache-2.0
"""Pins what scripts/check-rooms calls a violation, and where it says so."""
import importlib.machinery
import importlib.util
import pathlib
import sys
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]

sys.dont_write_bytecode = True
loader = importlib.machinery.SourceFileLoader("check_rooms", str(ROOT / "scripts" / "check-rooms"))
rooms = importlib.util.module_from_spec(importlib.util.spec_from_loader("check_rooms", loader))
loader.exec_module(rooms)

SPDX = "// SPDX-License-Identifier: Apache-2.0\n"


class CheckRoomsTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.root = pathlib.Path(folder.name)

    def mistakes(self, path, text, spdx=True):
        file = self.root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        once = "#pragma once\n" if path.endswith(".hpp") else ""
        head = SPDX + once if spdx and not path.endswith(".txt") else ""
        file.write_text(head + text, encoding="utf-8")
        found, count = rooms.check(self.root)
        file.unlink()
        self.assertEqual(count, 0 if path.endswith(".txt") else 1)
        return found

    def test_the_rooms_form_no_circle_and_reach_base(self):
        for room in rooms.USES:
            self.assertIn("base", rooms.reachable(room))

    def test_directions(self):
        use = "#include <linnet/{}/a.hpp>\n".format
        self.assertEqual(self.mistakes("src/client/a.cpp", use("coap") + use("client")), [])
        self.assertEqual(self.mistakes("src/coap/a.cpp", use("base") + use("lwm2m")),
                         ["src/coap/a.cpp:3: coap may not use lwm2m"])
        self.assertEqual(self.mistakes("include/linnet/base/a.hpp", use("coap")),
                         ["include/linnet/base/a.hpp:3: base may not use coap"])
        self.assertEqual(self.mistakes("src/server/a_test.cpp", use("client")),
                         ["src/server/a_test.cpp:2: server may not use client"])
        self.assertEqual(self.mistakes("src/client/a.cpp", use("nowhere")),
                         ["src/client/a.cpp:2: <linnet/nowhere/a.hpp> is in no room"])

    def test_the_models_are_a_room_of_their_own(self):
        include = "#include <linnet/lwm2m/model/ddf.hpp>\n"
        self.assertEqual(self.mistakes("src/service/a.cpp", include), [])
        self.assertEqual(self.mistakes("src/lwm2m/model/a.cpp", "#include <string>\n"), [])
        self.assertEqual(self.mistakes("src/client/a.cpp", include),
                         ["src/client/a.cpp:2: client may not use model"])

    def test_private_headers(self):
        self.assertEqual(self.mistakes("src/coap/a.cpp", '#include "coap/b.hpp"\n'), [])
        self.assertEqual(self.mistakes("src/lwm2m/a.cpp", '#include "coap/b.hpp"\n'),
                         ["src/lwm2m/a.cpp:2: coap/b.hpp is private to coap"])
        for include in ('"coap/b.hpp"', '"b.hpp"', "<coap/b.hpp>"):
            self.assertEqual(self.mistakes("include/linnet/coap/a.hpp", f"#include {include}\n"),
                             ["include/linnet/coap/a.hpp:3: a public header includes the private " +
                              include[1:-1]])
        self.assertEqual(self.mistakes("apps/linnet/a.cpp", '#include "server/b.hpp"\n'),
                         ["apps/linnet/a.cpp:2: server/b.hpp is private to server"])
        self.assertEqual(self.mistakes("tests/sim/a_test.cpp", '#include "server/b.hpp"\n'), [])

    def test_the_standard_library_of_a_microcontroller(self):
        for header in ("string", "vector", "functional", "iostream", "cstdio"):
            self.assertEqual(self.mistakes("src/text/a.cpp", f"#  include <{header}>\n"),
                             [f"src/text/a.cpp:2: <{header}> has no place in text, which a "
                              "microcontroller runs"])
            for path in ("src/text/a_test.cpp", "src/client/test_device.hpp", "src/server/a.cpp",
                         "include/linnet/posix/a.hpp"):
                self.assertEqual(self.mistakes(path, f"#include <{header}>\n"), [], path)
        self.assertEqual(self.mistakes("src/text/a.cpp", "#include <span>\n#include <array>\n"), [])

    def test_first_lines(self):
        self.assertEqual(self.mistakes("bench/a.cpp", "int a;\n", spdx=False),
                         [f"bench/a.cpp:1: the first line is not {SPDX.strip()}"])
        self.assertEqual(self.mistakes("tests/a.hpp", SPDX, spdx=False),
                         ["tests/a.hpp:1: there is no #pragma once"])
        self.assertEqual(len(self.mistakes("fuzz/a.hpp", "", spdx=False)), 2)

    def test_what_the_build_may_link(self):
        self.assertEqual(self.mistakes("src/client/CMakeLists.txt",
                                       "linnet_room(client # USES server\n"
                                       "  USES base lwm2m secure\n  SOURCES a.cpp)\n"), [])
        self.assertEqual(self.mistakes("src/coap/CMakeLists.txt",
                                       "\nlinnet_room(coap USES base cbor)\n"),
                         ["src/coap/CMakeLists.txt:2: coap may not use cbor"])
        self.assertEqual(self.mistakes("src/attic/CMakeLists.txt", "linnet_room(attic)\n"),
                         ["src/attic/CMakeLists.txt:1: the room attic is unknown"])


if __name__ == "__main__":
    unittest.main()
