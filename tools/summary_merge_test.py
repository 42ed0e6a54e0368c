#!/usr/bin/env python3
"""Tests of leaktrap_summary.py: how it merges, and what it says."""

import os
import sys
import unittest

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

from leaktrap_summary_test import SummaryTest  # noqa: E402
from summary import report_for_test as make  # noqa: E402
from summary import text  # noqa: E402


class MakersTest(SummaryTest):

    def test_one_line_is_one_maker_in_all_targets(self):
        for target in ("//app:a", "//app:b"):
            self.add(make.entry("A.One", [make.resource(line=8)] * 2),
                     make.entry("A.Two", [make.resource(line=8)]),
                     target=target)
        maker = self.maker()
        self.assertEqual(maker["place"], "app/pool.cc:8")
        self.assertEqual((maker["leaks"], maker["tests"]), (6, 4))
        self.assertEqual(maker["targets"], ["//app:a", "//app:b"])
        self.assertEqual(maker["examples"][0],
                         {"target": "//app:a", "test": "A.One"})
        self.assertIn("     6      4 ", self.table)
        self.assertIn("in A.One of //app:a (3 more tests, 2 targets in all)",
                      self.table)

    def test_kinds_likenesses_and_lines_are_told_apart_the_biggest_first(self):
        self.add(make.entry(leaks=[
            make.resource(line=1, group=1),
            make.resource(line=2, group=2),
            make.resource(line=2, group=3, likeness="pipes"),
            make.resource(line=2, group=4, kind="process")] + [
                make.resource(line=3, group=5)] * 2))
        makers = self.summarize("--top=2")["makers"]
        self.assertEqual(len(makers), 5)
        self.assertEqual(makers[0]["place"], "app/pool.cc:3")
        self.assertEqual(self.table.count("app/pool.cc:"), 2)
        self.assertIn("and 3 more makers", self.table)

    def test_what_differs_by_chance_is_one_maker(self):
        for port, state in ((40001, "ESTABLISHED"), (40002, "CLOSE_WAIT")):
            self.add(make.entry(leaks=[make.resource(
                likeness=f"TCP sockets to 127.0.0.1:{port}, {state}", line=1)]))
        self.assertEqual(self.maker()["leaks"], 2)

    def test_temporary_files_are_one_maker_where_the_place_is_known(self):
        names = ("/tmp/mailQeTjmC", "/tmp/mail4FkGcr", "/tmp/reader",
                 "/tmp/writer", "/tmp/a/xaB3dEf/log", "/tmp/a/xZ9yXwv/log")
        for name in names:
            self.add(make.entry(leaks=[
                make.resource(likeness=f"deleted files in {name}", line=1)]))
        leaks = [one["leaks"] for one in self.summarize()["makers"]]
        self.assertEqual(leaks, [2, 2, 1, 1])

    def test_temporary_files_are_told_apart_where_it_is_not(self):
        for name in ("/tmp/mailQeTjmC", "/tmp/mail4FkGcr"):
            self.add(make.entry(leaks=[make.resource(likeness=name)]))
        self.assertEqual(len(self.summarize()["makers"]), 2)

    def test_threads_are_told_apart_by_name_not_by_what_they_do(self):
        self.add(make.entry(leaks=[
            make.resource("thread", 'named "pool-1", running', name="pool-1"),
            make.resource("thread", 'named "pool-2", sleeping', name="pool-2",
                          group=2),
            make.resource("thread", 'named "log", sleeping', name="log",
                          group=3)]))
        self.assertEqual([one["leaks"] for one in self.summarize()["makers"]],
                         [2, 1])

    def test_services_without_a_place_are_told_apart(self):
        self.add(make.entry(leaks=[
            make.resource(likeness="TCP sockets to 127.0.0.1:5432"),
            make.resource(likeness="TCP sockets to 127.0.0.1:6379", group=2)]))
        self.assertEqual(len(self.summarize()["makers"]), 2)
        self.assertIn("who made it is not known", self.table)

    def test_a_group_has_one_line_and_findings_have_parts(self):
        self.add(make.entry(leaks=[
            make.resource("connection", "of pool", line=5), make.part(),
            make.resource("connection", "of pool", finding=2), make.part()]))
        maker = self.maker()
        self.assertEqual((maker["leaks"], maker["parts"]), (2, 2))
        self.assertEqual(maker["place"], "app/pool.cc:5")
        self.assertIn("2 more went with it", self.table)

    def test_without_a_line_the_users_innermost_function(self):
        stack = [
            {"function": "std::thread::thread<void (&)()>(void (&)())"},
            {"function": "f", "file": "/usr/include/c++/12/thread"},
            {"function": "curl_easy_perform",
             "module": "/usr/lib/x86_64-linux-gnu/libcurl.so.4"},
            {"module": "/app/bin", "offset": 7},
            {"function": "app::Start()", "module": "/app/bin"},
            {"function": "app::Outer()", "module": "/app/bin"}]
        self.add(make.entry(
            leaks=[make.resource(origin={"call": "open", "stack": 0})],
            stacks=[stack]))
        self.assertEqual(self.maker()["place"], "app::Start()")

    def test_a_scope_that_is_judged_again_does_not_count(self):
        leaks = [make.resource(line=1)]
        self.add(make.entry(leaks=leaks, entry="scope", is_last_word=False),
                 make.entry(leaks=leaks))
        self.assertEqual(self.maker()["leaks"], 1)

    def test_suites_programs_and_the_run_have_names(self):
        leaks = [make.resource(line=1)]
        suite = make.entry("S.", leaks, entry="suite")
        del suite["test"]
        self.add(suite, make.entry(".", leaks, entry="program"),
                 make.entry(".", leaks, entry="run"))
        self.assertEqual([one["test"] for one in self.maker()["examples"]],
                         ["S, outside of its tests", "outside of suites",
                          "outside of environments"])


