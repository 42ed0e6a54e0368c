#!/usr/bin/env python3
"""Tests of count_ctest.py, over files of the form that CTest and GoogleTest
write."""

import os
import subprocess
import sys
import tempfile
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
PASSES = '<testcase name="P" classname="A" status="run" result="completed"/>'
FAILS = ('<testcase name="F" classname="A" status="run" result="completed">'
         '<failure message="no"/></testcase>')
SKIPPED = ('<testcase name="S" classname="A" status="run" result="skipped">'
           '<skipped message=""/></testcase>')


class CountCtestTest(unittest.TestCase):

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = folder.name
        self.programs = []

    def write(self, path, text):
        path = os.path.join(self.folder, "Testing", path)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)

    def add(self, name, status, *cases):
        self.programs.append(f'<testcase name="{name}" status="{status}"/>')
        if cases:
            self.write(f"xml/{name}.xml", "<testsuites><testsuite>" +
                       "".join(cases) + "</testsuite></testsuites>")

    def count(self):
        self.write("ctest.xml",
                   "<testsuite>" + "".join(self.programs) + "</testsuite>")
        done = subprocess.run(
            [sys.executable, os.path.join(HERE, "count_ctest.py"), self.folder],
            capture_output=True, text=True, check=False)
        return done.stdout.strip(), done.stderr

    def test_counts_cases(self):
        self.add("lib/a_test", "run", PASSES, PASSES, SKIPPED)
        self.add("lib/b_test", "fail", PASSES, FAILS)
        counts, errors = self.count()
        self.assertEqual(counts, "3 1 1")
        self.assertIn("lib/b_test: A.F", errors)

    def test_failed_without_failed_case(self):
        self.add("lib/a_test", "fail", PASSES)
        self.assertEqual(self.count()[0], "1 1 0")

    def test_crash_fails(self):
        self.add("lib/a_test", "fail")
        self.assertEqual(self.count()[0], "0 1 0")

    def test_benchmark_counts_once(self):
        self.add("lib/a_benchmark_smoke_test", "run")
        self.assertEqual(self.count()[0], "1 0 0")

    def test_what_did_not_run_fails(self):
        self.add("lib/a_test", "notrun", PASSES)
        self.assertEqual(self.count()[0], "0 1 0")

    def test_unreadable_xml_fails(self):
        self.add("lib/a_test", "run", "<testcase")
        self.assertEqual(self.count()[0], "0 1 0")

    def test_no_run_of_ctest_prints_no_counts(self):
        done = subprocess.run(
            [sys.executable, os.path.join(HERE, "count_ctest.py"), self.folder],
            capture_output=True, text=True, check=False)
        self.assertEqual(done.stdout, "")
        self.assertNotEqual(done.returncode, 0)


if __name__ == "__main__":
    unittest.main()
