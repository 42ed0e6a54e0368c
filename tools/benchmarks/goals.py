"""What is measured: the programs, the goals with their bounds, the curves."""

import collections

# `families` are the names of its benchmarks that are read, `full` and `smoke` the
# arguments of a run that counts, and of one that only shows that it still runs.
Program = collections.namedtuple("Program", "name label families full smoke")

PROGRAMS = [
    Program("passing", "//testing/leaktrap:passing_test_benchmark",
            {"BM_PassingTest", "BM_Crowd", "BM_Run"}, [], ["--smoke"]),
    Program("leaking", "//testing/leaktrap:leaking_benchmark",
            {"BM_OneDescriptor", "BM_OneThread", "BM_ManyThreads",
             "BM_ManyDescriptors", "BM_GrowingThreads", "BM_GrowingDescriptors",
             "BM_MemoryOfBoth", "BM_MemoryOfThreads", "BM_MemoryOfDescriptors"},
            [], ["--benchmark_filter=/(1|50|100)$|/(1|50|100)/"]),
    Program("recording", "//lib/leaktrap/origin:recording_benchmark",
            {"BM_DupClose", "BM_DupCloseOverUnwinder", "BM_CreateJoin"}, [],
            ["--benchmark_min_time=0.001"]),
]

# `way` is "<=" or ">=", `unit` one of measurements.shown(). A headline stands in
# README.md, too.
Goal = collections.namedtuple(
    "Goal", "number text benchmark counter way bound unit headline")

_ALONE = "BM_PassingTest/0/0/0"
_SOME = "BM_PassingTest/100/10/0"
_MANY = "BM_PassingTest/1000/1000/0"


def _goal(number, text, benchmark, counter, way, bound, unit="times",
          headline=False):
    return Goal(number, text, benchmark, counter, way, bound, unit, headline)


GOALS = [
    _goal(1, "a passing test, over GoogleTest's own printing of it", _ALONE,
          "recorded_over_printing", "<=", 4, headline=True),
    _goal(1, "a naive listing before and after it, over that", _ALONE,
          "naive_over_recorded", ">=", 8, headline=True),
    _goal(2, "a passing test without the recorder, over the printing", _ALONE,
          "unrecorded_over_printing", "<=", 8),
    _goal(2, "a naive listing before and after it, over that", _ALONE,
          "naive_over_unrecorded", ">=", 5),
    _goal(3, "a passing test beside 100 descriptors and 10 threads, over a bare "
          "scan of both folders before and after it", _SOME,
          "recorded_over_scan", "<=", 0.15),
    _goal(3, "the same without the recorder", _SOME, "unrecorded_over_scan",
          "<=", 0.7),
    _goal(4, "a passing test beside 1,000 descriptors and 1,000 threads, over one "
          "beside none", "BM_Crowd/1000", "ratio", "<=", 2, headline=True),
    _goal(4, "a naive listing before and after it, over that", _MANY,
          "naive_over_recorded", ">=", 20, headline=True),
    _goal(4, "a passing test there without the recorder, over a bare scan before "
          "and after it", _MANY, "unrecorded_over_scan", "<=", 0.9),
    _goal(4, "a naive listing before and after it, over that", _MANY,
          "naive_over_unrecorded", ">=", 20),
    _goal(5, "one leaked descriptor, all but the symbols, over one naive listing",
          "BM_OneDescriptor/1", "ratio", "<=", 20, headline=True),
    _goal(5, "what is waited for it", "BM_OneDescriptor/1", "waited_ns", "<=", 0,
          "ns"),
    _goal(6, "one leaked thread in a futex, proof and verdict, over one look",
          "BM_OneThread/1", "ratio", "<=", 50),
    _goal(7, "20,000 leaked threads, symbols included, over reading `stat` and "
          "`comm` of each", "BM_ManyThreads/20000", "ratio", "<=", 4,
          headline=True),
    _goal(7, "their report", "BM_ManyThreads/20000", "report_bytes", "<=", 8192,
          "bytes"),
    _goal(8, "19,000 leaked descriptors of ten kinds, over one naive listing",
          "BM_ManyDescriptors/19000", "ratio", "<=", 3, headline=True),
    _goal(8, "their report", "BM_ManyDescriptors/19000", "report_bytes", "<=",
          8192, "bytes"),
    _goal(9, "recorded dup() and close() without stacks, over bare ones",
          "BM_DupClose/mode:1/depth:5", "ratio", "<=", 1.1),
    _goal(9, "the same with stacks, over bare ones and the unwinder alone",
          "BM_DupCloseOverUnwinder/mode:2/depth:5", "ratio", "<=", 1.3),
    _goal(9, "recorded pthread_create() and pthread_join() without stacks, over "
          "bare ones", "BM_CreateJoin/mode:1/depth:5", "ratio", "<=", 1.2),
    _goal(10, "what a snapshot of 1,000 threads and 1,000 descriptors holds",
          "BM_MemoryOfBoth/1000", "bytes", "<=", 4 << 20, "bytes"),
    _goal(10, "what one of 20,000 threads holds, for each",
          "BM_MemoryOfThreads/20000", "bytes_per_resource", "<=", 200, "bytes"),
    _goal(10, "what one of 19,000 descriptors holds, for each",
          "BM_MemoryOfDescriptors/19000", "bytes_per_resource", "<=", 200,
          "bytes"),
    _goal(11, "a program of 100,000 empty tests, over the same without Leaktrap",
          "BM_Run/100000", "ratio", "<=", 4, headline=True),
]

