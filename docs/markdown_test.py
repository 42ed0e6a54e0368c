#!/usr/bin/env python3
"""Tests of markdown.py and cpp_blocks.py: what they miss, no page is held to."""

import sys
import unittest

sys.path.insert(0, "docs")
import cpp_blocks  # noqa: E402
import markdown  # noqa: E402


class BlocksTest(unittest.TestCase):
    def test_block_has_its_line_and_section(self):
        blocks, _ = markdown.blocks_and_comments("# A\n\n## B\n\n```sh fails\nls\n```\n")
        self.assertEqual(blocks, [markdown.Block("sh fails", "ls\n", 6, None, "B")])

    def test_comment_belongs_to_the_block_right_after_it(self):
        page = "<!-- cpp\nint a;\n-->\n\n```cpp\nint b;\n```\n```cpp\nint c;\n```\n"
        blocks, comments = markdown.blocks_and_comments(page)
        self.assertEqual([block.wrapper for block in blocks], [comments[0], None])

    def test_text_between_parts_them(self):
        page = "<!-- cpp\nint a;\n-->\nText.\n```cpp\nint b;\n```\n"
        self.assertIsNone(markdown.blocks_and_comments(page)[0][0].wrapper)

    def test_without_an_end_it_is_refused(self):
        for page in ["```cpp\nint a;\n", "<!-- cpp\nint a;\n"]:
            with self.assertRaises(ValueError):
                markdown.blocks_and_comments(page)


class LinksTest(unittest.TestCase):
    def test_every_form_is_found(self):
        page = 'a [b](c.md#d) [e](#f)\n![g](h.svg)\n<img src="i.svg">\n'
        self.assertEqual(
            list(markdown.links(page)),
            [(1, "c.md#d"), (1, "#f"), (2, "h.svg"), (3, "i.svg")])

    def test_code_has_none(self):
        page = "`[a](b)`\n```cpp\nf[a](b);\n```\n<!-- cpp\ng[a](b);\n-->\n[c](d)\n"
        self.assertEqual(list(markdown.links(page)), [(8, "d")])


class AnchorsTest(unittest.TestCase):
    def test_they_are_githubs(self):
        page = "# Who, `it` is: 1. find_package\n## A\n### A\n```sh\n# no heading\n```\n"
        self.assertEqual(
            markdown.anchors(page), {"who-it-is-1-find_package", "a", "a-1"})


class CppBlocksTest(unittest.TestCase):
    def test_block_stands_in_place_of_the_dots(self):
        page = "<!-- cpp\nvoid F() {\n...\n}\n-->\n```cpp\nint a;\n```\n"
        self.assertEqual(
            cpp_blocks.source([("p.md", page)]),
            'namespace p_md {\nnamespace line_7 {\n'
            '#line 2 "p.md"\nvoid F() {\n'
            '#line 7 "p.md"\nint a;\n\n'
            '#line 4 "p.md"\n}\n\n'
            "}\n}\n")

    def test_includes_go_to_the_top(self):
        page = '<!-- cpp page\n#include <a>\n-->\n```cpp\n#include "b.h"\nint c;\n```\n'
        source = cpp_blocks.source([("p.md", page)])
        self.assertTrue(source.startswith('#include "b.h"\n#include <a>\nnamespace'))
        self.assertEqual(source.count("#include"), 2)

    def test_other_languages_are_left_out(self):
        self.assertNotIn("ls", cpp_blocks.source([("p.md", "```sh\nls\n```\n")]))


if __name__ == "__main__":
    unittest.main()
