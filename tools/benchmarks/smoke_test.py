#!/usr/bin/env python3
"""Runs one benchmark program briefly: all figures that are read must be there.

usage: smoke_test.py NAME PROGRAM, with a name of goals.PROGRAMS. What a figure is
does not matter here.
"""

import os
import sys
import tempfile
import unittest

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))

from benchmarks import goals, measurements  # noqa: E402

NAME, PROGRAM = sys.argv[1:3]

class SmokeTest(unittest.TestCase):
    def test_it_runs_and_gives_every_figure(self):
        program, = [p for p in goals.PROGRAMS if p.name == NAME]
        measured = measurements.Measurements()
        with tempfile.TemporaryDirectory() as folder:
            out = os.path.join(folder, "out.json")
            self.assertTrue(
                measurements.run([PROGRAM], program.smoke, out))
            measurements.read(out, measured)
        self.assertEqual(measured.failures, [])
        expected = [(family, counter) for family, counter in goals.expected()
                    if family in program.families]
        self.assertEqual({family for family, _ in expected}, program.families)
        for family, counter in expected:
            with self.subTest(family=family, counter=counter):
                self.assertTrue(measured.has(family, counter))


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
