#!/usr/bin/env python3
"""Counts the tests of one Bazel run: test cases, not targets.

The run's build events (bazel test --build_event_json_file=FILE) say which
targets were asked for and where the test.xml of each is, so neither a result
of an earlier run nor a target that never ran can be counted as passed.

Prints `PASSED FAILED SKIPPED` on standard output, or with --red the labels of
what failed; on standard error a line for each failure.
"""

import argparse
import collections
import json
import sys
import urllib.parse
import urllib.request
import xml.etree.ElementTree as ElementTree


class Tally:
    """How many test cases of one target passed, failed and were skipped."""

    def __init__(self):
        self.passed = 0
        self.failed = 0
        self.skipped = 0
        self.reasons = []

    def total(self):
        return self.passed + self.failed + self.skipped

    def fail(self, reason):
        self.failed += 1
        self.reasons.append(reason)


def read_events(path):
    """The events in the file; what cannot be read is missing from them."""
    events = []
    try:
        with open(path, encoding="utf-8") as lines:
            for line in lines:
                events.append(json.loads(line))
    except (OSError, ValueError) as error:
        print(f"{path}: {error}", file=sys.stderr)
    return events


def xml_path(result):
    """The path of a test result's test.xml, or None."""
    for output in result.get("testActionOutput", []):
        if output.get("name") == "test.xml":
            uri = urllib.parse.urlparse(output.get("uri", ""))
            return urllib.request.url2pathname(uri.path)
    return None


def count_cases(path, tally):
    """Adds the test cases of a test.xml, GoogleTest's or Bazel's own."""
    for case in ElementTree.parse(path).getroot().iter("testcase"):
        name = ".".join(
            case.get(key) for key in ("classname", "name") if case.get(key))
        if case.find("failure") is not None or case.find("error") is not None:
            tally.fail(name)
        elif case.get("status") == "notrun":
            continue  # disabled or filtered out
        elif case.get("result") == "skipped" or case.find("skipped") is not None:
            tally.skipped += 1
        else:
            tally.passed += 1


def count_result(result, tally):
    """Adds one run of one shard."""
    failed_before = tally.failed
    status = result.get("status", "NO_STATUS")
    path = xml_path(result)
    if path is None:
        tally.fail(f"{status}, no test.xml")
        return
    try:
        count_cases(path, tally)
    except (OSError, ElementTree.ParseError) as error:
        tally.fail(f"{status}, test.xml: {error}")
        return
    if status != "PASSED" and tally.failed == failed_before:
        tally.fail(f"{status}, and no test case says why")


def count(events):
    """A dict of label -> Tally, in the order of the labels."""
    results = {}  # (label, run, shard) -> (attempt, result)
    tests = set()
    broken = set()
    exit_code = None
    for event in events:
        event_id = event.get("id", {})
        if "testResult" in event_id:
            key = event_id["testResult"]
            place = (key["label"], key.get("run", 0), key.get("shard", 0))
            attempt = key.get("attempt", 0)
            if place not in results or results[place][0] <= attempt:
                results[place] = (attempt, event.get("testResult", {}))
        elif "targetConfigured" in event_id:
            label = event_id["targetConfigured"]["label"]
            if "testSize" in event.get("configured", {}):
                tests.add(label)
            elif "aborted" in event:
                broken.add(label)
        elif "targetCompleted" in event_id:
            label = event_id["targetCompleted"]["label"]
            if event.get("aborted", {}).get("reason") == "SKIPPED":
                tests.discard(label)  # not for this platform
                broken.discard(label)
            elif not event.get("completed", {}).get("success"):
                broken.add(label)
        elif "finished" in event:
            # Protobuf's JSON leaves a code of 0 out.
            exit_code = event["finished"].get("exitCode", {}).get("code", 0)

    tallies = collections.defaultdict(Tally)
    for (label, _, _), (_, result) in results.items():
        count_result(result, tallies[label])
    for label, tally in tallies.items():
        if tally.total() == 0:
            tally.fail("has no test case that runs")
    for label in broken - tallies.keys():
        tallies[label].fail("did not build")
    for label in tests - tallies.keys():
        tallies[label].fail("did not run")
    if exit_code is None:
        tallies["bazel"].fail("did not finish")
    elif exit_code != 0 and all(t.failed == 0 for t in tallies.values()):
        tallies["bazel"].fail(f"exited with {exit_code}")
    return dict(sorted(tallies.items()))


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--red", action="store_true",
                        help="print the labels of what failed instead")
    parser.add_argument("events", help="what --build_event_json_file wrote")
    arguments = parser.parse_args()
    tallies = count(read_events(arguments.events))
    for label, tally in tallies.items():
        for reason in tally.reasons:
            print(f"{label}: {reason}", file=sys.stderr)
    if arguments.red:
        for label, tally in tallies.items():
            if tally.failed:
                print(label)
        return
    print(sum(t.passed for t in tallies.values()),
          sum(t.failed for t in tallies.values()),
          sum(t.skipped for t in tallies.values()))


if __name__ == "__main__":
    main()
