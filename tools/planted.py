#!/usr/bin/env python3
"""Runs the leaking tests of docs/conformance.md again and again, in orders drawn
anew, and holds each report against the page; see planted.sh.

   planted.py PAGE PROGRAM RUNS
"""

import collections
import concurrent.futures
import contextlib
import json
import os
import re
import signal
import subprocess
import sys
import tempfile
import xml.etree.ElementTree as ElementTree

# The one leaves what setpwent leaves, once in a process. The other is recorded at a
# number that the program's own table gives to somebody else.
NOT_BESIDE_OTHERS = [
    "Limits/Leak.Way/getpwent",
    "Limits/Leak.Way/descriptor_of_a_table_of_a_threads_own",
]

ROW = re.compile(r"\| `(\w+)` \| ([^|]*) \| ([^|]*) \|[^|]*\|[^|]*\|$")


def rows_of(page, records):
    """By name: how many of each kind are left behind, and the call or None."""
    rows = {}
    with open(page, encoding="utf-8") as file:
        for match in map(ROW.match, file):
            if match:
                name, left, call = match.groups()
                left = left.split("; without the recorder ")[0 if records else -1]
                kinds = collections.Counter({
                    kind: int(count) for count, kind in re.findall(
                        r"(\d+) (thread|descriptor|process)", left)})
                made = re.fullmatch(r"`(\w+)\(\)`", call.strip())
                rows[name] = kinds, made.group(1) if made and records else None
    return rows


def run(program, seed, records):
    """The rows that could be had, and the entries of Leaktrap's report."""
    with tempfile.TemporaryDirectory() as work:
        results, report = work + "/results.xml", work + "/leaktrap.json"
        with subprocess.Popen(
                [program, "--gtest_shuffle", "--gtest_random_seed=%d" % seed,
                 "--gtest_filter=*/Leak.*-" + ":".join(NOT_BESIDE_OTHERS),
                 "--gtest_output=xml:" + results, "--leaktrap_json=" + report,
                 "--leaktrap_linger=300ms"],
                env={"LEAKTRAP_RECORD": "stacks" if records else "off",
                     "LEAKTRAP_SYMBOLIZER": "", "TEST_TMPDIR": work,
                     "PATH": os.environ["PATH"]},
                stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                start_new_session=True) as process:
            code = process.wait()
            # The child processes that its tests have left behind.
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
        if code != 1:
            sys.exit("with seed %d the program exited with %d" % (seed, code))
        planted = [test.get("name").split("/")[1]
                   for test in ElementTree.parse(results).iter("testcase")
                   if test.get("name") and test.get("result") == "completed"]
        with open(report, encoding="utf-8") as file:
            return planted, json.load(file)["entries"]


def leaks_of(entry):
    # In the summary it is their number.
    return entry.get("leaks", []) if entry["entry"] != "summary" else []


def functions(entry, leak):
    stack = (leak.get("origin") or {}).get("stack")
    if stack is None:
        return []
    return [frame.get("function", "") for frame in entry["stacks"][stack]]


class Tally:
    def __init__(self):
        self.planted = self.found = self.recorded = self.told = self.others = 0

    def add(self, rows, seed, planted, entries):
        by_row = collections.defaultdict(list)
        for entry in entries:
            for leak in leaks_of(entry):
                names = functions(entry, leak)
                makers = re.findall(r"::Make_(\w+)\(", "\n".join(names))
                # What no recorded call made is its test's, whose name the entry has.
                row = makers[0] if makers else entry.get("test", "/").split("/")[1]
                by_row[row].append((leak, bool(makers)))
        for name in planted:
            expected, call = rows[name]
            leaks = by_row.pop(name, [])
            kinds = collections.Counter(leak["kind"] for leak, _ in leaks)
            self.planted += sum(expected.values())
            self.found += sum((expected & kinds).values())
            self.others += sum((kinds - expected).values())
            if call is not None:
                self.recorded += sum(expected.values())
                self.told += sum(1 for leak, has_maker in leaks
                                 if has_maker and leak["origin"]["call"] == call)
            if kinds != expected:
                print("seed %d, %s: %s are left, found: %s"
                      % (seed, name, dict(expected), dict(kinds)))
        for name, leaks in by_row.items():
            self.others += len(leaks)
            print("seed %d, %s: %d are told" % (seed, name, len(leaks)))

    def is_right(self):
        return (self.planted > 0 and self.found == self.planted and
                self.told == self.recorded and self.others == 0)

    def __str__(self):
        return ("leaks planted: %d, found: %d, made by the call that was told: "
                "%d of %d, charged to another: %d"
                % (self.planted, self.found, self.told, self.recorded, self.others))


def main():
    page, program, runs = sys.argv[1:]
    program = os.path.abspath(program)
    tally = Tally()
    # They wait more than they run.
    with concurrent.futures.ThreadPoolExecutor(max_workers=4) as pool:
        for records in (True, False):
            rows = rows_of(page, records)
            seeds = range(1, int(runs) // 2 + 1)
            for seed, result in zip(seeds, pool.map(
                    lambda seed: run(program, seed, records), seeds)):
                tally.add(rows, seed, *result)
    print(tally)
    return 0 if tally.is_right() else 1


if __name__ == "__main__":
    sys.exit(main())
