#!/usr/bin/env python3
"""Runs the leaking tests of docs/conformance.md again and again, in orders drawn
anew, and holds each report against the page; see planted.sh.

   planted.py PAGE PROGRAM RUNS [SEED]

SEED is the first run's, the time of day if it is not given; it is printed.
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
import time
import xml.etree.ElementTree as ElementTree

# The one leaves what setpwent leaves, once in a process. The other is recorded at a
# number that the program's own table gives to somebody else.
NOT_BESIDE_OTHERS = [
    "Limits/Leak.Way/getpwent",
    "Limits/Leak.Way/descriptor_of_a_table_of_a_threads_own",
]

ROW = re.compile(r"\| `(\w+)` \| ([^|]*) \| ([^|]*) \|[^|]*\|([^|]*)\|$")


def rows_of(page, records):
    """By name: how many of each kind are left behind, the call or None, and whether
    it may be missing on this machine."""
    rows = {}
    with open(page, encoding="utf-8") as file:
        for match in map(ROW.match, file):
            if match:
                name, left, call, missing = match.groups()
                left = left.split("; without the recorder ")[0 if records else -1]
                kinds = collections.Counter({
                    kind: int(count) for count, kind in re.findall(
                        r"(\d+) (thread|descriptor|process)", left)})
                made = re.fullmatch(r"`(\w+)\(\)`", call.strip())
                rows[name] = (kinds, made.group(1) if made and records else None,
                              missing.strip().startswith("yes"))
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
            try:
                code = process.wait(timeout=600)
            except subprocess.TimeoutExpired:
                code = "no code: it hangs"
            # The child processes that its tests have left behind.
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
        if code != 1:
            sys.exit("with seed %d the program exited with %s" % (seed, code))
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
        self.rows = set()  # those that were planted

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
            expected, call, _ = rows[name]
            self.rows.add(name)
            leaks = by_row.pop(name, [])
            kinds = collections.Counter(leak["kind"] for leak, _ in leaks)
            self.planted += sum(expected.values())
            self.found += sum((expected & kinds).values())
            self.others += sum((kinds - expected).values())
            # What no recorded call made has no maker.
            if call is not None:
                self.recorded += sum(expected.values())
                self.told += sum(1 for leak, has_maker in leaks
                                 if has_maker and leak["origin"]["call"] == call)
            elif any(leak.get("origin") for leak, _ in leaks):
                self.others += 1
                print("seed %d, %s: a maker is told" % (seed, name))
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
    page, program, runs = sys.argv[1:4]
    program = os.path.abspath(program)
    # GoogleTest takes those up to 99999.
    first = int(sys.argv[4]) if len(sys.argv) > 4 else int(time.time()) % 90000 + 1
    print("first seed: %d" % first, flush=True)
    tally = Tally()
    # They wait more than they run.
    with concurrent.futures.ThreadPoolExecutor(max_workers=4) as pool:
        for records in (True, False):
            rows = rows_of(page, records)
            seeds = range(first, first + int(runs) // 2)
            for seed, result in zip(seeds, pool.map(
                    lambda seed: run(program, seed, records), seeds)):
                tally.add(rows, seed, *result)
            # The tests' names have their tables in front.
            apart = {test.split("/")[-1] for test in NOT_BESIDE_OTHERS}
            unplanted = [name for name, (kinds, _, may_be_missing) in rows.items()
                         if kinds and not may_be_missing and
                         name not in tally.rows | apart]
            if unplanted:
                sys.exit("never planted: " + ", ".join(unplanted))
            tally.rows.clear()
    print(tally)
    return 0 if tally.is_right() else 1


if __name__ == "__main__":
    sys.exit(main())
