"""The summary for people: a table, no wider than WIDTH columns."""

from summary.text import counted, fit, shown, width

WIDTH = 120
_INDENT = 41


def growth_text(maker):
    """"growing, 1.5 a round", "first use", ... ; "" if nothing is known."""
    if maker["growth"] == "unknown":
        return ""
    if maker["growth"] in ("growing", "now and then"):
        return f"{maker['growth']}, {maker['per_round']:g} a round"
    return maker["growth"]


def maker_text(maker):
    return f"{maker['kind']}: {maker['likeness']}"


def place_text(maker):
    return maker["place"] or "who made it is not known"


def where_text(found):
    """In which tests, and of which targets."""
    if not found["examples"]:
        return ""
    first = found["examples"][0]
    text = f"{first['test']} of {first['target']}"
    more = []
    if found["tests"] > 1:
        more.append(counted(found["tests"] - 1, "more test"))
    if len(found["targets"]) > 1:
        more.append(f"{len(found['targets']):,} targets in all")
    return text + (f" ({', '.join(more)})" if more else "")


def remarks(maker):
    """What the numbers of a maker do not say."""
    said = []
    if maker["parts"]:
        said.append(f"{maker['parts']:,} more went with it")
    if maker["only_reported"]:
        said.append(f"{maker['only_reported']:,} only reported")
    if maker["noted"]:
        said.append(f"{maker['noted']:,} only noted")
    if maker["released_late"] and maker["growth"] != "gone late":
        said.append(f"{maker['released_late']:,} released late")
    return ", ".join(said)


def sections(document):
    """(headline, [(count or "", what, where)]) of all but makers.

    The texts are as they stand in the reports, yet to be made fit to be shown.
    """
    yield "Released late", [
        (one["count"], one["what"], f"left behind by {one['left_behind_by']}, "
         f"gone at most {_duration(one['within_ns'])} later, as "
         f"{one['seen_by']} saw, of {one['target']}")
        for one in document["late_releases"]]
    yield "Given back dirty", [
        (one["count"], f"pool \"{one['pool']}\", {one['dirt']}",
         "in " + where_text(one)) for one in document["given_back_dirty"]]
    yield "Pools that keep more idle connections, which is no leak", [
        (one["count"], f"pool \"{one['pool']}\"", "in " + where_text(one))
        for one in document["grown_pools"]]
    yield "Limits exceeded", [
        (one["count"], one["what"] + ("" if one["fails"] else
                                      " (only reported)"),
         "in " + where_text(one)) for one in document["limits_exceeded"]]
    yield "Tolerated", [
        (one["count"], f"{one['kind']}: {one['reason']}",
         "in " + where_text(one)) for one in document["tolerated"]]
    yield "Could not look", [
        (one["count"], one["error"], "in " + where_text(one))
        for one in document["could_not_look"]]
    yield "Came to no end (killed, or running still)", [
        ("", f"{one['target']}, after {one['last_test'] or 'no test'}",
         one["report"]) for one in document["unfinished"]]
    yield "Shards without a report", [
        (one["missing_shards"], one["target"], "")
        for one in document["targets"] if one["missing_shards"]]
    yield "Could not be read", [
        ("", one["report"], one["reason"]) for one in document["unread"]]


def _duration(nanoseconds):
    for unit, size in (("s", 10**9), ("ms", 10**6), ("us", 10**3)):
        if nanoseconds >= size:
            return f"{nanoseconds / size:.3g}{unit}"
    return f"{nanoseconds}ns"


def totals_text(totals):
    """All in one line."""
    line = (f"{counted(totals['reports'], 'report')} of "
            f"{counted(totals['targets'], 'target')}: "
            f"{counted(totals['leaks'], 'leak')} by "
            f"{counted(totals['makers'], 'maker')} in "
            f"{totals['leaking_tests']:,} of {counted(totals['tests'], 'test')}")
    for key, word in (
            ("growing", "growing"), ("first_use", "first use"),
            ("only_reported", "only reported"), ("tolerated", "tolerated"),
            ("released_late", "released late"),
            ("given_back_dirty", "given back dirty"),
            ("limits_exceeded", "over a limit"),
            ("foreign_releases", "closed by others"),
            ("repeated_releases", "closed twice"),
            ("could_not_look", "could not look"),
            ("unfinished", "without an end"),
            ("missing_shards", "shards missing"),
            ("unread", "unread"), ("given_twice", "given twice")):
        if totals[key]:
            line += f", {totals[key]:,} {word}"
    return line


def _wrapped(text):
    """Lines of at most WIDTH columns, broken at ", "."""
    lines = [""]
    for piece in text.split(", "):
        joined = f"{lines[-1]}, {piece}" if lines[-1] else piece
        if width(joined) < WIDTH or not lines[-1]:
            lines[-1] = joined
        else:
            lines[-1] += ","
            lines.append(f"  {piece}")
    return lines


def _maker_lines(maker):
    numbers = f"{maker['leaks']:>8,} {maker['tests']:>6,}"
    yield f"{numbers} {growth_text(maker):<24} {maker_text(maker)}"
    yield " " * _INDENT + place_text(maker)
    yield " " * _INDENT + "in " + where_text(maker)
    if remarks(maker):
        yield " " * _INDENT + remarks(maker)


def lines(document, top):
    """The table with the `top` biggest of each sort, line by line."""
    makers = document["makers"]
    if makers:
        yield f"{'LEAKS':>8} {'TESTS':>6} {'IN ROUNDS':<24} WHAT, AND WHO MADE IT"
    for maker in makers[:top]:
        for line in _maker_lines(maker):
            yield fit(line, WIDTH)
    if len(makers) > top:
        yield f"{'':{_INDENT}}and {counted(len(makers) - top, 'more maker')}"
    for headline, found in sections(document):
        if not found:
            continue
        yield ""
        yield f"{headline}:"
        for count, what, where in found[:top]:
            number = "" if count == "" else f"{count:,}"
            yield fit(f"{number:>8} {what}", WIDTH)
            if where:
                yield fit(f"{'':12} {where}", WIDTH)
        if len(found) > top:
            yield f"{'':8} and {len(found) - top:,} more"
    if makers or document["totals"]["reports"]:
        yield ""
    yield from _wrapped(shown(totals_text(document["totals"])))
