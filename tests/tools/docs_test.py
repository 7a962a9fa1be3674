# SPDX-License-Identifier: Apache-2.0
"""Every file and folder of this repository that its documentation names is there."""
import pathlib
import re
import subprocess
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
ROOMS = r"(?:apps|bench|cmake|docs|examples|fuzz|include|scripts|src|tests|tools)"


def documents():
    listed = subprocess.run(["git", "ls-files", "-co", "--exclude-standard", "*.md"], cwd=ROOT, check=True,
                            capture_output=True, text=True).stdout.split()
    return [ROOT / name for name in listed if (ROOT / name).exists()]


class DocumentsTest(unittest.TestCase):
    def test_paths_in_code_spans_exist(self):
        for document in documents():
            for path in re.findall(rf"`({ROOMS}/[\w./-]+)`", document.read_text()):
                with self.subTest(document=document.name, path=path):
                    self.assertTrue((ROOT / path).exists() or (document.parent / path).exists())

    def test_links_lead_somewhere(self):
        for document in documents():
            for target in re.findall(r"\]\(([^)#\s]+)", document.read_text()):
                if "://" in target:
                    continue
                with self.subTest(document=document.name, target=target):
                    self.assertTrue((document.parent / target).exists())

    def test_the_founding_document_names_tests_that_exist(self):
        text = (ROOT / "docs/founding-document.md").read_text()
        sources = subprocess.run(["git", "ls-files", "-co", "--exclude-standard", "*_test.cpp"], cwd=ROOT,
                                 check=True, capture_output=True, text=True).stdout.split()
        tests = set()
        for source in sources:
            tests.update(re.findall(r"TEST(?:_[FP])?\((\w+),\s*(\w+)\)", (ROOT / source).read_text()))
        rows = re.findall(r"^\| (S\d\d) \|.*$", text, re.MULTILINE)
        self.assertEqual(rows, [f"S{i:02}" for i in range(1, 40)])
        named = re.findall(r"`(\w+)\.(\w+)`", text)
        self.assertGreaterEqual(len(named), 39)
        for suite, name in named:
            with self.subTest(test=f"{suite}.{name}"):
                self.assertIn((suite, name), tests)


if __name__ == "__main__":
    unittest.main()
