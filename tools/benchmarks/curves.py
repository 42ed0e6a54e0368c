"""The curves as SVG, by hand: two logarithmic axes, and a name at each line."""

import html
import math

from benchmarks import measurements

WIDTH, HEIGHT = 720, 400
LEFT, RIGHT, TOP, BOTTOM = 76, 190, 50, 52
LINE = 16  # between two names

# Told apart also without colours: by dashes, and by the order of the names.
_STYLES = {
    "naive": ("#b35900", ""),
    "scan": ("#8250df", "7 4"),
    "unrecorded": ("#1a7f37", ""),
    "recorded": ("#0969da", ""),
    "printing": ("#6e7781", "2 4"),
}


class _Axis:
    """From a figure to a place. `low` and `high` are powers of ten, and a zero
    stands at `low`."""

    def __init__(self, low, high, begin, end):
        self._low, self._high = low, high
        self._begin, self._end = begin, end

    def place(self, figure):
        power = math.log10(figure) if figure > 0 else self._low
        part = (power - self._low) / (self._high - self._low)
        return self._begin + part * (self._end - self._begin)

    def decades(self):
        return [10.0**power for power in range(self._low, self._high + 1)]


def _axis_of_sizes(sizes, begin, end):
    """From the first to the last; a zero is a decade before the least."""
    low = math.log10(min(size for size in sizes if size > 0))
    return _Axis(low - 1 if 0 in sizes else low, math.log10(max(sizes)), begin,
                 end)


def _axis_of_times(times, begin, end):
    """Whole decades."""
    low = math.floor(math.log10(min(times, default=1)))
    high = math.ceil(math.log10(max(times, default=1)))
    return _Axis(low, max(high, low + 1), begin, end)


def points(series, xs, measured):
    """(x, nanoseconds) of what was measured and is above zero."""
    found = []
    for x in xs:
        figure = measured.figure(series.benchmark.format(x), series.counter)
        if figure is not None and figure > 0:
            found.append((x, figure * series.scale))
    return found


def apart(places, least, bottom):
    """The places, so moved that none is nearer than `least` to the next, and
    none below `bottom`."""
    order = sorted(range(len(places)), key=lambda i: places[i])
    moved = list(places)
    for before, after in zip(order, order[1:]):
        moved[after] = max(moved[after], moved[before] + least)
    limit = bottom
    for i in reversed(order):
        moved[i] = min(moved[i], limit)
        limit = moved[i] - least
    return moved


def _text(x, y, text, anchor="start", more=""):
    return (f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}"{more}>'
            f"{html.escape(text)}</text>")


def _frame(curve, x_axis, y_axis):
    right, bottom = WIDTH - RIGHT, HEIGHT - BOTTOM
    parts = [_text(LEFT, 26, curve.title, more=' class="title"')]
    for time in y_axis.decades():
        y = y_axis.place(time)
        parts.append(f'<path class="grid" d="M{LEFT} {y:.1f}H{right}"/>')
        parts.append(_text(LEFT - 8, y + 4, measurements.shown(time, "ns"),
                           "end"))
    for x in curve.xs:
        place = x_axis.place(x)
        parts.append(f'<path class="tick" d="M{place:.1f} {bottom}v5"/>')
        if x == curve.xs[-1] or x_axis.place(curve.xs[-1]) - place > 55:
            parts.append(_text(place, bottom + 20, f"{x:,}", "middle"))
    parts.append(f'<path class="axis" d="M{LEFT} {TOP}V{bottom}H{right}"/>')
    parts.append(_text((LEFT + right) / 2, HEIGHT - 12, curve.x_label, "middle"))
    return parts


def _line(style, places):
    colour, dashes = _STYLES[style]
    path = "L".join(f"{x:.1f} {y:.1f}" for x, y in places)
    dashed = f' stroke-dasharray="{dashes}"' if dashes else ""
    dots = "".join(f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3.5" fill="{colour}"/>'
                   for x, y in places)
    return f'<path class="line" stroke="{colour}"{dashed} d="M{path}"/>{dots}'


def svg(curve, measured):
    """The picture; it says so where nothing was measured."""
    right, bottom = WIDTH - RIGHT, HEIGHT - BOTTOM
    lines = [(series, points(series, curve.xs, measured))
             for series in curve.series]
    drawn = [(series, found) for series, found in lines if found]
    x_axis = _axis_of_sizes(curve.xs, LEFT + 14, right - 6)
    y_axis = _axis_of_times([time for _, found in drawn for _, time in found],
                            bottom, TOP)
    parts = _frame(curve, x_axis, y_axis)
    ends = apart([y_axis.place(found[-1][1]) for _, found in drawn], LINE, bottom)
    for (series, found), end in zip(drawn, ends):
        places = [(x_axis.place(x), y_axis.place(time)) for x, time in found]
        parts.append(_line(series.style, places))
        colour = _STYLES[series.style][0]
        x, y = places[-1]
        parts.append(f'<path class="lead" stroke="{colour}" '
                     f'd="M{x + 5:.1f} {y:.1f}L{right + 8} {end:.1f}"/>')
        parts.append(_text(right + 12, end + 4, series.label,
                           more=f' fill="{colour}" class="name"'))
    missing = [series.label for series, found in lines if not found]
    if missing:
        parts.append(_text(LEFT + 14, TOP + 16,
                           "not measured: " + ", ".join(missing)))
    return "\n".join([
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" '
        f'height="{HEIGHT}" viewBox="0 0 {WIDTH} {HEIGHT}" '
        'font-family="sans-serif" font-size="12" fill="#424a53">',
        f"<title>{html.escape(curve.title)}</title>",
        "<style>",
        ".title { font-size: 15px; font-weight: bold; fill: #1f2328; }",
        ".name { font-weight: bold; }",
        ".grid { stroke: #d8dee4; } .lead { stroke-width: 1; opacity: 0.5; }",
        ".axis, .tick { fill: none; stroke: #57606a; }",
        ".line { fill: none; stroke-width: 2.2; }",
        "</style>",
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="#ffffff"/>',
        *parts, "</svg>", ""])
