"""How many were alive after each test, in as many points as one can see."""

from summary.report import KINDS

# A process with more tests than this is kept in so many points, and a picture
# has no more than so many.
KEPT = 100
SHOWN = 240


class Point:
    """One test or several: the most that were alive after one of them."""

    __slots__ = ("test", "alive", "leaked", "tests", "begins")

    def __init__(self, test, alive, leaked, tests=1, begins=False):
        self.test = test
        self.alive = alive  # numbers of KINDS, or None: it could not be looked
        self.leaked = leaked
        self.tests = tests
        self.begins = begins  # a process

    def most(self):
        return -1 if self.alive is None else sum(self.alive)


def fold(points, limit):
    """At most `limit` points that stand for the same tests."""
    if len(points) <= limit:
        return points
    size = -(-len(points) // limit)
    folded = []
    for start in range(0, len(points), size):
        some = points[start:start + size]
        seen = [point.alive for point in some if point.alive is not None]
        folded.append(Point(
            max(some, key=Point.most).test,
            tuple(map(max, zip(*seen))) if seen else None,
            any(point.leaked for point in some),
            sum(point.tests for point in some),
            any(point.begins for point in some)))
    return folded


class Timeline:
    """Of one target: its processes one after another."""

    def __init__(self):
        self._processes = []
        self.peaks = [0] * len(KINDS)

    def add(self, report, keeps_points):
        for _, alive, _ in report.timeline:
            if alive is not None:
                self.peaks = list(map(max, self.peaks, alive))
        if not keeps_points or not report.timeline:
            return
        points = [Point(*test) for test in report.timeline]
        points[0].begins = True
        self._processes.append((report.started_ms, report.shard or (0, 0),
                                fold(points, KEPT)))

    def processes(self):
        return len(self._processes)

    def points(self):
        processes = sorted(self._processes, key=lambda one: one[:2])
        return fold([point for _, _, points in processes for point in points],
                    SHOWN)
