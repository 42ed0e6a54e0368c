"""Many reports as one: shards, runs and targets merged (docs/summary.md)."""

import collections

from summary import maker
from summary.report import KINDS
from summary.timeline import Timeline

SCHEMA = "leaktrap-summary"
VERSION = 1

EXAMPLES = 5  # tests that are named of a maker, a reason, ...


class _Tests:
    """In which tests something was, of which targets."""

    def __init__(self):
        self._tests = {}  # (target, test), in the order in which they came

    def add(self, target, test):
        self._tests[target, test] = None

    def fields(self):
        named = list(self._tests)[:EXAMPLES]
        return {
            "tests": len(self._tests),
            "targets": sorted({target for target, _ in self._tests}),
            "examples": [{"target": target, "test": test}
                         for target, test in named],
        }


class _Counted:
    """How often something was, and where."""

    def __init__(self):
        self.count = 0
        self.tests = _Tests()

    def add(self, target, test, count=1):
        self.count += count
        self.tests.add(target, test)

    def fields(self):
        return {"count": self.count, **self.tests.fields()}


class _Maker:
    """What is known of one maker."""

    def __init__(self, leak):
        self._kind, _, self._place = leak.key
        self._first = leak
        self.leaks = 0
        self.reported = 0
        self.noted = 0
        self.parts = 0
        self.released_late = 0
        self.rounds = 1
        self.rate = 0.0
        self.growths = set()
        self.tests = _Tests()

    def add(self, target, leak):
        self.leaks += 1
        self.reported += leak.is_reported
        self.noted += leak.is_noted
        self.parts += leak.parts
        self.tests.add(target, leak.owner)

    def add_rounds(self, rounds, counts):
        growth, rate = maker.growth(rounds, counts)
        if growth is not None:
            self.growths.add(growth)
            self.rounds = max(self.rounds, rounds)
            self.rate = max(self.rate, rate)

    def growth(self):
        if self.released_late >= self.leaks:
            return "gone late"
        for growth in maker.GROWTHS:
            if growth in self.growths:
                return growth
        return "unknown"

    def fields(self):
        fields = {"kind": self._kind, "likeness": self._first.likeness,
                  "place": self._place, "leaks": self.leaks,
                  "only_reported": self.reported, "noted": self.noted,
                  "parts": self.parts, "released_late": self.released_late,
                  "growth": self.growth(), "rounds": self.rounds,
                  "per_round": round(self.rate, 2)}
        if self._first.release:
            fields["release"] = self._first.release
        return {**fields, **self.tests.fields()}


class _Target:
    """What is known of one target, or one program where there are none."""

    def __init__(self):
        self.reports = 0
        self.leaks = 0
        self.tests = set()
        self.leaking_tests = set()
        self.shards = {}  # how many there are -> {number: how many reports}
        self.timeline = Timeline()

    def add(self, report, keeps_timelines):
        self.reports += 1
        self.tests |= report.tests
        self.leaks += len(report.leaks)
        self.leaking_tests |= {leak.owner for leak in report.leaks}
        if report.shard:
            number, total = report.shard
            numbers = self.shards.setdefault(total, collections.Counter())
            numbers[number] += 1
        self.timeline.add(report, keeps_timelines)

    def missing_shards(self):
        # A number may be anything: nothing here counts up to it.
        return sum(total - len(numbers) for total, numbers in
                   self.shards.items() if total > len(numbers))

    def fields(self):
        sharded = sum(sum(n.values()) for n in self.shards.values())
        runs = self.reports - sharded + sum(
            max(numbers.values()) for numbers in self.shards.values())
        return {"reports": self.reports, "runs": runs,
                "shards": max(self.shards, default=0),
                "missing_shards": self.missing_shards(),
                "tests": len(self.tests), "leaks": self.leaks,
                "leaking_tests": len(self.leaking_tests),
                "peaks": dict(zip(KINDS, self.timeline.peaks))}