# A line of a picture: `benchmark` names one for each x. The figures are
# nanoseconds once multiplied by `scale`.
Series = collections.namedtuple("Series", "label benchmark counter scale style")

Curve = collections.namedtuple("Curve", "file title x_label xs series")

_LOOKERS = [
    ("naive listing", "naive_ns", "naive"),
    ("bare scan", "scan_ns", "scan"),
    ("Leaktrap, no recorder", "unrecorded_ns", "unrecorded"),
    ("Leaktrap", "recorded_ns", "recorded"),
    ("GoogleTest's printing", "printing_ns", "printing"),
]


def _added(file, what, x_label, benchmark):
    return Curve(
        file, "Time added to an empty passing test, beside " + what, x_label,
        (0, 10, 100, 1000),
        [Series(label, benchmark, counter, 1, style)
         for label, counter, style in _LOOKERS])


def _told(file, what, benchmark, last):
    return Curve(
        file, "Time to tell " + what, what, (100, 1000, 10000, last),
        [Series("Leaktrap, with symbols", benchmark, "ns", 1, "recorded"),
         Series("reading what they are", benchmark, "reference_ns", 1, "naive")])


CURVES = [
    _added("passing_descriptors.svg", "open descriptors", "open descriptors",
           "BM_PassingTest/{}/0/0"),
    _added("passing_threads.svg", "waiting threads", "waiting threads",
           "BM_PassingTest/0/{}/0"),
    _added("passing_leases.svg", "leases of a pool", "leases of a pool",
           "BM_PassingTest/0/0/{}"),
    Curve("passing_run.svg", "Time of a whole program of empty tests", "tests",
          (10, 100, 1000, 10000, 100000),
          [Series("Leaktrap, no recorder", "BM_Run/{}", "unrecorded_s", 1e9,
                  "unrecorded"),
           Series("Leaktrap", "BM_Run/{}", "recorded_s", 1e9, "recorded"),
           Series("GoogleTest alone", "BM_Run/{}", "bare_s", 1e9, "printing")]),
    _told("leaking_threads.svg", "leaked threads", "BM_GrowingThreads/{}", 20000),
    _told("leaking_descriptors.svg", "leaked descriptors",
          "BM_GrowingDescriptors/{}", 19000),
]


def family(benchmark):
    """The name without its arguments."""
    return benchmark.split("/")[0]


def expected():
    """Every (family, counter) that a goal or a curve reads."""
    return sorted(
        {(family(goal.benchmark), goal.counter) for goal in GOALS} |
        {(family(series.benchmark), series.counter)
         for curve in CURVES for series in curve.series})
