#!/usr/bin/env python3
"""Tests of house.py: it passes a small tree, and fails it for each rule broken."""

import json
import os
import shutil
import subprocess
import sys
import tempfile
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)
sys.dont_write_bytecode = True
import house  # noqa: E402

LIBRARY = '''cc_library(
    name = "{0}",
    srcs = ["{0}.cc"],
    hdrs = ["{0}.h"],
    linkstatic = True,
)
'''


def header(guard, *includes):
    lines = "".join(f'#include "{name}"\n\n' for name in includes)
    return (f"// What this header is for.\n\n#ifndef {guard}\n#define {guard}\n\n"
            f"{lines}#endif  // {guard}\n")


def public_tree():
    """Public headers with examples, and what compiles them."""
    files, compiled = {}, ""
    folders = {}
    for number, (path, root) in enumerate(house.PUBLIC.items()):
        name = f"{root}/{path}"
        example = f"int a{number};"
        text = header(house.guard_of(name))
        files[name] = text.replace(
            "is for.\n", f"is for.\n//\n//   {example}\n//   ...\n//   int b;\n", 1)
        compiled += f"{example}\nint between{number};\nint b;\n"
        folder, base = os.path.split(name)
        folders.setdefault(folder, []).append(base)
    for folder, names in folders.items():
        files[f"{folder}/BUILD.bazel"] = f"HEADERS = {json.dumps(names)}\n"
    files[house.COMPILED + "examples.cc"] = compiled
    files[house.COMPILED + "BUILD.bazel"] = (
        f"ALONE = {json.dumps(list(house.PUBLIC))}\nSRCS = [\"examples.cc\"]\n")
    return files


PUBLIC = public_tree()
CLEAN = {
    **PUBLIC,
    ".clang-format": "BasedOnStyle: Google\n",
    "lib/leaktrap/pool/BUILD.bazel":
        LIBRARY.format("pool") + PUBLIC["lib/leaktrap/pool/BUILD.bazel"],
    "lib/leaktrap/pool/pool.h": header("LEAKTRAP_POOL_POOL_H_"),
    "lib/leaktrap/pool/pool.cc": '#include "leaktrap/pool/pool.h"\n',
    "lib/leaktrap/probe/BUILD.bazel":
        LIBRARY.format("listing") + 'PUBLIC = ["probe.h"]\n'
        '[cc_test(name = n, srcs = [n + ".cc"]) for n in ["probe_test"]]\n'
        'FILES = glob(["*_for_test.h"])\n',
    "lib/leaktrap/probe/listing.h":
        header("LEAKTRAP_PROBE_LISTING_H_", "leaktrap/pool/pool.h"),
    "lib/leaktrap/probe/listing.cc":
        '#include "leaktrap/probe/listing.h"\n\n'
        '#include "absl/strings/str_cat.h"\n',
    "lib/leaktrap/probe/probe_test.cc": '#include "gtest/gtest.h"\n',
    "lib/leaktrap/probe/things_for_test.h":
        header("LEAKTRAP_PROBE_THINGS_FOR_TEST_H_"),
    "testing/leaktrap/BUILD.bazel":
        LIBRARY.format("trap") + PUBLIC["testing/leaktrap/BUILD.bazel"],
    "testing/leaktrap/trap.h": header("LEAKTRAP_TRAP_H_", "gtest/gtest.h"),
    "testing/leaktrap/trap.cc": '#include "leaktrap/probe/listing.h"\n',
    "testing/child/BUILD.bazel": LIBRARY.format("child"),
    "testing/child/child.h": header("LEAKTRAP_TESTING_CHILD_CHILD_H_"),
    "testing/child/child.cc": '#include "child/child.h"\n',
    "examples/one/BUILD.bazel": 'cc_test(name = "a_test", srcs = ["a_test.cc"])',
    "examples/one/a_test.cc": '#include "leaktrap/leaktrap.h"\n',
    "tools/short.py": "\n" * 400,
}


