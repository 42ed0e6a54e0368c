#!/usr/bin/env python3
"""Sums up JSON reports of Leaktrap: who leaks most, and whether it grows.

    bazel run @leaktrap//tools:leaktrap_summary -- bazel-testlogs
    tools/leaktrap_summary.py --html=leaks.html --json=leaks.json REPORT...

REPORT is a JSON report, an outputs.zip of Bazel's with reports inside, or a
folder with such files below it. docs/summary.md has all that is said.

Exits 0; 1 with --fail_on_leaks if there are leaks; 2 if it is used wrongly; 3
if something could not be read, which is named on standard error and left out.
"""

import argparse
import hashlib
import json
import os
import sys

# Run by Bazel, this lies in a folder that is not to be written to.
sys.dont_write_bytecode = True

from summary import page, table  # noqa: E402
from summary.document import Unreadable, load  # noqa: E402
from summary.find import find  # noqa: E402
from summary.report import Report  # noqa: E402
from summary.tally import Tally  # noqa: E402
from summary.text import shown  # noqa: E402

LEAKED = 1
MISUSED = 2
UNREAD = 3


def count_of(text):
    """A number of lines, for argparse."""
    if not text.isascii() or not text.isdigit() or not 0 < int(text) < 10**9:
        raise argparse.ArgumentTypeError(f"{text!r} is no number from 1 on")
    return int(text)


def parse_arguments(arguments):
    parser = argparse.ArgumentParser(
        description="Sums up JSON reports of Leaktrap.")
    parser.add_argument("reports", nargs="+", metavar="REPORT",
                        help="a report, an outputs.zip, or a folder of such")
    parser.add_argument("--top", type=count_of, default=20, metavar="N",
                        help="lines of each sort in the table (20)")
    parser.add_argument("--json", metavar="FILE", help="all of it, for tools")
    parser.add_argument("--html", metavar="FILE",
                        help="all of it as one page, with timelines")
    parser.add_argument("--fail_on_leaks", action="store_true",
                        help="exit with 1 if there are leaks")
    return parser.parse_intermixed_args(arguments)


def take(paths, tally):
    """Adds all reports below the paths to the tally, one at a time."""
    def unread(name, reason):
        print(f"{shown(name)}: {shown(reason)}", file=sys.stderr)
        tally.add_unread(name, reason)

    seen = set()
    for name, data in find(paths, unread):
        # No two runs take the same nanoseconds: this is a copy.
        digest = hashlib.blake2b(data, digest_size=16).digest()
        if digest in seen:
            tally.add_twice()
            continue
        try:
            report = Report(load(data))
        except Unreadable as error:
            unread(name, str(error))
            continue
        seen.add(digest)
        tally.add(name, report)


def write(path, pieces):
    """Writes a file; False, with a line that says why, if that fails."""
    try:
        with open(path, "w", encoding="utf-8") as file:
            file.writelines(pieces)
    except OSError as error:
        print(f"{shown(path)}: {error.strerror}", file=sys.stderr)
        return False
    return True


def print_table(document, top):
    try:
        sys.stdout.reconfigure(errors="backslashreplace")
        for line in table.lines(document, top):
            print(line)
        sys.stdout.flush()
    except BrokenPipeError:
        # Whoever reads has read enough; nor is Python to complain at its end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def main(arguments):
    options = parse_arguments(arguments)
    # Where `bazel run` was called; it runs us elsewhere.
    os.chdir(os.environ.get("BUILD_WORKING_DIRECTORY") or ".")
    tally = Tally(keeps_timelines=options.html is not None)
    take(options.reports, tally)
    document = tally.document()
    print_table(document, options.top)
    is_written = True
    if options.json is not None:
        is_written &= write(options.json, [json.dumps(document, indent=1), "\n"])
    if options.html is not None:
        is_written &= write(options.html,
                            page.pieces(document, tally.timelines()))
    totals = document["totals"]
    if not is_written:
        return MISUSED
    if totals["unread"]:
        return UNREAD
    if options.fail_on_leaks and totals["leaks"] > totals["only_reported"]:
        return LEAKED
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
