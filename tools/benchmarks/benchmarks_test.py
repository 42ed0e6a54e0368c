#!/usr/bin/env python3
"""Tests of what tools/benchmarks.sh writes, from figures that are made up."""

import contextlib
import io
import json
import os
import re
import stat
import sys
import tempfile
import unittest
import unittest.mock
import xml.etree.ElementTree as ElementTree

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))

from benchmarks import curves, goals, main, measurements, table  # noqa: E402

CONTEXT = {"date": "2026-11-23T01:55:59+00:00", "num_cpus": 2,
           "mhz_per_cpu": 2596}
SVG = "{http://www.w3.org/2000/svg}"


def measured(*runs):
    """Measurements of ("BM_Name/args", {counter: figure}), as they are written."""
    made = measurements.Measurements()
    made.add({"context": CONTEXT, "benchmarks": [
        {"name": name, "iterations": 5, "real_time": 1.0, **counters}
        for name, counters in runs]})
    return made


def goal(**changes):
    made = goals.Goal(1, "a test", "BM_A/1", "ratio", "<=", 4, "times", True)
    return made._replace(**changes)


class MeasurementsTest(unittest.TestCase):
    def test_names_lose_what_google_benchmark_adds(self):
        names = ["BM_A/1/iterations:5/manual_time", "BM_A/mode:1/depth:5",
                 "BM_A/real_time", "BM_A/2/min_time:0.500"]
        found = measured(*[(name, {"ratio": 2.0}) for name in names])
        for name in ("BM_A/1", "BM_A/mode:1/depth:5", "BM_A", "BM_A/2"):
            with self.subTest(name=name):
                self.assertEqual(found.figure(name, "ratio"), 2.0)

    def test_what_is_not_there_is_none(self):
        found = measured(("BM_A/1", {"ratio": 2.0, "odd": float("inf")}))
        self.assertIsNone(found.figure("BM_A/1", "other"))
        self.assertIsNone(found.figure("BM_A/1", "odd"))
        self.assertIsNone(found.figure("BM_A", "ratio"))
        self.assertTrue(found.has("BM_A", "ratio"))
        self.assertFalse(found.has("BM_A", "odd"))

    def test_a_benchmark_that_failed_has_no_figures(self):
        found = measured(("BM_A", {"ratio": 2.0, "error_occurred": True,
                                   "error_message": "no threads"}))
        self.assertIsNone(found.figure("BM_A", "ratio"))
        self.assertEqual(found.failures, ["BM_A: no threads"])

    def test_a_file_that_cannot_be_read_is_a_failure(self):
        with tempfile.TemporaryDirectory() as folder:
            found = measurements.Measurements()
            path = os.path.join(folder, "a.json")
            measurements.read(path, found)
            with open(path, "w", encoding="utf-8") as file:
                file.write("{}")
            measurements.read(path, found)
        self.assertEqual(len(found.failures), 2)

    def test_figures_as_text(self):
        for number, unit, text in [
                (3.14159, "times", "3.14x"), (0.15, "times", "0.15x"),
                (4, "times", "4x"), (1234.5, "times", "1,234x"),
                (0, "ns", "0 ns"), (999, "ns", "999 ns"),
                (12345, "ns", "12.3 µs"), (1e9, "ns", "1 s"),
                (200, "bytes", "200 B"), (8192, "bytes", "8 KB"),
                (1.5 * (1 << 20), "bytes", "1.5 MB")]:
            with self.subTest(text=text):
                self.assertEqual(measurements.shown(number, unit), text)


class TableTest(unittest.TestCase):
    def test_a_goal_is_met_up_to_its_bound(self):
        for way, figure, is_met in [("<=", 4.0, True), ("<=", 4.1, False),
                                    (">=", 4.0, True), (">=", 3.9, False)]:
            with self.subTest(way=way, figure=figure):
                row = table.row(goal(way=way),
                                measured(("BM_A/1", {"ratio": figure})))
                self.assertEqual(row[4], "yes" if is_met else "**no**")

    def test_what_was_not_measured_is_told(self):
        text = table.markdown(measured(), [goal(), goal(text="another")])
        self.assertEqual(text.count("not measured | at most 4x | not measured"),
                         2)

    def test_a_zero_is_a_figure(self):
        row = table.row(goal(unit="ns", bound=0),
                        measured(("BM_A/1", {"ratio": 0})))
        self.assertEqual(row[2:], ("0 ns", "at most 0 ns", "yes"))

    def test_every_goal_has_rows_and_a_program(self):
        self.assertEqual({g.number for g in goals.GOALS}, set(range(1, 12)))
        self.assertEqual({family for family, _ in goals.expected()},
                         set().union(*(p.families for p in goals.PROGRAMS)))
        rows = table.markdown(measured(), goals.GOALS).split("\n")[2:]
        self.assertEqual(len(rows), len(goals.GOALS))

    def test_it_goes_between_the_marks_and_nowhere_else(self):
        page = f"# A\n\n{table.BEGIN}\nold\n{table.END}\n\nrest\n"
        once = table.put_between(page, "| new |")
        self.assertEqual(
            once, f"# A\n\n{table.BEGIN}\n\n| new |\n\n{table.END}\n\nrest\n")
        self.assertEqual(table.put_between(once, "| new |"), once)

    def test_a_page_without_marks_is_an_error(self):
        for page in ("", table.BEGIN, table.END + table.BEGIN,
                     table.BEGIN + table.END + table.END):
            with self.subTest(page=page), self.assertRaises(ValueError):
                table.put_between(page, "new")


