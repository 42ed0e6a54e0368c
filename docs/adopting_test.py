#!/usr/bin/env python3
"""docs/adopting.md does what it says: its commands, outputs and differences.

All blocks of commands are run in one folder, one after the other; a block "sh
fails" must fail. What a text block shows must be what the block before printed,
line by line; "..." stands for any lines.
"""

import os
import re
import subprocess
import sys
import tempfile
import unittest

sys.path.insert(0, "docs")
import markdown  # noqa: E402

PAGE = "docs/adopting.md"
EXAMPLE = "examples/legacy_suite"

# What is another in each run or on each machine, and what it is compared as.
ANOTHER = [
    (r"\b(thread|descriptor|process) \d+\b", r"\1 N"),
    (r"[^\s\"]*/mail\w{6}\b", "/tmp/mail"),
    (r"127\.0\.0\.1:\d+", "127.0.0.1:N"),
    (r"\.(cc|h):\d+", r".\1:N"),
    (r"sleeping in \w+", "sleeping"),
    (r", \d+\w+ old", ""),
    (r"looks=\d+, waited=\S+", "looks"),
    (r"\b[\d.]+(ns|us|ms|s)? looking, ", "looking, "),
    (r"\b[\d.]+(ns|us|ms|s)? waited(, \S+ of it in vain)?\.", "waited."),
    (r"\(\d+ ms( total)?\)", "(N ms)"),
]


def comparable(line):
    for pattern, text in ANOTHER:
        line = re.sub(pattern, text, line)
    return line.rstrip()


def find(wanted, lines, begin):
    """Where the lines `wanted` stand in `lines`, or None."""
    for at in range(begin, len(lines) - len(wanted) + 1):
        if lines[at:at + len(wanted)] == wanted:
            return at
    return None


def missing(text, output):
    """The first part of `text` that is not in `output` in its turn, or None."""
    lines = [comparable(line) for line in output.split("\n")]
    at = 0
    for part in re.split(r"^\.\.\.\n", text, flags=re.MULTILINE):
        wanted = [comparable(line) for line in part.rstrip("\n").split("\n")]
        if wanted == [""]:
            continue
        found = find(wanted, lines, at)
        if found is None:
            return part
        at = found + len(wanted)
    return None


def source(path, mended, is_careless):
    """What a file of the example is after so many mends."""
    lines = []
    with open(path, encoding="utf-8") as file:
        for line in file.read().split("\n"):
            line = re.sub(r"Careless\(\) && ", "", line) if is_careless else line
            match = re.match(r"( *)if \((!?)Mended\((\d+)\)\) (.*)", line)
            if match:
                indent, absent, number, rest = match.groups()
                if (int(number) <= mended) == bool(absent):
                    continue
                line = indent + rest
            if "Careless()" not in line and "mended.h" not in line:
                lines.append(line)
    return "\n".join(lines) + "\n"


class CommandsTest(unittest.TestCase):
    def test_do_what_the_page_shows(self):
        with open(PAGE, encoding="utf-8") as file:
            blocks, _ = markdown.blocks_and_comments(file.read())
        steered = ("GTEST_", "GITHUB_", "LEAKTRAP_", "LEGACY_", "TESTBRIDGE_",
                   "TEST_", "XML_OUTPUT_FILE")
        environment = {name: value for name, value in os.environ.items()
                       if not name.startswith(steered)}
        environment["LEAKTRAP"] = os.getcwd()
        count = 0
        with tempfile.TemporaryDirectory() as folder:
            for name in ("before_test", "legacy_test"):
                os.symlink(os.path.abspath(f"{EXAMPLE}/{name}"),
                           os.path.join(folder, name))
            output = ""
            for block in blocks:
                where = f"{PAGE}:{block.line}"
                if block.info in ("sh", "sh fails"):
                    count += 1
                    run = subprocess.run(
                        ["bash", "-ec", block.text], cwd=folder,
                        env=environment, stdin=subprocess.DEVNULL,
                        stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                        encoding="utf-8", check=False)
                    output = run.stdout
                    self.assertEqual(run.returncode != 0,
                                     block.info == "sh fails",
                                     f"{where}\n{block.text}\n{output}")
                elif block.info == "text":
                    lost = missing(block.text, output)
                    self.assertTrue(
                        lost is None,
                        f"{where}: not in the output:\n{lost}\n{output}")
                else:
                    self.assertIn(block.info, ["sh setup", "cpp", "diff",
                                               "python"], where)
        self.assertGreater(count, 10)


class DifferencesTest(unittest.TestCase):
    def test_are_those_of_the_code(self):
        with open(PAGE, encoding="utf-8") as file:
            blocks, _ = markdown.blocks_and_comments(file.read())
        differences = [block for block in blocks if block.info == "diff"]
        # First the new leak, then mend by mend.
        self.assertEqual(len(differences), 13)
        for step, block in enumerate(differences):
            name, text = block.text.split("\n", 1)
            path = name.replace("--- ", "")
            before = "".join(line[1:] + "\n" for line in text.split("\n")
                             if line and line[0] in " -")
            after = "".join(line[1:] + "\n" for line in text.split("\n")
                            if line and line[0] in " +")
            with self.subTest(step=step, at=f"{PAGE}:{block.line}"):
                self.assertNotEqual(before, after)
                self.assertIn(before, source(path, max(step - 1, 0), False))
                self.assertIn(after, source(path, step, step == 0))

    def test_no_mend_is_hidden(self):
        for name in sorted(os.listdir(EXAMPLE)):
            if name.endswith(".cc"):
                with self.subTest(name=name):
                    for mended in (0, 12):
                        text = source(f"{EXAMPLE}/{name}", mended, False)
                        self.assertNotIn("Mended", text)


class MissingTest(unittest.TestCase):
    def test_lines_follow_one_another(self):
        output = "one\n  two (3 ms)\nthree\n"
        self.assertIsNone(missing("one\n  two (4 ms)\n", output))
        self.assertIsNone(missing("...\none\n...\nthree\n", output))
        self.assertEqual(missing("one\nthree\n", output), "one\nthree\n")
        self.assertEqual(missing("three\n...\none\n", output), "one\n")
        self.assertEqual(missing("two\n", output), "two\n")


if __name__ == "__main__":
    unittest.main()