class HouseTest(unittest.TestCase):

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.root = folder.name
        for name, text in CLEAN.items():
            self.write(name, text)

    def write(self, name, text):
        path = os.path.join(self.root, name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)

    def run_house(self):
        return subprocess.run(
            [sys.executable, os.path.join(HERE, "house.py"), self.root],
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
            check=False)

    def expect_broken(self, rule, *problems):
        run = self.run_house()
        lines = run.stdout.splitlines()
        self.assertEqual(run.returncode, 1, run.stdout)
        broken = [line for line in lines if line.startswith("FAILED ")]
        self.assertEqual(len(broken), 1, run.stdout)
        self.assertTrue(broken[0].startswith(f"FAILED {rule}: "), run.stdout)
        told = [line.strip() for line in lines if line.startswith("  ")]
        self.assertEqual(len(told), len(problems), run.stdout)
        for problem in problems:
            self.assertTrue(any(line.startswith(problem) for line in told),
                            f"no {problem} in:\n{run.stdout}")
        self.assertRegex(lines[-1], r"^\d+ passed, 1 failed$")

    def test_a_clean_tree_passes(self):
        run = self.run_house()
        self.assertEqual(run.returncode, 0, run.stdout)
        self.assertRegex(run.stdout.splitlines()[-1],
                         r"^(11|12) passed, 0 failed$")
        self.assertIn("ok arrows\n", run.stdout)

    def test_an_empty_tree_does_not(self):
        shutil.rmtree(self.root)
        os.mkdir(self.root)
        run = self.run_house()
        self.assertEqual(run.returncode, 1, run.stdout)
        self.assertIn("0 passed, 1 failed", run.stdout)

    def test_this_tree_s_own_files_only(self):
        subprocess.run(["git", "init", "-q", self.root], check=True)
        self.write(".gitignore", "/build/\n")
        self.write("build/lib/long.py", "\n" * 500)
        self.write("lib/leaktrap/pool/unknown.cc", "")
        self.expect_broken("targets", "lib/leaktrap/pool/unknown.cc: ")

    def test_arrows(self):
        self.write("lib/leaktrap/pool/pool.cc",
                   '#include "leaktrap/probe/listing.h"\n')
        self.write("lib/leaktrap/probe/probe_test.cc",
                   '#include <leaktrap/leaktrap.h>\n')
        self.write("testing/leaktrap/trap.cc",
                   '#include "examples/one/a.h"\n')
        self.expect_broken("arrows", "lib/leaktrap/pool/pool.cc: ",
                           "lib/leaktrap/probe/probe_test.cc: ",
                           "testing/leaktrap/trap.cc: ")

    def test_a_room_that_nobody_knows(self):
        self.write("lib/leaktrap/attic/BUILD.bazel", 'FILES = ["a.cc"]')
        self.write("lib/leaktrap/attic/a.cc", "")
        self.expect_broken("arrows", "lib/leaktrap/attic/a.cc: ")

    def test_gtest(self):
        self.write("lib/leaktrap/probe/listing.cc",
                   '#include "gtest/gtest.h"\n')
        self.write("lib/leaktrap/pool/pool.cc", '#include "gmock/gmock.h"\n')
        self.expect_broken("gtest", "lib/leaktrap/probe/listing.cc: ",
                           "lib/leaktrap/pool/pool.cc: ")

    def test_abseil(self):
        self.write("lib/leaktrap/pool/pool.cc",
                   '#include "absl/strings/str_cat.h"\n')
        self.expect_broken("abseil", "lib/leaktrap/pool/pool.cc: ")

    def test_examples(self):
        self.write("examples/one/a_test.cc",
                   '#include "leaktrap/probe/listing.h"\n')
        self.expect_broken("examples", "examples/one/a_test.cc: ")

    def test_targets(self):
        self.write("lib/leaktrap/probe/other_test.cc", "")
        self.write("testing/leaktrap/children/other.cc", "")
        self.write("examples/two/other.cc", "")
        self.expect_broken("targets", "lib/leaktrap/probe/other_test.cc: ",
                           "testing/leaktrap/children/other.cc: ",
                           "examples/two/other.cc: ")

    def test_linkstatic(self):
        for name in ("lib/leaktrap/pool", "testing/child"):
            build = CLEAN[name + "/BUILD.bazel"]
            self.write(name + "/BUILD.bazel",
                       build.replace("    linkstatic = True,\n", ""))
        self.expect_broken("linkstatic", "lib/leaktrap/pool/BUILD.bazel:1: ",
                           "testing/child/BUILD.bazel:1: ")

    def test_length(self):
        self.write("tools/long.py", "\n" * 401)
        self.expect_broken("length", "tools/long.py: has 401 lines")

    def test_guards(self):
        name = "testing/child/child.h"
        self.write(name, header("LEAKTRAP_CHILD_CHILD_H_"))
        self.write("lib/leaktrap/pool/pool.h",
                   CLEAN["lib/leaktrap/pool/pool.h"].replace(
                       "#endif  // LEAKTRAP_POOL_POOL_H_", "#endif"))
        self.expect_broken("guards", name, "lib/leaktrap/pool/pool.h: ")

    def test_banners(self):
        name = "testing/child/child.h"
        self.write(name, CLEAN[name].split("\n\n", 1)[1])
        self.expect_broken("banners", name)

    def test_public_headers(self):
        without = "lib/leaktrap/pool/checkout.h"
        self.write(without, CLEAN[without].replace("//   ", "// "))
        changed = "testing/leaktrap/flags.h"
        self.write(changed, CLEAN[changed].replace("int b;", "int c;"))
        self.expect_broken("public_headers", without, changed)

    def test_public_headers_compile_alone(self):
        name = house.COMPILED + "BUILD.bazel"
        self.write(name, CLEAN[name].replace("leaktrap/flags.h", "a.h"))
        self.expect_broken("public_headers", "testing/leaktrap/flags.h")

    def test_public_headers_are_all_known(self):
        name = "testing/leaktrap/leaktrap.h"
        self.write(name, CLEAN[name].replace(
            "_H_\n\n#endif", '_H_\n\n#include "leaktrap/trap.h"\n\n#endif'))
        self.expect_broken("public_headers", name)

    def test_public_headers_are_there(self):
        os.remove(os.path.join(self.root, "testing/leaktrap/flags.h"))
        self.expect_broken("public_headers", "testing/leaktrap/flags.h")

    def test_uses_never(self):
        self.write("lib/leaktrap/probe/listing.cc", "absl::Mutex mutex;\n")
        self.expect_broken("uses_never", "lib/leaktrap/probe/listing.cc: ")

    @unittest.skipIf(shutil.which("clang-format") is None, "no clang-format")
    def test_formatting(self):
        self.write("lib/leaktrap/pool/pool.cc", "int  a ;\n")
        self.expect_broken("formatting", "lib/leaktrap/pool/pool.cc: ")


if __name__ == "__main__":
    unittest.main()
