"""What the benchmarks measured: runs them, and reads their JSON."""

import json
import math
import os
import re
import subprocess

# Google Benchmark's own additions to a name.
_ADDED = re.compile(
    r"/(iterations:\d+|repeats:\d+|min_time:[\d.]+|manual_time|real_time)")


class Measurements:
    """The counters of all benchmarks, by the benchmark's name."""

    def __init__(self):
        self.failures = []
        self.context = {}
        self._counters = {}

    def add(self, document):
        """Takes in what one program wrote."""
        self.context = document["context"]
        for run in document["benchmarks"]:
            name = _ADDED.sub("", run["name"])
            if run.get("error_occurred") or run.get("skipped"):
                self.failures.append(f"{name}: {run.get('error_message')}")
            else:
                self._counters[name] = run

    def fail(self, reason):
        self.failures.append(reason)

    def figure(self, benchmark, counter):
        """A finite number, or None where nothing was measured."""
        figure = self._counters.get(benchmark, {}).get(counter)
        if isinstance(figure, (int, float)) and math.isfinite(figure):
            return figure
        return None

    def has(self, family, counter):
        """Whether a benchmark of that family gave it, with any arguments."""
        return any(
            self.figure(name, counter) is not None
            for name in self._counters if name.split("/")[0] == family)


def run(command, arguments, out):
    """Runs a program, which writes its JSON; it stands at the path `out` once it
    is whole. False if it failed."""
    part = out + ".part"
    ended = subprocess.run(
        [*command, *arguments, f"--benchmark_out={part}",
         "--benchmark_out_format=json"],
        stdin=subprocess.DEVNULL, check=False)
    if ended.returncode == 0:
        os.replace(part, out)
    return ended.returncode == 0


def read(path, measurements):
    """Adds what stands at `path`; no file and no JSON is a failure."""
    try:
        with open(path, encoding="utf-8") as file:
            measurements.add(json.load(file))
    except (OSError, ValueError, KeyError) as error:
        measurements.fail(f"{path}: {error}")


_TIMES = ((1e9, "s"), (1e6, "ms"), (1e3, "µs"), (1, "ns"))
_BYTES = ((1 << 20, "MB"), (1 << 10, "KB"), (1, "B"))


def _rounded(number):
    """Three digits at most behind what they say, as a reader wants them."""
    if number >= 100 or number == int(number):
        return f"{number:,.0f}"
    return f"{number:.2g}" if number < 1 else f"{number:.3g}"


def shown(number, unit):
    """As text: "3.2 times", "12 µs", "1.4 MB"."""
    if unit == "times":
        return _rounded(number) + "x"
    sizes = _TIMES if unit == "ns" else _BYTES
    for size, name in sizes:
        if number >= size:
            return f"{_rounded(number / size)} {name}"
    return f"{_rounded(number)} {sizes[-1][1]}"