class GrowthTest(SummaryTest):

    def growth(self):
        maker = self.maker()
        return maker["growth"], maker["per_round"], maker["rounds"]

    def test_one_round_tells_nothing(self):
        self.add(*make.rounds(1))
        self.assertEqual(self.growth(), ("unknown", 0, 1))

    def test_first_use(self):
        self.add(*make.rounds(2, 0, 0))
        self.assertEqual(self.growth(), ("first use", 0, 3))
        self.assertIn(" first use ", self.table)
        self.assertIn(", 1 first use", self.table)

    def test_growing(self):
        self.add(*make.rounds(3, 1, 2))
        self.assertEqual(self.growth(), ("growing", 1.5, 3))
        self.assertIn(" growing, 1.5 a round ", self.table)
        self.assertIn(", 1 growing", self.table)

    def test_now_and_then(self):
        self.add(*make.rounds(0, 1, 0))
        self.assertEqual(self.growth(), ("now and then", 0.5, 3))

    def test_rounds_are_a_processs_and_of_all_its_tests(self):
        one, two = [make.resource(line=1)], [make.resource(line=1)]
        self.add(make.entry("A.One", one), make.entry("A.Two"),
                 make.entry("A.One", iteration=1),
                 make.entry("A.Two", two, iteration=1))
        self.assertEqual(self.growth(), ("growing", 1, 2))

    def test_the_worst_of_several_processes(self):
        self.add(*make.rounds(1, 0))
        self.add(*make.rounds(1, 1))
        self.add(*make.rounds(1))
        self.assertEqual(self.growth(), ("growing", 1, 2))

    def test_what_belongs_to_the_program_counts_in_no_round(self):
        leaks = [make.resource(line=1)]
        self.add(make.entry(), make.entry(iteration=1),
                 make.entry(".", leaks, iteration=1, entry="program"))
        self.assertEqual(self.growth(), ("unknown", 0, 1))

    def test_two_processes_are_not_two_rounds(self):
        self.add(*make.rounds(1))
        self.add(*make.rounds(1))
        self.assertEqual(self.growth(), ("unknown", 0, 1))

    def test_a_round_in_which_the_run_was_killed_is_none(self):
        self.add(*make.rounds(1, 1, 0), is_finished=False)
        self.assertEqual(self.growth(), ("growing", 1, 2))

    def test_gone_late(self):
        self.add(make.entry("A.One", [make.resource(line=1)]),
                 make.entry("A.Two", late_releases=[
                     {"what": "descriptor 7: file /tmp/x",
                      "left_behind_by": "A.One", "within_ns": 5 * 10**6}]))
        self.assertEqual(self.growth(), ("gone late", 0, 1))
        self.assertIn("left behind by A.One, gone at most 5ms later, as A.Two "
                      "saw", self.table)
        self.assertIn("1 released late", self.table)


class TargetsTest(SummaryTest):

    def targets(self):
        return {one["target"]: one for one in self.summarize()["targets"]}

    def test_shards_are_one_run(self):
        for number in (1, 2):
            self.add(make.entry(f"A.Test{number}"), shard=(number, 2))
        target = self.targets()["//app:test"]
        self.assertEqual(
            [target[key] for key in ("reports", "runs", "shards", "tests",
                                     "missing_shards")], [2, 1, 2, 2, 0])

    def test_runs_of_shards(self):
        for number in (1, 2, 1, 2):
            self.add(make.entry(f"A.Test{number}"), shard=(number, 2))
        target = self.targets()["//app:test"]
        self.assertEqual((target["runs"], target["tests"]), (2, 2))

    def test_missing_shards(self):
        self.add(make.entry(), shard=(2, 3))
        self.add(make.entry(), shard=(1, 10**18), target="//app:hostile")
        self.assertEqual(self.targets()["//app:test"]["missing_shards"], 2)
        self.assertIn("Shards without a report:", self.table)
        self.assertIn("2 //app:test", self.table)

    def test_a_program_is_a_target_where_there_are_none(self):
        self.add(make.entry(alive=(1, 9, 2)), target="")
        self.assertEqual(self.targets()["bin/test"]["peaks"], {
            "threads": 1, "descriptors": 9, "connections": 2, "processes": 0,
            "others": 0})


