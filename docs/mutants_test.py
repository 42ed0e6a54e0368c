#!/usr/bin/env python3
"""docs/mutants.md against tools/mutants: each patch has a row, and each row a patch."""

import glob
import os
import re
import sys
import unittest

sys.path.insert(0, "docs")
import reference_page  # noqa: E402


def read(path):
    with open(path, encoding="utf-8") as file:
        return file.read()


def headline(patch):
    """What it breaks, in its first sentence."""
    return " ".join(read(patch).split("\n---")[0].split("Unit tests only:")[0].split())


def patches(folder):
    return {os.path.basename(path)[:-len(".patch")]: headline(path)
            for path in glob.glob(os.path.join(folder, "*.patch"))}


def sections():
    """The page's rows by heading: each mutant's name, and what is broken."""
    found = {}
    for section in read("docs/mutants.md").split("\n## ")[1:]:
        found[section.split("\n")[0]] = {
            row[0]: row[1] for row in reference_page.rows(section, "mutant")
            if "".join(row[2:])}  # a test that noticed
    return found


class MutantsTest(unittest.TestCase):
    maxDiff = None

    def test_each_patch_is_a_row_and_each_row_a_patch(self):
        rows = sections()
        self.assertEqual(rows["In CI"], patches("tools/mutants"))
        self.assertEqual(rows["On request"], patches("tools/mutants/more"))

    def test_the_readme_counts_them(self):
        counts = re.findall(r"\[(\d+) mutants\].*\*\*(\d+) killed", read("README.md"))
        count = str(sum(map(len, sections().values())))
        self.assertEqual(counts, [(count, count)])


if __name__ == "__main__":
    unittest.main()
