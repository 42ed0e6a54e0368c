"""What the summary wants of one report."""

from summary import maker
from summary.document import get, objects

# The keys of `alive`, in the order of a timeline's numbers.
KINDS = ["threads", "descriptors", "connections", "processes", "others"]

_VERDICTS = ("test", "scope", "suite", "program", "run")


def owner_of(entry, sort):
    """The test that an entry is about, or what stands for one."""
    suite = get(entry, "suite", str, "")
    test = get(entry, "test", str, "")
    if test:
        return f"{suite}.{test}"
    if suite:
        return f"{suite}, outside of its tests"
    return {"program": "outside of suites",
            "run": "outside of environments"}.get(sort, sort)


class Leak:
    """A finding: what is to be released, and how much goes with it."""

    __slots__ = ("key", "likeness", "what", "release", "pool", "dirt", "owner",
                 "iteration", "is_reported", "is_noted", "parts")


class Report:
    """A document, checked and in short; Unreadable if it is of another form."""

    def __init__(self, document):
        self.target = (get(document, "target", str, "") or
                       get(document, "program", str))
        self.started_ms = get(document, "started_ms", int, 0)
        shard = get(document, "shard", dict, {})
        self.shard = (get(shard, "number", int),
                      get(shard, "total", int)) if shard else None
        self.is_finished = False
        self.rounds = 0
        self.tests = set()
        self.last = ""  # the last test that is over
        self.leaks = []
        self.tolerated = []  # (reason, kind, owner)
        self.unseen = []  # (why, owner)
        self.late = []  # (what, left behind by, seen by, within_ns)
        self.exceeded = []  # (what, owner, whether it fails)
        self.foreign_releases = 0
        self.repeated_releases = 0
        self.grown = {}  # (pool, sort of entry) -> [by, owners]
        self.timeline = []  # (test, numbers of KINDS or None, whether it leaked)
        self._leaked_in_scope = ""
        for entry in objects(document, "entries"):
            sort = get(entry, "entry", str)
            if sort == "summary":
                self.is_finished = True
            elif sort == "error":
                self.is_finished = True  # what follows is not checked
                self.unseen.append((get(entry, "error", str), "the whole run"))
            elif sort in _VERDICTS:
                self._add_verdict(entry, sort)
            # Others are new fields, which a reader skips.

    def _add_verdict(self, entry, sort):
        owner = owner_of(entry, sort)
        iteration = get(entry, "iteration", int, 0)
        if sort == "test":
            self.tests.add(owner)
            self.last = owner
            self._add_alive(entry, owner)
        if sort not in ("program", "run"):  # those come once, at the end
            self.rounds = max(self.rounds, iteration + 1)
        else:
            iteration = None
        if sort == "scope" and entry.get("leaks"):
            self._leaked_in_scope = owner  # its test's entry is yet to come
        if get(entry, "is_last_word", bool, True):
            self._add_leaks(entry, owner, iteration)
            self._add_notes(entry, owner)
        for grown in objects(entry, "grown_pools"):
            growth = self.grown.setdefault((get(grown, "pool", str), sort),
                                           [0, []])
            growth[0] += get(grown, "by", int)
            growth[1].append(owner)

    def _add_alive(self, entry, owner):
        alive = get(entry, "alive", dict, {})
        numbers = tuple(get(alive, kind, int, 0) for kind in KINDS)
        leaked = bool(entry.get("leaks")) or owner == self._leaked_in_scope
        self._leaked_in_scope = ""
        self.timeline.append((owner, numbers if alive else None, leaked))

    def _add_leaks(self, entry, owner, iteration):
        stacks = get(entry, "stacks", list, [])
        is_noted = get(entry, "verdict", str) == "noted"
        for key in ("leaks", "only_reported"):
            places = {}  # of a group; only its first root has one
            leak = None
            for resource in objects(entry, key):
                # Parts follow their root.
                if get(resource, "part", str, "root") != "root" and leak:
                    leak.parts += 1
                    continue
                leak = self._leak(resource, stacks, places)
                leak.owner = owner
                leak.iteration = iteration
                leak.is_reported = key == "only_reported"
                leak.is_noted = is_noted and not leak.is_reported
                self.leaks.append(leak)

    def _leak(self, resource, stacks, places):
        leak = Leak()
        kind = get(resource, "kind", str)
        leak.likeness = get(resource, "likeness", str)
        group = get(resource, "group", int, 0)
        if group not in places or group == 0:
            places[group] = _place(resource, stacks)
        name = get(resource, "name", str, "")
        leak.key = maker.key_of(kind, leak.likeness, name, places[group])
        leak.what = f"{kind} {get(resource, 'description', str, '')}"
        leak.release = get(resource, "release", str, "")
        leak.pool = name
        leak.dirt = get(resource, "dirt", str, "")
        leak.parts = 0
        return leak

    def _add_notes(self, entry, owner):
        if "error" in entry:
            self.unseen.append((get(entry, "error", str), owner))
        elif get(entry, "verdict", str) == "could not look":
            self.unseen.append(("it does not say why", owner))
        for resource in objects(entry, "tolerated"):
            self.tolerated.append((get(resource, "reason", str, ""),
                                   get(resource, "kind", str), owner))
        for late in objects(entry, "late_releases"):
            self.late.append((get(late, "what", str),
                              get(late, "left_behind_by", str), owner,
                              get(late, "within_ns", int, 0)))
        fails = get(entry, "exceeded_fails", bool, True)
        for what in get(entry, "exceeded", list, []):
            self.exceeded.append((get({"exceeded": what}, "exceeded", str),
                                  owner, fails))
        self.foreign_releases += len(objects(entry, "foreign_releases"))
        self.repeated_releases += len(objects(entry, "repeated_releases"))


def _place(resource, stacks):
    """The blamed line, else the user's innermost function, else ""."""
    blamed = get(resource, "blamed", dict, {})
    if blamed:
        return f"{get(blamed, 'file', str)}:{get(blamed, 'line', int, 0)}"
    origin = get(resource, "origin", dict, {})
    number = get(origin, "stack", int, len(stacks))
    if number >= len(stacks):
        return ""
    return maker.users_function(objects({"stack": stacks[number]}, "stack"))
