#!/usr/bin/env python3
"""Measures what Leaktrap costs and writes it into the pages.

usage: tools/benchmarks.sh [--smoke] [--json FOLDER]
       tools/benchmarks/main.py [--smoke] [--json FOLDER] -- bazel run -c opt

Builds and runs the benchmarks of tools/benchmarks/goals.py, optimised, and
writes the tables into README.md and docs/performance.md and the curves into
docs/images/. --smoke: small sizes, once each, and nothing is written: only
whether all still runs and gives its figures. --json: keeps what the benchmarks
wrote in FOLDER; a benchmark whose file is there already is not run again.

The last line is "N met, N not met, N not measured". Exits 0 only if every
benchmark ran and everything was measured, met or not.
"""

import argparse
import os
import platform
import sys
import tempfile

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))

from benchmarks import curves, goals, measurements, table  # noqa: E402


def measure(bazel, folder, smoke):
    """Runs what has no file in `folder` yet, and reads all."""
    measured = measurements.Measurements()
    for program in goals.PROGRAMS:
        out = os.path.join(folder, program.name + ".json")
        if not os.path.exists(out):
            arguments = program.smoke if smoke else program.full
            print(f"=== {program.label}", flush=True)
            if not measurements.run([*bazel, program.label, "--"], arguments,
                                    out):
                measured.fail(f"{program.label} failed")
        measurements.read(out, measured)
    return measured


def missing(measured):
    """What a smoke run did not give, whatever its size."""
    return [f"{family} gave no {counter}" for family, counter in goals.expected()
            if not measured.has(family, counter)]


def replace(path, text):
    with open(path, encoding="utf-8") as file:
        page = file.read()
    with open(path, "w", encoding="utf-8") as file:
        file.write(table.put_between(page, text))


def write(measured, root):
    """Puts tables and curves into the tree at `root`."""
    version = ".".join(platform.release().split(".")[:2])
    where = table.where(measured, f"Linux {version} on {platform.machine()}")
    headlines = [goal for goal in goals.GOALS if goal.headline]
    for page, of in (("README.md", headlines),
                     ("docs/performance.md", goals.GOALS)):
        replace(os.path.join(root, page),
                table.markdown(measured, of) + "\n\n" + where)
    for curve in goals.CURVES:
        path = os.path.join(root, "docs/images", curve.file)
        with open(path, "w", encoding="utf-8") as file:
            file.write(curves.svg(curve, measured))


def main():
    parser = argparse.ArgumentParser(usage=__doc__)
    parser.add_argument("--smoke", action="store_true")
    parser.add_argument("--json", metavar="FOLDER")
    parser.add_argument("bazel", nargs="+")
    arguments = parser.parse_args()
    if arguments.json:
        os.makedirs(arguments.json, exist_ok=True)
    with tempfile.TemporaryDirectory() as scratch:
        folder = os.path.abspath(arguments.json or scratch)
        measured = measure(arguments.bazel, folder, arguments.smoke)
    for failure in measured.failures:
        print(f"FAILED {failure}")
    if arguments.smoke:
        problems = missing(measured)
        print("\n".join(problems) or "every figure is there")
        return 1 if problems or measured.failures else 0
    write(measured, os.getcwd())
    print(table.markdown(measured, goals.GOALS))
    met, unmet, unmeasured = table.counts(measured)
    print(f"{met} met, {unmet} not met, {unmeasured} not measured")
    return 1 if unmeasured or measured.failures else 0


if __name__ == "__main__":
    sys.exit(main())