class CurvesTest(unittest.TestCase):
    CURVE = goals.Curve("a.svg", "A < B", "threads", (0, 10, 100, 1000), [
        goals.Series("first", "BM_A/{}", "ns", 1, "naive"),
        goals.Series("second", "BM_A/{}", "s", 1e9, "recorded")])

    def picture(self, found):
        return ElementTree.fromstring(curves.svg(self.CURVE, found))

    def texts(self, found):
        return [e.text for e in self.picture(found).iter(SVG + "text")]

    def test_each_figure_is_a_dot_inside_of_the_frame(self):
        found = measured(*[(f"BM_A/{x}", {"ns": 5.0 * 10**i, "s": 1e-6 * 10**i})
                           for i, x in enumerate(self.CURVE.xs)])
        dots = [(float(e.get("cx")), float(e.get("cy")))
                for e in self.picture(found).iter(SVG + "circle")]
        self.assertEqual(len(dots), 8)
        for x, y in dots:
            self.assertTrue(curves.LEFT <= x <= curves.WIDTH - curves.RIGHT)
            self.assertTrue(curves.TOP <= y <= curves.HEIGHT - curves.BOTTOM)
        for line in (dots[:4], dots[4:]):  # more is to the right, and higher
            self.assertEqual(line, sorted(line))
            self.assertEqual([y for _, y in line],
                             sorted([y for _, y in line], reverse=True))

    def test_equal_ratios_are_equal_distances(self):
        found = measured(*[(f"BM_A/{x}", {"ns": 5.0 * 10**i})
                           for i, x in enumerate(self.CURVE.xs)])
        ys = [float(e.get("cy")) for e in self.picture(found).iter(SVG + "circle")]
        self.assertAlmostEqual(ys[0] - ys[1], ys[2] - ys[3], delta=0.11)
        self.assertGreater(ys[0] - ys[1], 10)

    def test_axes_and_lines_are_named(self):
        texts = self.texts(measured(("BM_A/10", {"ns": 1500.0, "s": 0.002})))
        for text in ("A < B", "threads", "0", "1,000", "1 µs", "10 ms", "first",
                     "second"):
            with self.subTest(text=text):
                self.assertIn(text, texts)

    def test_what_was_not_measured_is_told(self):
        self.assertIn("not measured: first, second", self.texts(measured()))
        self.assertIn("not measured: second",
                      self.texts(measured(("BM_A/10", {"ns": 1500.0}))))

    def test_what_is_below_zero_is_left_out(self):
        found = measured(("BM_A/0", {"ns": -3.0}), ("BM_A/10", {"ns": 3.0}))
        self.assertEqual(
            curves.points(self.CURVE.series[0], self.CURVE.xs, found),
            [(10, 3.0)])

    def test_names_do_not_lie_over_each_other(self):
        for places, expected in [
                ([50, 90, 60], [50, 90, 66]),  # the lower one gives way
                ([390, 399, 200], [384, 400, 200]),  # but at the bottom
                ([398, 399, 397], [384, 400, 368])]:
            with self.subTest(places=places):
                self.assertEqual(curves.apart(places, 16, 400), expected)


# In the place of "bazel run": "PROGRAM -- --benchmark_out=PATH ..."
PROGRAM = """#!/usr/bin/env python3
import json, sys
label, _, *arguments = sys.argv[1:]
print(*arguments, file=open("arguments", "a"))
out, = [a.split("=")[1] for a in arguments if a.startswith("--benchmark_out=")]
names, refused = json.load(open({figures!r}))
if label in refused:
    print("{{", file=open(out, "w"))
    sys.exit(1)
with open(out, "w") as file:
    json.dump({{"context": {context!r}, "benchmarks": names[label]}}, file)
"""


class MainTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.root = folder.name
        os.makedirs(os.path.join(self.root, "docs/images"))
        for page in ("README.md", "docs/performance.md"):
            self.write(page, f"before\n{table.BEGIN}\n{table.END}\nafter\n")
        self.addCleanup(os.chdir, os.getcwd())
        os.chdir(self.root)

    def write(self, path, text):
        with open(os.path.join(self.root, path), "w", encoding="utf-8") as file:
            file.write(text)

    def read(self, path):
        with open(os.path.join(self.root, path), encoding="utf-8") as file:
            return file.read()

    def figures(self):
        """All that is read, each with the figure 1, by label."""
        runs = {}
        wanted = [(g.benchmark, g.counter) for g in goals.GOALS] + [
            (series.benchmark.format(x), series.counter)
            for curve in goals.CURVES for x in curve.xs
            for series in curve.series]
        for benchmark, counter in wanted:
            runs.setdefault(benchmark, {"name": benchmark})[counter] = 1
        labels = [program.label for program in goals.PROGRAMS]
        return {labels[0]: list(runs.values()), labels[1]: [], labels[2]: []}

    def run_main(self, *arguments, figures, refused=()):
        """(exit code, the lines that were printed)."""
        self.write("figures.json", json.dumps([figures, list(refused)]))
        self.write("bazel", PROGRAM.format(
            figures=os.path.join(self.root, "figures.json"), context=CONTEXT))
        program = os.path.join(self.root, "bazel")
        os.chmod(program, os.stat(program).st_mode | stat.S_IXUSR)
        printed = io.StringIO()
        argv = ["main.py", *arguments, "--", program]
        with contextlib.redirect_stdout(printed), unittest.mock.patch.object(
                sys, "argv", argv):
            code = main.main()
        return code, printed.getvalue().splitlines()

    def test_tables_and_curves_are_written(self):
        code, printed = self.run_main(figures=self.figures())
        self.assertEqual(code, 0)
        self.assertRegex(printed[-1], r"^\d+ met, \d+ not met, 0 not measured$")
        page = self.read("docs/performance.md")
        self.assertTrue(page.startswith("before\n"))
        self.assertTrue(page.endswith("\nafter\n"))
        self.assertIn("Measured on 2026-11-23, Linux ", page)
        for wanted in goals.GOALS:
            self.assertIn(wanted.text, page)
            if wanted.headline:
                self.assertIn(wanted.text, self.read("README.md"))
        for curve in goals.CURVES:
            ElementTree.fromstring(self.read("docs/images/" + curve.file))

    def test_a_program_that_fails_is_told_and_the_others_count(self):
        figures = self.figures()
        refused = goals.PROGRAMS[1].label
        code, printed = self.run_main(figures=figures, refused=[refused])
        self.assertEqual(code, 1)
        self.assertIn(f"FAILED {refused} failed", printed)
        self.assertTrue(printed[-1].endswith("0 not measured"))

    def test_a_figure_that_is_missing_fails(self):
        figures = self.figures()
        gone = goals.GOALS[0].benchmark
        label = goals.PROGRAMS[0].label
        figures[label] = [f for f in figures[label] if f["name"] != gone]
        code, printed = self.run_main(figures=figures)
        self.assertEqual(code, 1)
        self.assertNotIn(" 0 not measured", printed[-1])
        self.assertIn("not measured", self.read("README.md"))

    def test_smoke_writes_nothing(self):
        before = self.read("README.md")
        code, printed = self.run_main("--smoke", figures=self.figures())
        self.assertEqual((code, printed[-1]), (0, "every figure is there"))
        for program in goals.PROGRAMS:
            self.assertIn(" ".join(program.smoke), self.read("arguments"))
        self.assertEqual(self.read("README.md"), before)
        self.assertEqual(os.listdir(os.path.join(self.root, "docs/images")), [])

    def test_smoke_names_what_is_missing(self):
        figures = self.figures()
        for run in figures[goals.PROGRAMS[0].label]:
            run.pop("waited_ns", None)
        code, printed = self.run_main("--smoke", figures=figures)
        self.assertEqual((code, printed[-1]),
                         (1, "BM_OneDescriptor gave no waited_ns"))

    def test_a_program_that_fails_leaves_nothing_to_take_up(self):
        folder = os.path.join(self.root, "json")
        refused = goals.PROGRAMS[1].label
        self.run_main("--json", folder, figures=self.figures(), refused=[refused])
        code, printed = self.run_main("--json", folder, figures=self.figures())
        self.assertEqual(code, 0, printed)

    def test_json_is_kept_and_not_measured_again(self):
        folder = os.path.join(self.root, "json")
        self.run_main("--json", folder, figures=self.figures())
        self.assertEqual(sorted(os.listdir(folder)),
                         sorted(p.name + ".json" for p in goals.PROGRAMS))
        page = self.read("README.md")
        labels = [program.label for program in goals.PROGRAMS]
        code, _ = self.run_main("--json", folder, figures={}, refused=labels)
        self.assertEqual(code, 0)
        self.assertEqual(self.read("README.md"), page)


class PagesTest(unittest.TestCase):
    """Of this tree, as they are."""

    def test_they_have_marks_and_pictures(self):
        for path in ("README.md", "docs/performance.md"):
            with open(path, encoding="utf-8") as file:
                page = file.read()
            with self.subTest(path=path):
                self.assertIn("|", table.put_between(page, "|"))
        shown = re.findall(r"\(images/([a-z_]+\.svg)\)", page)
        self.assertEqual(sorted(shown), sorted(c.file for c in goals.CURVES))


if __name__ == "__main__":
    unittest.main()
