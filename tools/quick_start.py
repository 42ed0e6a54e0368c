#!/usr/bin/env python3
"""Runs the commands of docs/quick_start.md, literally, in empty folders.

    tools/quick_start.py              every section but those that need a network
    tools/quick_start.py WORD...      the sections with such a word in their title

Of each section all blocks of the language sh are run in one folder, one after the
other, after those of "The test". A block "sh fails" must fail, every other must
succeed; the lines of a text block must stand in what the block before printed, in
this order ("..." stands for anything). Blocks "sh setup" are left to the reader.

Prints "ok SECTION" or "FAILED SECTION", and a last line "N passed, N failed".
"""

import os
import re
import shutil
import subprocess
import sys
import tempfile

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
sys.path.insert(0, os.path.join(ROOT, "docs"))
import markdown  # noqa: E402

PAGE = os.path.join(ROOT, "docs", "quick_start.md")
COMMON = "The test"
NEEDS_NETWORK = {"Bazel: module"}

# What one block exports, the next one has, as in the reader's shell.
SHELL = """
if [ -e "$QUICK_START_STATE" ]; then . "$QUICK_START_STATE"; fi
trap 'export -p >"$QUICK_START_STATE"' EXIT
set -e
"""


class Failure(Exception):
    """A block did not do what the page says."""


def run(block, folder, environment):
    """Runs an sh block, and returns what it printed."""
    done = subprocess.run(
        ["bash", "-c", SHELL + block.text],
        cwd=folder,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        errors="replace",
        check=False,
    )
    if (done.returncode != 0) != (block.info == "sh fails"):
        raise Failure("line %d: exit code %d\n%s%s" % (
            block.line, done.returncode, block.text, done.stdout))
    return done.stdout


def compare(block, output):
    """Looks for the lines of a text block in `output`, in their order."""
    rest = output.split("\n")
    for number, line in enumerate(block.text.rstrip("\n").split("\n")):
        if line.strip() in ("", "..."):
            continue
        wanted = re.compile(
            ".*".join(re.escape(part) for part in line.strip().split("...")))
        while rest and not wanted.search(rest[0]):
            del rest[0]
        if not rest:
            raise Failure("line %d is not in the output:\n%s\n%s" % (
                block.line + number, line, output))
        del rest[0]


def run_section(blocks):
    """Runs the blocks of one section; raises Failure."""
    work = tempfile.mkdtemp(prefix="quick_start_")
    folder = os.path.join(work, "project")
    os.mkdir(folder)
    environment = dict(
        os.environ,
        LEAKTRAP=ROOT,
        QUICK_START_STATE=os.path.join(work, "state"),
        TEST_TMPDIR=os.path.join(work, "bazel"),  # where Bazel puts its outputs
    )
    try:
        output = ""
        for block in blocks:
            if block.info in ("sh", "sh fails"):
                output = run(block, folder, environment)
            elif block.info == "text":
                compare(block, output)
            elif block.info != "sh setup":
                raise Failure("line %d: what is a block of %r?" % (
                    block.line, block.info))
    finally:
        if any("bazel" in block.text for block in blocks):
            subprocess.run(["bazel", "shutdown"], cwd=folder, env=environment,
                           stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                           stderr=subprocess.DEVNULL, check=False)
        subprocess.run(["chmod", "-R", "u+w", work], check=False)
        shutil.rmtree(work, ignore_errors=True)


def main(words):
    with open(PAGE, encoding="utf-8") as file:
        blocks, _ = markdown.blocks_and_comments(file.read())
    common = [block for block in blocks if block.section == COMMON]
    sections = []
    for block in blocks:
        if block.section not in sections + [COMMON] and block.info != "sh setup":
            sections.append(block.section)
    if words:
        sections = [section for section in sections
                    if any(word.lower() in section.lower() for word in words)]
    else:
        sections = [section for section in sections
                    if section not in NEEDS_NETWORK]
    passed = failed = 0
    for section in sections:
        try:
            run_section(common + [b for b in blocks if b.section == section])
            passed += 1
            print("ok %s" % section, flush=True)
        except Failure as failure:
            failed += 1
            print("%s\nFAILED %s" % (failure, section), flush=True)
    print("%d passed, %d failed" % (passed, failed))
    return 0 if passed and not failed else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
