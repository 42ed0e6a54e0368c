#!/usr/bin/env python3
"""docs/conformance.md against the tests: each row has one, and each test a row."""

import os
import re
import subprocess
import sys
import unittest

sys.path.insert(0, "docs")
import reference_page  # noqa: E402

CHILD = "testing/leaktrap/children/conformance/conformance_child"

# Where the recorder stands in front of the C library's functions.
INTERPOSED = "lib/leaktrap/origin"

# Names itself in assembler.
IN_ASSEMBLER = {"vfork"}

# The C library has none before 2.43.
NOT_HERE = {"openat2"}

# The recorder's own tables of ways.
WAYS = ["lib/leaktrap/origin/%s_test.cc" % name for name in (
    "descriptor_ways_files", "descriptor_ways_kernel",
    "descriptor_ways_libraries", "process_ways", "thread_ways")]


def read(path):
    with open(path, encoding="utf-8") as file:
        return file.read()


PAGE = read("docs/conformance.md")


def sections():
    """The page's rows in order of their names, of each heading that has some."""
    found = {}
    for section in PAGE.split("\n## ")[1:]:
        rows = [line for line in section.split("\n")
                if re.match(r"\| `\w+` \|.*\|.*\|.*\|", line)]
        if rows:
            found[section.split("\n")[0]] = sorted(rows)
    return found


def listed(suite):
    """The rows that the program's tests of a suite say they are, of each table."""
    output = subprocess.run(
        [CHILD, "--gtest_list_tests", "--gtest_filter=*/%s.*" % suite],
        check=True, env={}, stdout=subprocess.PIPE, encoding="utf-8").stdout
    found, table = {}, None
    for line in output.split("\n"):
        if line.endswith("/%s." % suite):
            table = found.setdefault(line.split("/")[0], [])
        match = re.match(r"  Way/(\w+)  # GetParam\(\) = (.*)", line)
        if match:
            assert match.group(2).startswith("| `%s` |" % match.group(1)), line
            table.append(match.group(2))
    # Files of a table come in the linker's order.
    return {name: sorted(rows) for name, rows in found.items()}


class ConformanceTest(unittest.TestCase):
    maxDiff = None

    def test_each_row_is_a_test_and_each_test_a_row(self):
        rows = sections()
        self.assertGreater(sum(map(len, rows.values())), 100)
        for suite in ("Leak", "Clean"):
            with self.subTest(suite=suite):
                self.assertEqual(rows, listed(suite))

    def test_each_call_that_is_recorded_made_something(self):
        calls = set()
        for name in os.listdir(INTERPOSED):
            if re.match(r"interpose_\w+\.cc$", name):
                calls |= set(re.findall(r'LEAKTRAP_CALL_SITE\("(\w+)"\)',
                                        read(os.path.join(INTERPOSED, name))))
        self.assertGreater(len(calls), 50)
        made = set(re.findall(r"\| `(\w+)\(\)` \|", PAGE))
        self.assertEqual(made, calls - NOT_HERE | IN_ASSEMBLER)

    def test_each_way_of_the_recorders_is_a_row_or_like_one(self):
        names = {row.split("`")[1] for rows in sections().values()
                 for row in rows}
        others = set()
        for like, text in reference_page.rows(PAGE, "like"):
            self.assertIn(like, names)
            others |= set(re.findall(r"\w+", text))
        self.assertEqual(names & others, set())
        tried = set()
        for path in WAYS:
            table = re.search(r"Way kWays\[\] = \{\n(.*?)^\};", read(path),
                              re.DOTALL | re.MULTILINE).group(1)
            of_this = set(re.findall(r'^    \{"(\w+)",', table, re.MULTILINE))
            self.assertGreater(len(of_this), 5, path)
            tried |= of_this
        self.assertEqual(tried - names, others)


if __name__ == "__main__":
    unittest.main()
