#!/usr/bin/env python3
"""docs/faults.md against lib/ and testing/: each test that a row names is there."""

import glob
import os
import re
import unittest

PAGE = "docs/faults.md"

# Not below the runfiles: some folders show the files of their tests to nobody.
TREE = os.path.dirname(os.path.dirname(os.path.realpath(PAGE)))


def read(path):
    with open(path, encoding="utf-8") as file:
        return file.read()


def tests_of_files():
    """By the name of each C++ test's file, without ".cc": the names of its tests."""
    found = {}
    for folder in ("lib", "testing"):
        pattern = os.path.join(TREE, folder, "**", "*_test.cc")
        for path in glob.glob(pattern, recursive=True):
            names = re.findall(r"^TEST(?:_F|_P)?\(\s*\w+,\s*(\w+)\)", read(path),
                               re.MULTILINE)
            found.setdefault(os.path.basename(path)[:-len(".cc")], set()).update(names)
    return found


def rows(page):
    """[fault, what happens, test] of each row."""
    lines = [line for line in page.split("\n") if line.startswith("|")]
    cells = [[cell.strip() for cell in re.split(r"(?<= )\|(?= )", line[1:-1])]
             for line in lines if not line.startswith("|---")]
    return [row for row in cells if row[0] != "fault"]


def named(cell):
    """Pairs of a file and a test, of "`file_test`: `Test`, `Another`; ..."; None
    for what is lacking."""
    file, found = None, []
    for name in re.findall(r"`([^`]*)`", cell):
        if not name.endswith("_test"):
            found.append((file, name))
            continue
        file = name
        if not re.search(r"`%s`: `[A-Z]" % name, cell):
            found.append((file, None))
    return found


class FaultsTest(unittest.TestCase):
    def test_each_test_that_is_named_is_there(self):
        tests = tests_of_files()
        self.assertGreater(len(tests), 100, "of the tree in %s" % TREE)
        count = 0
        for fault, _, cell in rows(read(PAGE)):
            for file, test in named(cell):
                count += 1
                with self.subTest(fault=fault, file=file, test=test):
                    self.assertIn(file, tests)
                    self.assertIn(test, tests[file])
        self.assertGreater(count, 30)

    def test_each_row_names_one_unless_it_is_an_exception(self):
        for fault, happens, cell in rows(read(PAGE)):
            with self.subTest(fault=fault):
                self.assertTrue(named(cell) or "**" in happens)


if __name__ == "__main__":
    unittest.main()
