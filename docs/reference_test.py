#!/usr/bin/env python3
"""docs/reference.md against programs: each flag, each error and what brings it."""

import os
import re
import subprocess
import sys
import tempfile
import unittest

sys.path.insert(0, "docs")
import markdown  # noqa: E402
import reference_page  # noqa: E402

CHILD = "examples/first_steps/by_main_test"

# Where errors are written.
SOURCES = [
    "lib/leaktrap/check/options.cc",
    "lib/leaktrap/check/rule_set.cc",
    "lib/leaktrap/check/rules_file.cc",
    "testing/leaktrap/allow.cc",
    "testing/leaktrap/rules_keeper.cc",
] + sorted("testing/leaktrap/" + name for name in os.listdir("testing/leaktrap")
           if name.startswith("flag") and name.endswith(".cc")
           and name != "flag_help.cc")

with open(reference_page.PAGE, encoding="utf-8") as file:
    TEXT = file.read()


def run(program, arguments=(), variables=None, folder=None):
    """What a program prints, without what steers this test."""
    steered = ("GITHUB_", "GTEST_", "LEAKTRAP_", "TEST_", "TESTBRIDGE_",
               "XML_OUTPUT_FILE")
    environment = {name: value for name, value in os.environ.items()
                   if not name.startswith(steered)}
    environment.update(variables or {})
    done = subprocess.run([os.path.abspath(program), *arguments], check=False,
                          env=environment, cwd=folder,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          encoding="utf-8")
    return done.stdout, done.returncode


class FlagsTest(unittest.TestCase):
    def test_each_flag_has_its_row_with_its_default(self):
        helped, _ = run(CHILD, ["--help"])
        told = re.findall(r"^ +(--leaktrap_\S+) .*\(default: (.*)\)$", helped,
                          re.MULTILINE)
        self.assertGreater(len(told), 10)
        self.assertEqual(
            [(row[0], row[3]) for row in reference_page.rows(TEXT, "flag")],
            told)

    def test_each_flag_has_its_variable_and_its_option(self):
        with open("lib/leaktrap/check/options.h", encoding="utf-8") as file:
            header = file.read()
        for flag, variable, option, _ in reference_page.rows(TEXT, "flag"):
            with self.subTest(flag=flag):
                name = re.match(r"--(\w+)", flag).group(1)
                self.assertEqual(variable in (name.upper(), ""), True)
                # Without one, main has no say in it.
                if option:
                    self.assertIn(f"\n  Options& {option}(", header)
                if variable:
                    self.assertNotIn("is unknown",
                                     run(CHILD, [], {variable: ""})[0])


class ErrorsTest(unittest.TestCase):
    def setUp(self):
        # Where the rules are, and what paths are relative to.
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)

    def run_child(self, words, rules=None):
        """What it says, and its exit code; `words` are variables and flags."""
        variables = [word for word in words if not word.startswith("-")]
        flags = [word for word in words if word.startswith("-")]
        if rules is not None:
            with open(os.path.join(self.folder.name, "leaks.rules"), "w",
                      encoding="utf-8") as file:
                file.write(rules)
            flags.append("--leaktrap_rules=leaks.rules")
        return run(CHILD, flags, dict(word.split("=") for word in variables),
                   self.folder.name)

    def refused(self, said, output, code):
        self.assertEqual(code, 1, output)
        wanted = ".*".join(re.escape(part) for part in said.split("..."))
        self.assertRegex(output, f"Leaktrap: {wanted}(\n|$)")
        self.assertIn("Nothing is checked for leaks.", output)

    def test_of_flags(self):
        given = reference_page.rows(TEXT, "given")
        self.assertGreater(len(given), 10)
        for setting, said in given:
            with self.subTest(given=setting):
                self.refused(said, *self.run_child(setting.split()))

    def test_of_lines(self):
        lines = reference_page.rows(TEXT, "line")
        self.assertGreater(len(lines), 10)
        for line, said in lines:
            with self.subTest(line=line):
                self.refused(f"leaks.rules:2:{said}",
                             *self.run_child([], f"# first\n{line}\n"))

    def test_of_rules(self):
        rules = reference_page.rows(TEXT, "rule")
        self.assertGreater(len(rules), 2)
        for rule, flags, said in rules:
            words = flags.split() + ["--gtest_also_run_disabled_tests",
                                     "--leaktrap_mode=report"]
            is_written = "update_rules" in flags
            with self.subTest(rule=rule, flags=flags):
                output, code = self.run_child(words, rule or None)
                self.assertIn(said, " ".join(output.split()))
                self.assertEqual(code, 1 if is_written else 0, output)
                if not is_written and "record" not in flags:
                    strict = self.run_child(words + ["--leaktrap_strict"], rule)
                    self.assertEqual(strict[1], 1, strict[0])

    def test_of_options(self):
        calls = reference_page.rows(TEXT, "call")
        self.assertGreater(len(calls), 5)
        output, _ = run("docs/reference_calls")
        self.assertEqual([said for _, said in calls],
                         output.rstrip("\n").split("\n"))

    def test_of_macros(self):
        macros = reference_page.rows(TEXT, "macro")
        self.assertGreater(len(macros), 2)
        output, code = run("docs/reference_macros")
        self.assertEqual(code, 1)
        for number, (macro, said) in enumerate(macros):
            with self.subTest(macro=macro):
                name = f"Macro.Number{number}"
                failed = output.split(f"[ RUN      ] {name}\n")[1].split(
                    f"[  FAILED  ] {name}")[0]
                self.assertIn(said, " ".join(failed.split()))

    def test_none_is_missing(self):
        count = 0
        for path in SOURCES:
            with open(path, encoding="utf-8") as file:
                text = re.sub(r"//.*|^#include.*", "", file.read(),
                              flags=re.MULTILINE)
            # What stands in a table for --help is on the page as a flag.
            text = re.sub(r"^ +\{\"\w+\",(.|\n)*?\},?$", "", text,
                          flags=re.MULTILINE)
            for match in re.finditer(r'"(?:[^"\\\n]|\\.|"\s*")*"', text):
                said = re.sub(r'"\s*"', "", match.group()[1:-1])
                said = said.replace('\\"', '"').strip()
                if said.count(" ") < 2 or "%" in said:
                    continue
                count += 1
                with self.subTest(path=path):
                    self.assertTrue(said in TEXT, "not there: " + said)
        self.assertGreater(count, 20)


class RulesTest(unittest.TestCase):
    def block(self, info):
        block, = [block for block in markdown.blocks_and_comments(TEXT)[0]
                  if block.info == info]
        return block.text

    def test_those_of_the_page_are_rules(self):
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "leaks.rules")
            with open(path, "w", encoding="utf-8") as file:
                file.write(self.block("text rules"))
            output, code = run(CHILD, [f"--leaktrap_rules={path}"])
            self.assertEqual(code, 0, output)
            output, _ = run(CHILD, [f"--leaktrap_rules={path}",
                                    "--leaktrap_list_rules"])
        self.assertEqual(output.count(f"\n  {path}:"), 7, output)

    def test_those_that_leaktrap_brings_are_listed(self):
        output, code = run(CHILD, ["--leaktrap_list_rules"])
        self.assertEqual(code, 0)
        self.assertTrue(output.endswith(self.block("text list")), output)


if __name__ == "__main__":
    unittest.main()
