#!/usr/bin/env python3
"""Tests of quick_start.py, over sections of a line or two."""

import os
import sys
import unittest

sys.path.insert(0, "docs")
sys.path.insert(0, "tools")
import markdown  # noqa: E402
import quick_start  # noqa: E402


def blocks_of(*pairs):
    """Blocks of one section, from (info, text)."""
    return [markdown.Block(info, text, 1, None, "S") for info, text in pairs]


class RunSectionTest(unittest.TestCase):
    def test_what_one_block_exports_the_next_one_has(self):
        quick_start.run_section(blocks_of(
            ("sh", "export WORD='a b'\ntouch file\n"),
            ("sh", "ls file\necho \"$WORD\"\n"),
            ("text", "file\na b\n")))

    def test_leaktrap_is_the_tree(self):
        quick_start.run_section(blocks_of(
            ("sh", "ls \"$LEAKTRAP\"/docs\n"), ("text", "quick_start.md\n")))

    def test_setup_is_left_to_the_reader(self):
        quick_start.run_section(blocks_of(("sh setup", "exit 1\n")))

    def test_block_fails_if_any_of_its_commands_does(self):
        with self.assertRaises(quick_start.Failure):
            quick_start.run_section(blocks_of(("sh", "false\ntrue\n")))

    def test_block_that_must_fail_may_not_succeed(self):
        quick_start.run_section(blocks_of(("sh fails", "false\n")))
        with self.assertRaises(quick_start.Failure):
            quick_start.run_section(blocks_of(("sh fails", "true\n")))

    def test_unknown_blocks_are_refused(self):
        with self.assertRaises(quick_start.Failure):
            quick_start.run_section(blocks_of(("shell", "true\n")))

    def test_its_folder_is_empty_and_goes(self):
        blocks = blocks_of(("sh", "ls -A; pwd >&2; exit 1\n"))
        with self.assertRaises(quick_start.Failure) as raised:
            quick_start.run_section(blocks)
        folder = str(raised.exception).strip().split("\n")[-1]
        self.assertRegex(folder, "/quick_start_.*/project$")
        self.assertFalse(os.path.exists(folder))


class CompareTest(unittest.TestCase):
    def compare(self, text):
        block, = blocks_of(("text", text))
        quick_start.compare(block, "one 1 first\n  two (3 ms)\nthree\n")

    def test_lines_stand_in_longer_ones(self):
        self.compare("one 1\nthree\n")

    def test_dots_stand_for_anything(self):
        self.compare("one ... first\n...\nthree\n")

    def test_order_matters(self):
        with self.assertRaises(quick_start.Failure):
            self.compare("three\none\n")

    def test_one_line_is_not_found_twice(self):
        with self.assertRaises(quick_start.Failure):
            self.compare("three\nthree\n")

    def test_no_other_character_is_special(self):
        self.compare("two (3 ms)\n")
        with self.assertRaises(quick_start.Failure):
            self.compare("t.o\n")


if __name__ == "__main__":
    unittest.main()
