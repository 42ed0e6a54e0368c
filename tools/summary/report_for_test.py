"""Reports in the form of docs/json.md, made by code."""

import json


def resource(kind="descriptor", likeness="files in /tmp", line=None, **others):
    """A leak that `line` of app/pool.cc made, if one is given."""
    made = {"group": 1, "finding": 1, "part": "root", "kind": kind, "number": 7,
            "name": "/tmp/x", "description": "7: file /tmp/x",
            "likeness": likeness}
    if line is not None:
        made["blamed"] = {"file": "app/pool.cc", "line": line}
    return {**made, **others}


def part(kind="thread"):
    return resource(kind, "named \"reader\"", part="part")


def tolerated(reason, kind="descriptor"):
    return resource(kind, reason=reason)


def entry(test="A.Test", leaks=(), iteration=0, alive=(1, 4, 0), **others):
    """An entry of a test, failed if there are leaks."""
    suite, _, name = test.partition(".")
    made = {"entry": "test", "suite": suite, "test": name,
            "iteration": iteration, "verdict": "failed" if leaks else "clean",
            "looks": 1, "waited_ns": 0, "ended": "clean", "took_ns": 1000}
    if alive is not None:
        made["alive"] = dict(zip(("threads", "descriptors", "connections"),
                                 alive))
    if leaks:
        made.update(file="app/pool_test.cc", line=3, leaks=list(leaks))
    return {**made, **others}


def summary():
    return {"entry": "summary", "tests": 1, "leaks": 0, "tolerated": 0,
            "exceeded": 0, "waited_ns": 0, "took_ns": 1, "all_tests_ran": True,
            "unused_rules": []}


_started_ms = 1_700_000_000_000


def document(*entries, target="//app:test", shard=None, is_finished=True,
             **others):
    """A report; each starts a millisecond after the one before."""
    global _started_ms  # two runs are never the same to the byte
    _started_ms += 1
    made = {"schema": "leaktrap", "version": 1, "program": "bin/test",
            "target": target, "pid": 12, "started_ms": _started_ms,
            "recorded": True, "modes": {"threads": "fail"}}
    if shard:
        made["shard"] = dict(zip(("number", "total"), shard))
    made["entries"] = list(entries) + ([summary()] if is_finished else [])
    return {**made, **others}


def rounds(*counts, line=1):
    """Entries of a test that left so many behind in each round."""
    return [entry(iteration=number, leaks=[resource(line=line)] * count)
            for number, count in enumerate(counts)]


def text(*entries, **head):
    return json.dumps(document(*entries, **head))
