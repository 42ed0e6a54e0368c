#!/usr/bin/env python3
"""Tests of the page that leaktrap_summary.py writes: read again by a parser."""

import html.parser
import json
import os
import re
import shutil
import subprocess
import sys
import unittest
import xml.etree.ElementTree as ElementTree

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

from leaktrap_summary_test import SummaryTest  # noqa: E402
from summary import report_for_test as make  # noqa: E402

VOID = {"meta", "br"}

# What the page's script uses of a browser. Reads {"keys": of the rows, "name": the
# column's class, "script": ...}, clicks twice, and prints the order after each.
BROWSER = """
const { keys, name, script } = JSON.parse(require("fs").readFileSync(0));
const body = {
  rows: keys.map(key => ({ cells: [{ dataset: { key } }] })),
  append(...rows) { this.rows = rows; },
};
const attributes = new Map();
const th = {
  cellIndex: 0, className: name,
  closest: () => ({ tBodies: [body] }),
  getAttribute: key => attributes.get(key) ?? null,
  setAttribute: (key, value) => attributes.set(key, value),
  removeAttribute: key => attributes.delete(key),
};
th.parentNode = { cells: [th] };
const button = { parentNode: th };
global.document = { querySelectorAll: () => [button] };
new Function(script)();
const orders = [0, 1].map(() => {
  button.onclick();
  return body.rows.map(row => row.cells[0].dataset.key);
});
console.log(JSON.stringify(orders));
"""


class Page(html.parser.HTMLParser):
    """The elements of a page, and whether each that opens is closed."""

    def __init__(self, text):
        super().__init__()
        self.elements = []  # (name, attributes)
        self.rows = []  # of the makers: the cells' texts
        self.titles = []
        self.text = ""
        self._open = []
        self.feed(text)
        self.close()
        assert not self._open, self._open

    def handle_starttag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))
        if tag not in VOID:
            self._open.append(tag)
        if tag == "tr":
            self.rows.append([])
        if tag == "td":
            self.rows[-1].append("")
        if tag == "title":
            self.titles.append("")

    def handle_endtag(self, tag):
        assert self._open.pop() == tag, tag

    def handle_data(self, data):
        if "td" in self._open:
            self.rows[-1][-1] += data
        if "title" in self._open:
            self.titles[-1] += data
        if "script" not in self._open and "style" not in self._open:
            self.text += data

    def names(self):
        return [name for name, _ in self.elements]