class Tally:
    """Takes reports one by one, and keeps of each what the summary needs."""

    def __init__(self, keeps_timelines):
        self._keeps_timelines = keeps_timelines
        self._targets = collections.defaultdict(_Target)
        self._makers = {}
        self._tolerated = collections.defaultdict(_Counted)
        self._unseen = collections.defaultdict(_Counted)
        self._exceeded = collections.defaultdict(_Counted)
        self._dirty = collections.defaultdict(_Counted)
        self._grown = collections.defaultdict(_Counted)
        self._late = {}  # (target, what, owner, seen by) -> [count, within_ns]
        self._unfinished = []
        self._unread = []
        self._reports = 0
        self._twice = 0
        self._foreign_releases = 0
        self._repeated_releases = 0

    def add_unread(self, name, reason):
        self._unread.append({"report": name, "reason": reason})

    def add_twice(self):
        self._twice += 1

    def add(self, name, report):
        target = report.target
        self._reports += 1
        self._targets[target].add(report, self._keeps_timelines)
        if not report.is_finished:
            self._unfinished.append(
                {"report": name, "target": target, "last_test": report.last})
        self._add_leaks(report)
        for reason, kind, owner in report.tolerated:
            self._tolerated[reason, kind].add(target, owner)
        for why, owner in report.unseen:
            self._unseen[why].add(target, owner)
        for what, owner, fails in report.exceeded:
            self._exceeded[what, fails].add(target, owner)
        self._add_growth(report)
        self._foreign_releases += report.foreign_releases
        self._repeated_releases += report.repeated_releases

    def _add_leaks(self, report):
        rounds = collections.defaultdict(collections.Counter)
        by_text = {}  # which maker's a leak was that is told again when it goes
        for leak in report.leaks:
            if leak.key not in self._makers:
                self._makers[leak.key] = _Maker(leak)
            self._makers[leak.key].add(report.target, leak)
            by_text[leak.owner, leak.what] = leak.key
            if leak.iteration is not None:
                rounds[leak.key][leak.iteration] += 1
            if leak.dirt:
                self._dirty[leak.pool, leak.dirt].add(report.target, leak.owner)
        for key, counts in rounds.items():
            total = report.rounds
            # The round in which a run was killed is none that it passed.
            if not report.is_finished and total - 1 not in counts:
                total -= 1
            self._makers[key].add_rounds(total, counts)
        for what, left_by, seen_by, within_ns in report.late:
            late = self._late.setdefault(
                (report.target, what, left_by, seen_by), [0, 0])
            late[0] += 1
            late[1] = max(late[1], within_ns)
            if (left_by, what) in by_text:
                self._makers[by_text[left_by, what]].released_late += 1

    def _add_growth(self, report):
        # A suite sees what its tests see, and a program what its suites do.
        most = {}
        for (pool, sort), (by, owners) in report.grown.items():
            if sort != "scope" and by > most.get(pool, (0, None))[0]:
                most[pool] = by, owners
        for pool, (by, owners) in most.items():
            for owner in owners:
                self._grown[pool].add(report.target, owner, 0)
            self._grown[pool].count += by

    def makers(self):
        """The worst first."""
        found = [one.fields() for one in self._makers.values()]
        found.sort(key=lambda one: (-one["leaks"], -one["tests"], one["kind"],
                                    one["place"], one["likeness"]))
        return found

    def timelines(self):
        """(target, its Timeline), what leaks most first, then what has most."""
        return [(name, target.timeline) for name, target in sorted(
            self._targets.items(), key=lambda item: (
                -item[1].leaks, -sum(item[1].timeline.peaks), item[0]))]

    def document(self):
        """The summary, as docs/summary.md has it."""
        makers = self.makers()
        targets = self._targets.values()
        growths = collections.Counter(one["growth"] for one in makers)
        return {
            "schema": SCHEMA, "version": VERSION,
            "totals": {
                "reports": self._reports,
                "given_twice": self._twice,
                "targets": len(self._targets),
                "tests": sum(len(one.tests) for one in targets),
                "leaking_tests": sum(len(one.leaking_tests) for one in targets),
                "leaks": sum(one["leaks"] for one in makers),
                "parts": sum(one["parts"] for one in makers),
                "only_reported": sum(one["only_reported"] for one in makers),
                "makers": len(makers),
                "growing": growths["growing"],
                "first_use": growths["first use"],
                "tolerated": _total(self._tolerated),
                "released_late": sum(n for n, _ in self._late.values()),
                "given_back_dirty": _total(self._dirty),
                "limits_exceeded": _total(self._exceeded),
                "foreign_releases": self._foreign_releases,
                "repeated_releases": self._repeated_releases,
                "could_not_look": _total(self._unseen),
                "unfinished": len(self._unfinished),
                "missing_shards": sum(one.missing_shards() for one in targets),
                "unread": len(self._unread),
            },
            "makers": makers,
            "late_releases": [
                {"target": target, "what": what, "left_behind_by": left_by,
                 "seen_by": seen_by, "count": count, "within_ns": within_ns}
                for (target, what, left_by, seen_by), (count, within_ns) in
                sorted(self._late.items())],
            "tolerated": _sorted(self._tolerated, "reason", "kind"),
            "given_back_dirty": _sorted(self._dirty, "pool", "dirt"),
            "grown_pools": _sorted(self._grown, "pool"),
            "limits_exceeded": _sorted(self._exceeded, "what", "fails"),
            "could_not_look": _sorted(self._unseen, "error"),
            "unfinished": self._unfinished,
            "unread": self._unread,
            "targets": [{"target": name, **self._targets[name].fields()}
                        for name in sorted(self._targets)],
        }


def _total(counted):
    return sum(one.count for one in counted.values())


def _sorted(counted, *names):
    """Objects with `names` for the keys, the most frequent first."""
    items = [(key if isinstance(key, tuple) else (key,), one)
             for key, one in counted.items()]
    items.sort(key=lambda item: (-item[1].count, item[0]))
    return [{**dict(zip(names, key)), **one.fields()} for key, one in items]
