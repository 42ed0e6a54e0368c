"""The goals as a table of Markdown, and its place in a page."""

from benchmarks import goals, measurements

BEGIN = "<!-- benchmarks: begin (tools/benchmarks.sh writes this) -->"
END = "<!-- benchmarks: end -->"

_WORDS = {"<=": "at most", ">=": "at least"}


def is_met(goal, figure):
    return figure <= goal.bound if goal.way == "<=" else figure >= goal.bound


def row(goal, measured):
    """(number, text, figure, bound, verdict), as shown."""
    figure = measured.figure(goal.benchmark, goal.counter)
    bound = f"{_WORDS[goal.way]} {measurements.shown(goal.bound, goal.unit)}"
    if figure is None:
        return (str(goal.number), goal.text, "not measured", bound,
                "not measured")
    return (str(goal.number), goal.text, measurements.shown(figure, goal.unit),
            bound, "yes" if is_met(goal, figure) else "**no**")


def markdown(measured, of):
    """The table of the goals in the list `of`."""
    lines = ["| | what | measured | goal | met |", "|---|---|---|---|---|"]
    lines += ["| " + " | ".join(row(goal, measured)) + " |" for goal in of]
    return "\n".join(lines)


def where(measured, system):
    """On what it was measured."""
    context = measured.context
    if not context:
        return "Nothing was measured yet."
    return (f"Measured on {context['date'][:10]}, {system}, "
            f"{context['num_cpus']} CPUs at {context['mhz_per_cpu']} MHz.")


def counts(measured):
    """(met, not met, not measured)."""
    figures = [(goal, measured.figure(goal.benchmark, goal.counter))
               for goal in goals.GOALS]
    met = sum(f is not None and is_met(g, f) for g, f in figures)
    missing = sum(f is None for _, f in figures)
    return met, len(figures) - met - missing, missing


def put_between(page, text):
    """`page` with `text` between its marks. Raises ValueError without them."""
    begin, end = page.find(BEGIN), page.find(END)
    if begin < 0 or end < begin or page.count(BEGIN) + page.count(END) != 2:
        raise ValueError(f"there must be {BEGIN} and then {END}, once each")
    return f"{page[:begin]}{BEGIN}\n\n{text}\n\n{page[end:]}"
