#!/usr/bin/env python3
"""Tests of leaktrap_summary.py: what it reads, merges and says."""

import json
import os
import re
import subprocess
import sys
import tempfile
import unittest
import zipfile

HERE = os.path.dirname(os.path.abspath(__file__))
sys.dont_write_bytecode = True
sys.path.insert(0, HERE)

from summary import report_for_test as make  # noqa: E402

REAL = os.path.join(HERE, "testdata")
DESCRIPTION = os.path.join(HERE, "..", "docs", "summary.md")


class SummaryTest(unittest.TestCase):

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = folder.name
        self.logs = self.path("testlogs")
        os.mkdir(self.logs)
        self.reports = 0

    def path(self, *names):
        return os.path.join(self.folder, *names)

    def write(self, text, name):
        path = os.path.join(self.logs, name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "wb") as file:
            file.write(text if isinstance(text, bytes) else text.encode())
        return path

    def add(self, *entries, **head):
        self.reports += 1
        return self.write(make.text(*entries, **head),
                          f"{self.reports}/leaktrap.json")

    def start(self, *arguments, **options):
        environment = dict(os.environ, PYTHONIOENCODING="utf-8")
        environment.pop("BUILD_WORKING_DIRECTORY", None)
        environment.update(options.pop("env", {}))
        return subprocess.run(
            [sys.executable, os.path.join(HERE, "leaktrap_summary.py"),
             *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
            encoding="utf-8", env=environment, check=False, **options)

    def summarize(self, *arguments, code=0):
        """Of all that was added, as JSON; the table is self.table."""
        path = self.path("summary.json")
        ran = self.start(self.logs, f"--json={path}", *arguments)
        self.assertEqual(ran.returncode, code, ran.stderr)
        self.table, self.errors = ran.stdout, ran.stderr
        for line in self.table.splitlines():
            self.assertLessEqual(len(line), 120)
        with open(path, encoding="utf-8") as file:
            return json.load(file)

    def maker(self):
        makers = self.summarize()["makers"]
        self.assertEqual(len(makers), 1, makers)
        return makers[0]


class ReadingTest(SummaryTest):

    def unread(self, text, reason):
        path = self.write(text, "bad/leaktrap.json")
        if self.reports == 0:
            self.add(make.entry(leaks=[make.resource()]))
        found = self.summarize(code=3)
        self.assertEqual([one["report"] for one in found["unread"]], [path])
        self.assertIn(reason, found["unread"][0]["reason"])
        self.assertIn(f"{path}: ", self.errors)
        self.assertIn(reason, self.errors)
        # The others are read all the same.
        self.assertEqual(found["totals"]["leaks"], 1)

    def test_reads_real_reports(self):
        ran = self.start(REAL)
        self.assertEqual(ran.returncode, 0, ran.stderr)
        self.assertIn('thread: named "settling_clean_", sleeping in', ran.stdout)
        self.assertIn("1 descriptor: from LEAKTRAP_TOLERATE", ran.stdout)
        self.assertIn('4 pool "db"', ran.stdout)
        self.assertEqual(
            ran.stdout.splitlines()[-1], "5 reports of 3 targets: "
            "1 leak by 1 maker in 1 of 6 tests, 1 tolerated")

    def test_finds_reports_in_folders_and_zipped_outputs(self):
        self.write(make.text(make.entry()), "a/leaktrap-shard-1-of-2.json")
        self.write(make.text(make.entry()), "a/b/leaktrap-pid-7.json")
        self.write("{}", "a/other.json")
        os.makedirs(os.path.join(self.logs, "t/test.outputs"))
        with zipfile.ZipFile(os.path.join(
                self.logs, "t/test.outputs/outputs.zip"), "w") as file:
            file.writestr("deep/leaktrap.json", make.text(make.entry()))
            file.writestr("log.txt", "no report")
        self.assertEqual(self.summarize()["totals"]["reports"], 3)

    def test_reads_a_linked_folder_and_named_files(self):
        path = self.add(make.entry())
        os.symlink(self.logs, self.path("bazel-testlogs"))
        ran = self.start(self.path("bazel-testlogs"))
        self.assertIn("1 report of 1 target", ran.stdout)
        other = self.write(make.text(make.entry()), "any name")
        ran = self.start(path, other)
        self.assertIn("2 reports of 1 target", ran.stdout)

    def test_looks_where_bazel_run_was_called(self):
        self.add(make.entry())
        ran = self.start("testlogs", cwd="/",
                         env={"BUILD_WORKING_DIRECTORY": self.folder})
        self.assertEqual((ran.returncode, ran.stderr), (0, ""))

    def test_takes_a_report_once(self):
        path = self.add(make.entry(leaks=[make.resource()]))
        with open(path, "rb") as file:
            self.write(file.read(), "copy/leaktrap.json")
        found = self.summarize(path)
        self.assertEqual(found["totals"]["leaks"], 1)
        self.assertEqual(found["totals"]["given_twice"], 1)

    def test_not_json(self):
        self.unread("leaktrap", "not JSON")

    def test_empty(self):
        self.unread("", "empty")

    def test_cut_off(self):
        self.unread(make.text(make.entry())[:-30], "cut off")

    def test_not_utf8(self):
        self.unread(b'{"schema":"\xff"}', "not UTF-8 at byte 11")

    def test_nested_too_deeply(self):
        self.unread("[" * 100000, "nested too deeply")

    def test_another_schema(self):
        self.unread('{"schema": "other", "version": 1}', "its \"schema\"")
        self.unread("[]", "its \"schema\"")

    def test_another_version(self):
        self.unread(make.text(version=2), "version 2, and not 1")

    def test_fields_of_another_form(self):
        for entry in (
                3, {}, make.entry(verdict=7), make.entry(iteration=-1),
                make.entry(iteration=10**30), make.entry(iteration=True),
                make.entry(leaks=["x"]), make.entry(alive=("many",)),
                make.entry(leaks=[make.resource(kind=None)]),
                make.entry(leaks=[make.resource(origin={"stack": 0})],
                           stacks=["x"]),
                make.entry(exceeded=[{}])):
            with self.subTest(entry=entry):
                self.unread(make.text(entry), "")

    def test_skips_what_is_new(self):
        self.add(make.entry(new={"a": [1]}), {"entry": "new"}, news=3)
        self.assertEqual(self.summarize()["totals"]["tests"], 1)

    def test_broken_zip(self):
        self.write(b"PK\3\4 no archive", "outputs.zip")
        self.assertIn("outputs.zip", self.summarize(code=3)["unread"][0]["report"])

    def test_broken_member_of_a_zip(self):
        path = self.write(b"", "outputs.zip")
        text = make.text(make.entry("Hurt.Test")).encode()
        with zipfile.ZipFile(path, "w") as file:
            file.writestr("leaktrap.json", text)
            file.writestr("leaktrap-pid-2.json", make.text(make.entry()))
        with open(path, "rb") as file:
            data = file.read()
        self.write(data.replace(b"Hurt", b"hurt"), "outputs.zip")
        found = self.summarize(code=3)
        self.assertEqual(found["unread"][0]["report"], f"{path}:leaktrap.json")
        self.assertIn("CRC", found["unread"][0]["reason"])
        self.assertEqual(found["totals"]["reports"], 1)

    def test_nothing_to_read(self):
        self.assertIn("no leaktrap*.json and no outputs.zip",
                      self.summarize(code=3)["unread"][0]["reason"])

    def test_no_such_path(self):
        ran = self.start(self.path("absent"))
        self.assertEqual(ran.returncode, 3)
        self.assertIn("absent: No such file", ran.stderr)

    def test_a_pipe_is_not_waited_for(self):
        os.mkfifo(os.path.join(self.logs, "leaktrap.json"))
        self.assertEqual(self.summarize(code=3)["unread"][0]["reason"],
                         "no regular file")


class DescriptionTest(SummaryTest):

    def keys(self, value):
        if isinstance(value, list):
            return {key for one in value for key in self.keys(one)}
        if isinstance(value, dict):
            return set(value) | self.keys(list(value.values()))
        return set()

    def test_names_every_option_and_every_key(self):
        self.add(
            make.entry(leaks=[make.resource(dirt="x", release="y")],
                       tolerated=[make.tolerated("r")], exceeded=["x"],
                       late_releases=[{"what": "a", "left_behind_by": "b"}],
                       grown_pools=[{"pool": "p", "by": 1}], error="e"),
            is_finished=False)
        self.write("", "leaktrap.json")
        found = self.summarize(code=3)
        for key, value in found.items():
            self.assertNotEqual(value, [], key)
        options = set(re.findall(r"--[a-z_]+", self.start("--help").stdout))
        with open(DESCRIPTION, encoding="utf-8") as file:
            page = file.read().partition("## The JSON")
        told = set(re.findall(r"`(\w+)`", page[2]))
        kinds = set(found["targets"][0]["peaks"])
        self.assertEqual(self.keys(found) - kinds - told, set())
        self.assertEqual(
            options - {"--help"} - set(re.findall(r"`(--\w+)", page[0])), set())


class ExitCodeTest(SummaryTest):

    def test_leaks_fail_only_if_asked(self):
        self.add(make.entry(leaks=[make.resource()]))
        self.assertEqual(self.start(self.logs).returncode, 0)
        self.assertEqual(
            self.start(self.logs, "--fail_on_leaks").returncode, 1)
        self.write("", "leaktrap.json")
        self.assertEqual(
            self.start(self.logs, "--fail_on_leaks").returncode, 3)

    def test_what_is_only_reported_fails_nothing(self):
        self.add(make.entry(only_reported=[make.resource()], verdict="noted"))
        found = self.summarize("--fail_on_leaks")
        self.assertEqual(found["makers"][0]["only_reported"], 1)

    def test_misuse(self):
        self.add(make.entry())
        for wrong in (["--top=0"], ["--top=x"], ["--no_such_flag"],
                      ["--json=" + self.path("absent/file")],
                      ["--html=" + self.folder]):
            with self.subTest(wrong=wrong):
                ran = self.start(self.logs, *wrong)
                self.assertEqual(ran.returncode, 2)
                self.assertNotIn("Traceback", ran.stderr)
        self.assertEqual(self.start().returncode, 2)

    def test_whoever_reads_may_stop(self):
        self.add(*[make.entry(leaks=[make.resource(line=n)])
                   for n in range(3000)])
        reader, writer = os.pipe()
        os.close(reader)
        with subprocess.Popen(
                [sys.executable, os.path.join(HERE, "leaktrap_summary.py"),
                 self.logs, "--top=3000"], stdout=writer,
                stderr=subprocess.PIPE) as ran:
            os.close(writer)
            self.assertEqual(ran.communicate()[1], b"")
            self.assertEqual(ran.returncode, 0)


if __name__ == "__main__":
    unittest.main()
