#!/usr/bin/env python3
"""What the pages promise: links lead somewhere, code parses, no flag is missing.

That C++ blocks compile is seen when this test is built (cpp_blocks.py).
"""

import ast
import json
import os
import re
import subprocess
import sys
import unittest

sys.path.insert(0, "docs")
import markdown  # noqa: E402

# Beside the pages of docs/.
OTHER_PAGES = [
    "CHANGELOG.md",
    "CONTRIBUTING.md",
    "README.md",
    "examples/http_client/README.md",
    "examples/postgres_pool/README.md",
    "examples/public_bugs/README.md",
    "testing/leaktrap/scenarios/README.md",
]

# What docs/recipes.md shows parts of.
RECIPES = [
    "examples/public_bugs/lightweight.cc",
    "lib/leaktrap/adapters/hiredis/leak_stories_for_test.cc",
    "testing/recipes/grpc/options_for_grpc.h",
    "testing/recipes/mongoc/leaktrap_for_mongoc.h",
    "testing/recipes/poco/leaktrap_for_poco.h",
    "testing/recipes/poco/poco_child.cc",
    "testing/recipes/soci/leaktrap_for_soci.h",
    "testing/recipes/soci/soci_child.cc",
]

MACROS = {"LEAKTRAP_ALLOW", "LEAKTRAP_EXPECT_LEAK"}

# Variables that are no twin of a flag.
OTHER_VARIABLES = {
    "LEAKTRAP_SYMBOLIZER",
    # Of the CMake build, not of a test.
    "LEAKTRAP_BUILD_TESTING",
    "LEAKTRAP_INSTALL",
    "LEAKTRAP_ROOT",
}

# What docs/reference.md shows the errors of.
NO_FLAGS = {"--leaktrap_lingr"}


def read(path):
    with open(path, encoding="utf-8") as file:
        return file.read()


def pages():
    """(path, text) of every page."""
    names = OTHER_PAGES + sorted(
        "docs/" + name for name in os.listdir("docs") if name.endswith(".md")
    )
    return [(name, read(name)) for name in names]


def known_flags():
    """Every flag that a program with Leaktrap knows, as it says itself."""
    # Without what steers this test: it would write its XML over this one's.
    steered = ("GTEST_", "LEAKTRAP_", "TEST_", "TESTBRIDGE_", "XML_OUTPUT_FILE")
    run = subprocess.run(
        ["examples/first_steps/by_main_test", "--leaktrap_no_such_flag"],
        env={name: value for name, value in os.environ.items()
             if not name.startswith(steered)},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        universal_newlines=True,
        check=False,
    )
    told = re.search(r"is unknown; there are (.*)", run.stdout)
    return set(re.findall(r"--leaktrap_\w+", told.group(1)))


class LinksTest(unittest.TestCase):
    def test_each_leads_somewhere(self):
        count = 0
        for path, text in pages():
            for line, target in markdown.links(text):
                if re.match(r"[a-z]+:", target):
                    continue  # no page is fetched
                count += 1
                with self.subTest(at="%s:%d" % (path, line), target=target):
                    self.lead_somewhere(path, text, target)
        self.assertGreater(count, 0)

    def lead_somewhere(self, path, text, target):
        name, _, anchor = target.partition("#")
        if name:
            path = os.path.normpath(os.path.join(os.path.dirname(path), name))
            self.assertTrue(
                os.path.exists(path),
                "there is no %s (or it is not in the data of this test)" % path,
            )
            text = read(path) if path.endswith(".md") else ""
        if anchor:
            self.assertIn(anchor, markdown.anchors(text))

    def test_the_index_names_every_page(self):
        index = {target for _, target in markdown.links(read("docs/README.md"))}
        for path, _ in pages():
            name = os.path.basename(path)
            if path.startswith("docs/") and name != "README.md":
                self.assertIn(name, index)


class BlocksTest(unittest.TestCase):
    def test_each_parses(self):
        seen = set()
        for path, text in pages():
            for block in markdown.blocks_and_comments(text)[0]:
                words = block.info.split()
                language = words[0] if words else ""
                seen.add(language)
                with self.subTest(at="%s:%d" % (path, block.line)):
                    self.parse(language, block.text)
        self.assertLessEqual({"cpp", "python", "sh"}, seen)

    def parse(self, language, text):
        if language == "python":  # Starlark, too, is Python to look at
            ast.parse(text)
        elif language == "json":
            json.loads(text)
        elif language == "sh":
            run = subprocess.run(
                ["bash", "-n"],
                input=text,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                universal_newlines=True,
                check=False,
            )
            # A here-document without an end is but a warning.
            self.assertEqual((run.returncode, run.stdout), (0, ""))
        else:
            self.assertIn(language, ["", "cmake", "cpp", "diff", "go", "text"])


class RecipesTest(unittest.TestCase):
    def test_each_is_taken_from_a_file_that_is_tested(self):
        tested = [re.sub(r"\s", "", read(path)) for path in RECIPES]
        count = 0
        for block in markdown.blocks_and_comments(read("docs/recipes.md"))[0]:
            count += 1
            with self.subTest(at=block.line):
                text = re.sub(r"\s", "", block.text)
                self.assertTrue(any(text in file for file in tested))
        self.assertGreater(count, 0)


class FlagsTest(unittest.TestCase):
    def test_the_page_of_rules_has_every_flag(self):
        told = set(re.findall(r"--leaktrap_\w+", read("docs/rules.md")))
        self.assertGreater(len(known_flags()), 10)
        self.assertEqual(told, known_flags())

    def test_no_page_names_another(self):
        flags = known_flags() | NO_FLAGS
        twins = {flag[2:].upper() for flag in flags} | OTHER_VARIABLES | MACROS
        for path, text in pages():
            with self.subTest(page=path):
                told = set(re.findall(r"--leaktrap_\w*[a-z]", text))
                self.assertEqual(told - flags, set())
                told = set(re.findall(r"\bLEAKTRAP_\w+", text))
                self.assertEqual(told - twins, set())

    def test_the_page_of_rules_has_every_option(self):
        header = read("lib/leaktrap/check/options.h").split("\n private:")[0]
        options = set(re.findall(r"\n  Options& ([A-Z]\w+)\(", header))
        self.assertGreater(len(options), 15)
        # These are for Leaktrap's own use.
        for option in options - {"Append", "AddError", "SetPlace"}:
            with self.subTest(option=option):
                self.assertTrue("`%s(" % option in read("docs/rules.md"))


if __name__ == "__main__":
    unittest.main()
