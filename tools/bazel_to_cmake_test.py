#!/usr/bin/env python3
"""Tests of bazel_to_cmake.py, over a small tree."""

import os
import pathlib
import subprocess
import sys
import tempfile
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))

PROBE = """
load("@rules_cc//cc:cc_library.bzl", "cc_library")
load("@rules_cc//cc:cc_test.bzl", "cc_test")
load(":twice.bzl", "tests_twice")

cc_library(
    name = "probe",
    srcs = ["probe.cc"],
    hdrs = ["probe.h"],
    deps = ["@com_google_absl//absl/strings"],
)

cc_library(
    name = "for_test",
    testonly = True,
    hdrs = ["for_test.h"],
    deps = ["@com_google_googletest//:gtest"],
)

filegroup(name = "texts", srcs = ["a.txt", "//lib/leaktrap/pool:b.txt"])

tests_twice(
    srcs = ["probe_test.cc"],
    data = [":texts"],
    env = {"WHO": "it's me"},
    deps = [":probe", ":for_test", "//lib/leaktrap/pool"],
)
"""

TWICE = """
def tests_twice(**kwargs):
    for name, copts in {"first_test": [], "second_test": ["-O2"]}.items():
        cc_test(name = name, copts = copts, size = "small", **kwargs)
"""

POOL = """
cc_library(name = "pool", srcs = ["pool.cc"], hdrs = ["pool.h"])
"""


class BazelToCmakeTest(unittest.TestCase):

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.root = pathlib.Path(folder.name)
        self.write("lib/leaktrap/probe/BUILD.bazel", PROBE)
        self.write("lib/leaktrap/probe/twice.bzl", TWICE)
        self.write("lib/leaktrap/pool/BUILD.bazel", POOL)
        self.write("CMakeLists.txt", "add_subdirectory(lib/leaktrap/pool)\n"
                   "add_subdirectory(lib/leaktrap/probe)\n")

    def write(self, path, text):
        (self.root / path).parent.mkdir(parents=True, exist_ok=True)
        (self.root / path).write_text(text, encoding="utf-8")

    def run_it(self, *arguments):
        return subprocess.run(
            [sys.executable, os.path.join(HERE, "bazel_to_cmake.py"),
             f"--root={self.root}", *arguments],
            capture_output=True, text=True, check=False)

    def written(self, package):
        return (self.root / package / "CMakeLists.txt").read_text()

    def test_writes_parts_and_tests(self):
        self.assertEqual(self.run_it().returncode, 0)
        text = self.written("lib/leaktrap/probe")
        self.assertIn("leaktrap_part(leaktrap\n  SRCS probe.cc\n  HDRS probe.h\n)",
                      text)
        self.assertIn("leaktrap_test_library(lib_leaktrap_probe_for_test\n"
                      "  DEPS GTest::gmock\n)", text)
        self.assertIn("""\
leaktrap_test(lib_leaktrap_probe_second_test
  NAME second_test
  SRCS probe_test.cc
  COPTS -O2
  DEPS
    leaktrap
    lib_leaktrap_probe_for_test
    leaktrap_pool
  FILES
    lib/leaktrap/probe/a.txt
    lib/leaktrap/pool/b.txt
  ENV [=[WHO=it's me]=]
  TIMEOUT 60
)
""", text)
        self.assertIn("leaktrap_part(leaktrap_pool", self.written("lib/leaktrap/pool"))

    def test_checks(self):
        self.run_it()
        self.assertEqual(self.run_it("--check").returncode, 0)
        self.write("lib/leaktrap/pool/BUILD.bazel", POOL.replace("pool.cc", "new.cc"))
        checked = self.run_it("--check")
        self.assertEqual(checked.returncode, 1)
        self.assertIn("lib/leaktrap/pool/CMakeLists.txt", checked.stdout)
        self.assertIn("pool.cc", self.written("lib/leaktrap/pool"))

    def test_names_a_folder_that_is_left_out(self):
        self.write("CMakeLists.txt", "add_subdirectory(lib/leaktrap/pool)\n")
        ended = self.run_it("--check")
        self.assertNotEqual(ended.returncode, 0)
        self.assertIn("add_subdirectory(lib/leaktrap/probe)", ended.stderr)

    def test_names_what_it_does_not_find(self):
        self.write("lib/leaktrap/pool/BUILD.bazel",
                   POOL + 'cc_test(name = "a", srcs = [], deps = [":none"])\n')
        ended = self.run_it()
        self.assertNotEqual(ended.returncode, 0)
        self.assertIn("//lib/leaktrap/pool:a: no target for :none", ended.stderr)


if __name__ == "__main__":
    unittest.main()
