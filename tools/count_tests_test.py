#!/usr/bin/env python3
"""Tests of count_tests.py, over files of the form that Bazel writes."""

import json
import os
import subprocess
import sys
import tempfile
import unittest
import urllib.request

HERE = os.path.dirname(os.path.abspath(__file__))
CASE = '<testcase name="{}" status="run" result="completed" classname="A">{}</testcase>'
PASSES = CASE.format("Passes", "")
FAILS = CASE.format("Fails", '<failure message="no" type=""></failure>')
CRASHED = '<testcase name="t"><error message="exited with error code 134"/></testcase>'
SKIPPED = ('<testcase name="Skips" status="run" result="skipped" classname="A">'
           '<skipped message=""/></testcase>')
DISABLED = '<testcase name="DISABLED_A" status="notrun" result="suppressed"/>'


class CountTestsTest(unittest.TestCase):

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = folder.name
        self.events = []

    def add_test(self, label):
        self.events.append({
            "id": {"targetConfigured": {"label": label}},
            "configured": {"targetKind": "cc_test rule", "testSize": "SMALL"}})

    def add_build(self, label, success):
        completed = {"success": True} if success else {}
        self.events.append({"id": {"targetCompleted": {"label": label}},
                            "completed": completed})

    def add_result(self, label, status, xml, shard=1, attempt=1):
        # A space, since Bazel quotes paths.
        path = os.path.join(self.folder, f"test {len(self.events)}.xml")
        outputs = []
        if xml is not None:
            with open(path, "w", encoding="utf-8") as file:
                file.write(xml)
            outputs.append({
                "name": "test.xml",
                "uri": "file://" + urllib.request.pathname2url(path)})
        self.events.append({
            "id": {"testResult": {"label": label, "run": 1, "shard": shard,
                                  "attempt": attempt}},
            "testResult": {"status": status, "testActionOutput": outputs}})

    def add_cases(self, label, status, *cases, **where):
        suites = "<testsuites><testsuite>" + "".join(cases)
        self.add_result(label, status, suites + "</testsuite></testsuites>",
                        **where)

    def finish(self, code):
        exit_code = {"name": "X"}
        if code != 0:
            exit_code["code"] = code
        self.events.append({"id": {"buildFinished": {}},
                            "finished": {"exitCode": exit_code}})

    def run_script(self, *options):
        path = os.path.join(self.folder, "events.json")
        with open(path, "w", encoding="utf-8") as file:
            for event in self.events:
                file.write(json.dumps(event) + "\n")
        return subprocess.run(
            [sys.executable, os.path.join(HERE, "count_tests.py"), *options, path],
            check=True, capture_output=True, text=True)

    def count(self):
        return self.run_script().stdout.strip()

    def test_counts_cases(self):
        self.add_cases("//a", "PASSED", PASSES, PASSES, SKIPPED, DISABLED)
        self.add_cases("//b", "FAILED", PASSES, FAILS, FAILS)
        self.finish(3)
        self.assertEqual(self.count(), "3 2 1")

    def test_names_what_failed(self):
        self.add_cases("//a", "PASSED", PASSES)
        self.add_cases("//b", "FAILED", FAILS)
        self.finish(3)
        ran = self.run_script("--red")
        self.assertEqual(ran.stdout, "//b\n")
        self.assertEqual(ran.stderr, "//b: A.Fails\n")

    def test_all_passed(self):
        self.add_test("//a")
        self.add_build("//a", success=True)
        self.add_cases("//a", "PASSED", PASSES)
        self.finish(0)
        self.assertEqual(self.count(), "1 0 0")
        self.assertEqual(self.run_script("--red").stdout, "")

    def test_crash_and_timeout_fail(self):
        self.add_cases("//crash", "FAILED", CRASHED)
        self.add_result("//timeout", "TIMEOUT", None)
        self.finish(3)
        self.assertEqual(self.count(), "0 2 0")

    def test_failed_without_failed_case(self):
        self.add_cases("//a", "FAILED", PASSES)
        self.finish(3)
        self.assertEqual(self.count(), "1 1 0")

    def test_failed_case_in_what_passed(self):
        self.add_cases("//a", "PASSED", FAILS)
        self.finish(0)
        self.assertEqual(self.count(), "0 1 0")

    def test_unreadable_xml_fails(self):
        self.add_result("//half", "PASSED", "<testsuites>" + PASSES)
        self.add_result("//none", "PASSED", None)
        self.finish(0)
        self.assertEqual(self.count(), "0 2 0")

    def test_each_shard_counts_and_may_be_empty(self):
        self.add_cases("//a", "PASSED", PASSES, shard=1)
        self.add_cases("//a", "PASSED", PASSES, shard=2)
        self.add_cases("//a", "PASSED", shard=3)
        self.finish(0)
        self.assertEqual(self.count(), "2 0 0")

    def test_no_case_fails(self):
        self.add_cases("//a", "PASSED", DISABLED)
        self.finish(0)
        self.assertEqual(self.count(), "0 1 0")

    def test_last_attempt_counts(self):
        self.add_cases("//a", "FAILED", FAILS, attempt=1)
        self.add_cases("//a", "PASSED", PASSES, attempt=2)
        self.finish(0)
        self.assertEqual(self.count(), "1 0 0")

    def test_what_did_not_build_fails_once(self):
        self.add_test("//test")
        self.add_build("//test", success=False)
        self.add_build("//library", success=False)
        self.finish(1)
        self.assertEqual(self.count(), "0 2 0")

    def test_what_did_not_run_fails(self):
        self.add_test("//a")
        self.add_build("//a", success=True)
        self.finish(0)
        self.assertEqual(self.count(), "0 1 0")

    def test_what_could_not_be_analysed_fails(self):
        self.events.append({"id": {"targetConfigured": {"label": "//a"}},
                            "aborted": {"reason": "ANALYSIS_FAILURE"}})
        self.finish(0)
        self.assertEqual(self.count(), "0 1 0")

    def test_what_is_for_another_platform_does_not_count(self):
        self.add_test("//a")
        self.events.append({"id": {"targetCompleted": {"label": "//a"}},
                            "aborted": {"reason": "SKIPPED"}})
        self.add_cases("//b", "PASSED", PASSES)
        self.finish(0)
        self.assertEqual(self.count(), "1 0 0")

    def test_bazel_itself_fails(self):
        self.add_cases("//a", "PASSED", PASSES)
        self.finish(1)
        self.assertEqual(self.count(), "1 1 0")

    def test_bazel_does_not_finish(self):
        self.add_cases("//a", "PASSED", PASSES)
        self.assertEqual(self.count(), "1 1 0")

    def test_no_events_fail(self):
        ran = subprocess.run(
            [sys.executable, os.path.join(HERE, "count_tests.py"),
             os.path.join(self.folder, "absent.json")],
            check=True, capture_output=True, text=True)
        self.assertEqual(ran.stdout.strip(), "0 1 0")


if __name__ == "__main__":
    unittest.main()