class PageTest(SummaryTest):

    def read(self):
        path = self.path("leaks.html")
        self.summarize(f"--html={path}")
        with open(path, encoding="utf-8") as file:
            self.source = file.read()
        return Page(self.source)

    def test_makers_are_a_table(self):
        self.add(*make.rounds(2, 1))
        cells = self.read().rows[1]
        self.assertEqual(cells, [
            "3", "1", "1", "growing, 1 a round", "descriptor: files in /tmp",
            "app/pool.cc:1", "A.Test of //app:test"])

    def test_each_column_can_be_sorted_by(self):
        self.add(make.entry(leaks=[make.resource(line=n, group=n)
                                   for n in range(1, 12)]))
        page = self.read()
        names = page.names()
        self.assertEqual(names.count("th"), names.count("button"))
        keys = [attributes.get("data-key") for name, attributes in page.elements
                if name == "td"]
        self.assertEqual(len(keys), 11 * names.count("th"))
        self.assertNotIn(None, keys)

    @unittest.skipUnless(shutil.which("node"), "there is no node")
    def test_a_click_sorts_and_another_turns_the_order(self):
        self.add(make.entry(leaks=[make.resource()]))
        self.read()
        script = re.search(r"<script>(.*)</script>", self.source, re.DOTALL)
        for name, keys, first in (
                ("number", ["9", "100", "20"], ["100", "20", "9"]),
                ("", ["b", "100", "20"], ["100", "20", "b"])):
            run = subprocess.run(
                ["node", "-e", BROWSER],
                input=json.dumps({"keys": keys, "name": name,
                                  "script": script.group(1)}),
                stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                encoding="utf-8", check=False)
            self.assertEqual(run.returncode, 0, run.stdout)
            self.assertEqual(json.loads(run.stdout), [first, first[::-1]])

    def test_needs_nothing_but_itself(self):
        self.add(make.entry(leaks=[make.resource(likeness="at http://x/y.js")]))
        page = self.read()
        for name, attributes in page.elements:
            self.assertNotIn(name, ("link", "img", "iframe", "object", "base"))
            self.assertEqual(set(attributes) & {"src", "href"}, set())
        self.assertIn("default-src 'none'", self.source)
        self.assertNotIn("url(", self.source)
        self.assertIn("prefers-color-scheme: dark", self.source)

    def test_no_name_is_markup(self):
        evil = "</title></script><script>alert('1')</script>\"><!-- & &amp;"
        self.add(
            make.entry(f"A.{evil}", [make.resource(
                likeness=evil, release=evil, name=evil, dirt=evil,
                kind="connection")],
                tolerated=[make.tolerated(evil)], exceeded=[evil],
                grown_pools=[{"pool": evil, "by": 1}],
                late_releases=[{"what": evil, "left_behind_by": evil}]),
            make.entry(f"B.{evil}", alive=None, error=evil,
                       verdict="could not look"),
            target=f"//{evil}", is_finished=False)
        page = self.read()
        self.assertEqual(page.names().count("script"), 1)
        self.assertIn(f"connection: {evil}", page.rows[1][4])
        self.assertTrue(any(title.startswith(f"A.{evil}: threads 1")
                            for title in page.titles), page.titles)
        self.assertGreater(page.text.count(evil), 10)

    def test_controls_are_spelled(self):
        self.add(make.entry("A.\x00\x1b\u202e\ud800", [make.resource()]))
        page = self.read()
        for char in page.text.replace("\n", ""):
            self.assertTrue(char.isprintable(), ascii(char))
        self.assertIn("A.\\x00\\x1b\\u202e", page.text)

    def pictures(self):
        page = self.read()
        return page, [ElementTree.fromstring(svg) for svg in re.findall(
            r"<svg.*?</svg>", self.source, re.DOTALL)]

    def lines(self, picture):
        """A lane's path, by kind."""
        return {path.get("class"): path.get("d") for path in
                picture.iter("path") if path.get("class").startswith("line")}

    def test_a_timeline_has_a_lane_for_each_kind(self):
        self.add(make.entry("A.One", alive=(1, 4, 0)),
                 make.entry("A.Two", alive=(1, 8, 0)))
        page, pictures = self.pictures()
        # Half of the width each; the first lane is at its most all the time.
        self.assertEqual(self.lines(pictures[0]), {
            "line threads": "M130.0 14.0H510.0V14.0H890.0",
            "line descriptors": "M130.0 97.0H510.0V74.0H890.0"})
        self.assertEqual(page.titles[1:], ["A.One: threads 1, descriptors 4",
                                           "A.Two: threads 1, descriptors 8"])

    def test_a_timeline_has_a_gap_where_it_could_not_be_looked(self):
        self.add(make.entry(), make.entry("A.Blind", alive=None, error="x",
                                          verdict="could not look"),
                 make.entry())
        page, pictures = self.pictures()
        self.assertEqual(self.lines(pictures[0])["line threads"].count("M"), 2)
        self.assertIn("A.Blind: could not look", page.titles)

    def test_tests_that_leaked_are_marked_also_by_a_scope(self):
        leaks = [make.resource()]
        self.add(make.entry("A.One", leaks), make.entry("A.Two"),
                 make.entry("A.Three", leaks, entry="scope"),
                 make.entry("A.Three"))
        page, pictures = self.pictures()
        marks = [rect for rect in pictures[0].iter("rect")
                 if rect.get("class") == "leak"]
        self.assertEqual([mark.get("x") for mark in marks], ["130.0", "636.7"])
        self.assertEqual([title.endswith("; leaked") for title in
                          page.titles[1:]], [True, False, True])

    def test_shards_follow_one_another(self):
        for number in (2, 1):
            self.add(make.entry(f"A.Test{number}"), shard=(number, 2),
                     started_ms=5)
        page, pictures = self.pictures()
        self.assertEqual(len(pictures), 1)
        self.assertEqual([title[:7] for title in page.titles[1:]],
                         ["A.Test1", "A.Test2"])
        self.assertEqual([path.get("d")[:5] for path in pictures[0].iter("path")
                          if path.get("class") == "begin"], ["M510."])
        self.assertEqual(self.lines(pictures[0])["line threads"],
                         "M130.0 14.0H510.0M510.0 14.0H890.0")
        self.assertIn("2 tests in 2 processes", page.text)

    def test_many_tests_are_few_points_and_none_of_the_most_is_lost(self):
        entries = [make.entry(f"A.T{n}", alive=(1, 4, 0)) for n in range(999)]
        entries[505] = make.entry("A.Peak", alive=(1, 77, 0))
        self.add(*entries)
        page, _ = self.pictures()
        self.assertLess(len(page.titles), 250)
        self.assertTrue(any(title.startswith(
            "A.Peak: threads 1, descriptors 77") for title in page.titles))
        self.assertIn("999 tests", page.text)

    def test_what_leaks_most_comes_first_and_not_all_is_drawn(self):
        for number in range(70):
            self.add(make.entry(), target=f"//app:{number}")
        self.add(make.entry(leaks=[make.resource()]), target="//app:worst")
        page, pictures = self.pictures()
        self.assertEqual(len(pictures), 60)
        self.assertIn("and 11 more targets", page.text)
        self.assertLess(page.text.index("//app:worst\n"),
                        page.text.index("//app:0\n"))

    def test_without_leaks(self):
        self.add(make.entry(alive=None))
        page = self.read()
        self.assertIn("No leaks.", page.text)
        self.assertNotIn("svg", page.names())


if __name__ == "__main__":
    unittest.main()
