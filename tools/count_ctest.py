#!/usr/bin/env python3
"""Counts the tests of one run of CTest: test cases, not programs.

    ctest --test-dir BUILD --output-junit BUILD/Testing/ctest.xml
    tools/count_ctest.py BUILD

CTest's own XML says which programs ran; what GoogleTest wrote for each of them,
which cases there were. Prints `PASSED FAILED SKIPPED`, and on standard error a
line for each failure.
"""

import argparse
import os
import sys
import xml.etree.ElementTree as ElementTree

import count_tests


def count_program(name, status, path):
    """A Tally of the program of that name."""
    tally = count_tests.Tally()
    if status not in ("run", "fail"):
        tally.fail(f"did not run ({status})")
        return tally
    try:
        count_tests.count_cases(path, tally)
    except FileNotFoundError:
        # A benchmark, or it came to no end.
        if status == "run":
            tally.passed = 1
    except (OSError, ElementTree.ParseError) as error:
        tally.fail(str(error))
    if status == "fail" and tally.failed == 0:
        tally.fail("failed, and no test case says why")
    return tally


def count(build):
    """A dict of name -> Tally."""
    tallies = {}
    suite = ElementTree.parse(os.path.join(build, "Testing/ctest.xml")).getroot()
    for case in suite.iter("testcase"):
        name = case.get("name")
        path = os.path.join(build, "Testing/xml", name + ".xml")
        tallies[name] = count_program(name, case.get("status"), path)
    return tallies


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("build", help="where CMake built")
    tallies = count(parser.parse_args().build)
    for name, tally in tallies.items():
        for reason in tally.reasons:
            print(f"{name}: {reason}", file=sys.stderr)
    print(sum(t.passed for t in tallies.values()),
          sum(t.failed for t in tallies.values()),
          sum(t.skipped for t in tallies.values()))


if __name__ == "__main__":
    main()