class NotesTest(SummaryTest):

    def test_tolerated(self):
        self.add(make.entry(tolerated=[make.tolerated("the log")] * 2,
                            verdict="tolerated"))
        self.add(make.entry(tolerated=[make.tolerated("the log")]))
        found = self.summarize()
        self.assertEqual(found["totals"]["tolerated"], 3)
        self.assertEqual((found["tolerated"][0]["reason"],
                          found["tolerated"][0]["count"]), ("the log", 3))
        self.assertIn("3 descriptor: the log", self.table)

    def test_could_not_look(self):
        self.add(make.entry("A.Blind", alive=None, verdict="could not look",
                            error="EMFILE"))
        self.add({"entry": "error", "error": "no /proc"}, is_finished=False)
        found = self.summarize()
        self.assertEqual({one["error"] for one in found["could_not_look"]},
                         {"EMFILE", "no /proc"})
        self.assertIn("1 EMFILE\n             in A.Blind of //app:test",
                      self.table)
        # It says why nothing follows.
        self.assertEqual(found["unfinished"], [])

    def test_killed(self):
        path = self.add(make.entry("A.Last"), is_finished=False)
        self.assertEqual(self.summarize()["unfinished"], [
            {"report": path, "target": "//app:test", "last_test": "A.Last"}])
        self.assertIn("//app:test, after A.Last", self.table)

    def test_given_back_dirty(self):
        self.add(make.entry(leaks=[make.resource(
            "connection", "of pool \"db\", given back in a transaction",
            line=4, name="db", dirt="in a transaction")]))
        found = self.summarize()["given_back_dirty"][0]
        self.assertEqual((found["pool"], found["dirt"], found["count"]),
                         ("db", "in a transaction", 1))
        self.assertIn('1 pool "db", in a transaction', self.table)

    def test_pools_that_grew_are_not_added_up_over_scopes(self):
        grown = [{"pool": "db", "by": 2, "idle": 2}]
        suite = make.entry("A.", entry="suite", grown_pools=[
            {"pool": "db", "by": 4, "idle": 4}])
        self.add(make.entry("A.One", grown_pools=grown),
                 make.entry("A.Two", grown_pools=grown), suite)
        found = self.summarize()["grown_pools"]
        self.assertEqual((found[0]["pool"], found[0]["count"],
                          found[0]["tests"]), ("db", 4, 2))

    def test_limits(self):
        self.add(make.entry(exceeded=["5 leased"], exceeded_fails=False))
        found = self.summarize()["limits_exceeded"][0]
        self.assertEqual((found["what"], found["fails"]), ("5 leased", False))

    def test_noted(self):
        self.add(make.entry(leaks=[make.resource()], verdict="noted"))
        self.assertEqual(self.maker()["noted"], 1)
        self.assertIn("1 only noted", self.table)

    def test_releases_of_others_are_counted(self):
        self.add(make.entry(foreign_releases=[{"kind": "descriptor"}],
                            repeated_releases=[{"kind": "descriptor"}] * 2))
        totals = self.summarize()["totals"]
        self.assertEqual((totals["foreign_releases"],
                          totals["repeated_releases"]), (1, 2))

    def test_nothing(self):
        self.add(make.entry())
        self.assertEqual(self.summarize()["makers"], [])
        self.assertEqual(self.table.strip(), "1 report of 1 target: "
                         "0 leaks by 0 makers in 0 of 1 test")


class HostileTest(SummaryTest):

    def test_no_name_breaks_the_table(self):
        name = "A.\x1b[2J\r\n\u202e\u2028\ud800" + "x" * 10000
        self.add(make.entry(name, [make.resource(
            likeness="\u0007" + "\u4e2d" * 500, line=1)]), target="//\x00a")
        # Half a character is one that UTF-8 has.
        self.assertIn("\u2028\ufffdx",
                      self.maker()["examples"][0]["test"])
        for char in self.table.replace("\n", ""):
            self.assertTrue(char.isprintable(), ascii(char))
        for line in self.table.splitlines():
            self.assertLessEqual(text.width(line), 120)
        self.assertIn("A.\\x1b[2J\\x0d", self.table)

    def test_text_is_cut_in_its_middle_by_columns(self):
        self.assertEqual(text.fit("abcdefghij", 9), "abc...hij")
        self.assertEqual(text.fit("abcdefghij", 10), "abcdefghij")
        self.assertEqual(text.fit("\u4e2d" * 9, 11),
                         "\u4e2d\u4e2d...\u4e2d\u4e2d")
        self.assertEqual(text.fit("a" * 50 + "b" * 10**6, 5), "a...b")

    def test_a_terminal_that_has_no_such_letters(self):
        self.add(make.entry("A.\u4e2d", [make.resource()]))
        ran = self.start(self.logs, env={"PYTHONIOENCODING": "ascii"})
        self.assertEqual(ran.returncode, 0)
        self.assertIn("A.\\u4e2d", ran.stdout)


if __name__ == "__main__":
    unittest.main()
