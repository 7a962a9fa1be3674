# SPDX-License-Identifier: Apache-2.0
"""Pins what scripts/trace reads, what it calls a mistake, and what it writes."""
import argparse
import importlib.machinery
import importlib.util
import io
import pathlib
import re
import sys
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]

sys.dont_write_bytecode = True
loader = importlib.machinery.SourceFileLoader("trace_tool", str(ROOT / "scripts" / "trace"))
trace = importlib.util.module_from_spec(importlib.util.spec_from_loader("trace_tool", loader))
loader.exec_module(trace)

REQUIREMENTS = """# Digest
- **not an entry**

## 3. Registration (REG)
- **REG-01** [C→S] (1.0 M) `POST /rd?…` with `a|<b>` < c. {T}
- **REG-02** `lt` [C] required. {K} ?

## 9. Identifiers (ID, and names — all of them)
All lines [C,S,B], 1.0, M unless marked.
- **ID-01** IDs are 16 bit. {K}
- **ID-02** (1.1 O if wanted) Something. {K}
"""

TESTS = """// LINNET_REQ("REG-99") is only spoken of
#include <requirement.hpp>
TEST(Register, Sends) {
  connect("coap://host/*"); LINNET_REQ("REG-01");
  LINNET_REQ("REG-01");
}
TEST_P(Names, AreWide) { LINNET_REQ("ID-01"); }
"""


class TraceTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.root = pathlib.Path(folder.name)
        self.put("docs/spec/requirements.md", REQUIREMENTS)
        self.put("src/client/register_test.cpp", TESTS)
        self.put("src/client/register.cpp", "// [REG-01]\nint a; // [RFC-7] [REG-02]\n")
        self.status({"REG-01": "done,", "REG-02": "todo,registration", "ID-01": "done,",
                     "ID-02": "exception,we know better"})

    def put(self, path, text):
        file = self.root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
        return file

    def status(self, rows):
        self.put("docs/spec/status.csv",
                 "id,status,note\n" + "".join(f"{key},{value}\n" for key, value in rows.items()))

    def run_trace(self, check=False, update_status=False, results=None):
        out, err = io.StringIO(), io.StringIO()
        arguments = argparse.Namespace(check=check, update_status=update_status, results=results)
        code = trace.run(self.root, arguments, out, err)
        return code, out.getvalue() + err.getvalue()

    def assert_mistake(self, words, **options):
        code, output = self.run_trace(check=True, **options)
        self.assertEqual(code, 1, output)
        self.assertIn(words, output)

    def test_reads_requirements(self):
        found = trace.read_requirements(REQUIREMENTS)
        self.assertEqual(list(found), ["REG-01", "REG-02", "ID-01", "ID-02"])
        self.assertEqual(found["REG-01"],
                         ("REG-01", "Registration (REG)", "C→S", "1.0", "M",
                          "`POST /rd?…` with `a|<b>` < c."))
        self.assertEqual(found["REG-02"].level, "")
        self.assertEqual(found["ID-01"].level, "M", "the default of the section")
        self.assertEqual(found["ID-01"].section, "Identifiers (ID)")
        self.assertEqual((found["ID-02"].version, found["ID-02"].level), ("1.1", "O"))
        self.assertIn("if wanted", found["ID-02"].text)

    def test_reads_the_requirements_of_this_repository(self):
        text = (ROOT / trace.REQUIREMENTS).read_text(encoding="utf-8")
        found = trace.read_requirements(text)
        self.assertEqual(len(found), len(re.findall(r"\n- \*\*[A-Z]+-", text)))
        statuses = trace.read_status((ROOT / trace.STATUS).read_text(encoding="utf-8"))
        self.assertEqual(list(statuses), list(found), "status.csv has the ids in the same order")

    def test_accepts_what_is_in_order(self):
        code, output = self.run_trace(check=True)
        self.assertEqual(code, 0, output)
        self.assertIn("4 requirements: 2 done, 0 partial, 1 todo, 1 exception", output)
        self.assertFalse((self.root / trace.CONFORMANCE).exists())

    def test_unknown_ids(self):
        self.put("tests/sim/a_test.cpp", 'TEST(A, B) { LINNET_REQ("REG-98"); }')
        self.assert_mistake("tests/sim/a_test.cpp: A.B: there is no requirement REG-98")
        self.put("tests/sim/a_test.cpp", "")
        self.put("include/linnet/a.hpp", "\n// [ID-77]\n")
        self.assert_mistake("include/linnet/a.hpp:2: there is no requirement ID-77")

    def test_unknown_id_in_the_status(self):
        self.status({"REG-01": "done,", "REG-02": "todo,", "ID-01": "done,", "ID-02": "todo,",
                     "ID-03": "todo,"})
        self.assert_mistake("there is no requirement ID-03")

    def test_requirement_without_status(self):
        self.status({"REG-01": "done,", "REG-02": "todo,", "ID-01": "done,"})
        self.assert_mistake("ID-02 has no line")

    def test_done_without_a_test(self):
        self.status({"REG-01": "done,", "REG-02": "done,", "ID-01": "done,", "ID-02": "todo,"})
        self.assert_mistake("REG-02 is done, but no test says")

    def test_a_test_of_what_is_todo(self):
        self.status({"REG-01": "todo,", "REG-02": "todo,", "ID-01": "done,", "ID-02": "todo,"})
        self.assert_mistake("REG-01 is todo, but Register.Sends tests it")

    def test_exception_and_partial_need_a_reason(self):
        for state in ("exception", "partial"):
            self.status({"REG-01": "done,", "REG-02": "todo,", "ID-01": "done,",
                         "ID-02": f"{state},"})
            self.assert_mistake(f"ID-02 is {state}, but no note")

    def test_a_mark_outside_a_test(self):
        self.put("tests/support/a.hpp", '\nvoid f() { LINNET_REQ("ID-01"); }')
        self.assert_mistake("tests/support/a.hpp:2: LINNET_REQ outside a test")

    def test_malformed_status(self):
        for rows, words in (({"REG-01": "finished,"}, "'finished' is none of"),
                            ({"REG-01": "done"}, "three columns"),
                            ({"REG-01": "done,a,b"}, "three columns")):
            self.status(rows)
            with self.assertRaisesRegex(trace.Mistake, words):
                self.run_trace(check=True)
        self.put("docs/spec/status.csv", "id,state,note\n")
        with self.assertRaisesRegex(trace.Mistake, "first line"):
            self.run_trace(check=True)
        self.put("docs/spec/status.csv", "id,status,note\nREG-01,todo,\nREG-01,todo,\n")
        with self.assertRaisesRegex(trace.Mistake, "twice"):
            self.run_trace(check=True)

    def results(self, **statuses):
        cases = "".join(f'<testcase name="{name}" status="{status}"/>'
                        for name, status in statuses.items())
        return self.put("results.xml", f"<testsuite>{cases}</testsuite>")

    def test_results_decide(self):
        sends, wide = "client_test.Register.Sends", "client_test.All/Names.AreWide/0"
        good = {sends: "run", wide: "run"}
        code, output = self.run_trace(check=True, results=self.results(**good))
        self.assertEqual(code, 0, output)
        self.assert_mistake("Register.Sends failed, which is to prove REG-01",
                            results=self.results(**{**good, sends: "fail"}))
        self.assert_mistake("Names.AreWide failed",
                            results=self.results(**{**good, wide.replace("0", "1"): "fail"}))
        self.assert_mistake("ID-01 is done, but none of its tests passed",
                            results=self.results(**{**good, wide: "notrun"}))
        self.assert_mistake("REG-01 is done, but none of its tests passed",
                            results=self.results(**{sends + "2": "run", wide: "run"}))

    def test_promotes_what_has_a_test(self):
        self.status({"REG-01": "todo,registration", "REG-02": "todo,later",
                     "ID-01": "partial,half", "ID-02": "todo,x"})
        code, output = self.run_trace(update_status=True)
        self.assertEqual(code, 0, output)
        self.assertIn("1 promoted to done: REG-01", output)
        self.assertEqual((self.root / trace.STATUS).read_text(encoding="utf-8"),
                         "id,status,note\n"
                         "REG-01,done,\nREG-02,todo,later\nID-01,partial,half\nID-02,todo,x\n")

    def test_promotes_only_what_passed_if_results_are_known(self):
        self.status({"REG-01": "todo,a", "REG-02": "todo,b", "ID-01": "todo,c", "ID-02": "todo,d"})
        results = self.results(**{"client_test.Register.Sends": "run",
                                  "client_test.All/Names.AreWide/0": "fail"})
        code, output = self.run_trace(update_status=True, results=results)
        self.assertEqual(code, 1)
        self.assertIn("1 promoted to done: REG-01", output)
        self.assertIn("ID-01 is todo, but", output)

    def test_writes_the_page(self):
        code, output = self.run_trace()
        self.assertEqual(code, 0, output)
        page = (self.root / trace.CONFORMANCE).read_text(encoding="utf-8")
        self.assertIn("| [Registration (REG)](#registration-reg) | 2 | 1 | 0 | 1 | 0 | 50 % |",
                      page)
        self.assertIn("| **All** | 4 | 2 | 0 | 1 | 1 | 50 % |", page)
        self.assertIn("| of these *must* | 2 | 2 | 0 | 0 | 0 | 100 % |", page)
        self.assertIn("| REG-01 | C→S | 1.0 M | **done** | `POST /rd?…` with `a\\|<b>` &lt; c. | "
                      "[Register.Sends](../src/client/register_test.cpp)<br>"
                      "in [register.cpp](../src/client/register.cpp) |", page)
        self.assertIn("exception: we know better", page)
        self.assertEqual(self.run_trace(check=True)[1].count("not current"), 0)
        self.put(trace.CONFORMANCE, page + "x")
        self.assertIn("not current", self.run_trace(check=True)[1])


if __name__ == "__main__":
    unittest.main()
