"""A timeline as SVG: one lane for each kind that was ever alive."""

import html

from summary.report import KINDS
from summary.text import shown

LEFT = 130  # where the lanes begin; before it stands what they are
WIDTH = 900
RIGHT = 10
LANE = 46
GAP = 14
FOOT = 22
# More than these are no lines any more, but a grey area.
MOST_PROCESSES = 60


def _steps(points, kind, scale):
    """The path of a lane, anew for each process and after a gap."""
    path, x, is_down = [], LEFT, False
    for point in points:
        after = x + point.tests * scale.x
        if point.alive is None:
            is_down = False
        else:
            y = scale.y(kind, point.alive[kind])
            start = "V" if is_down and not point.begins else f"M{x:.1f} "
            path.append(f"{start}{y:.1f}H{after:.1f}")
            is_down = True
        x = after
    return "".join(path)


class _Scale:
    """From tests and numbers to places in the picture."""

    def __init__(self, points, peaks):
        self.lanes = [kind for kind, peak in enumerate(peaks) if peak] or [0]
        self.tests = sum(point.tests for point in points)
        self.x = (WIDTH - LEFT - RIGHT) / max(self.tests, 1)
        self.height = len(self.lanes) * (LANE + GAP) + FOOT
        self._peaks = peaks

    def top(self, kind):
        return GAP + self.lanes.index(kind) * (LANE + GAP)

    def y(self, kind, number):
        return self.top(kind) + LANE * (1 - number / max(self._peaks[kind], 1))


def _lane(points, kind, scale, peak):
    top, bottom = scale.top(kind), scale.top(kind) + LANE
    word = KINDS[kind]
    return (f'<text x="{LEFT - 8}" y="{bottom - LANE / 2 + 4:.0f}" '
            f'class="end name">{word}</text>'
            f'<text x="{LEFT - 8}" y="{top + 4}" class="end">{peak:,}</text>'
            f'<text x="{LEFT - 8}" y="{bottom + 4}" class="end">0</text>'
            f'<path class="axis" d="M{LEFT} {top}H{WIDTH - RIGHT}'
            f'M{LEFT} {bottom}H{WIDTH - RIGHT}"/>'
            f'<path class="line {word}" d="{_steps(points, kind, scale)}"/>')


def _title(point):
    """What stands there when the mouse rests on a point."""
    if point.alive is None:
        alive = "could not look"
    else:
        alive = ", ".join(f"{word} {number:,}" for word, number in
                          zip(KINDS, point.alive) if number)
    text = f"{shown(point.test)}: {alive}"
    if point.leaked:
        text += "; leaked"
    if point.tests > 1:
        text += f" (the most of {point.tests:,} tests)"
    return html.escape(text)


def svg(timeline):
    """The picture, or "" if it could be looked after no test."""
    points = timeline.points()
    if all(point.alive is None for point in points):
        return ""
    scale = _Scale(points, timeline.peaks)
    bottom = scale.height - FOOT
    pieces = [
        f'<svg viewBox="0 0 {WIDTH} {scale.height}" role="img" '
        'aria-label="alive after each test">']
    pieces += [_lane(points, kind, scale, timeline.peaks[kind])
               for kind in scale.lanes]
    x = LEFT
    for place, point in enumerate(points):
        wide = point.tests * scale.x
        if point.begins and place and timeline.processes() <= MOST_PROCESSES:
            pieces.append(f'<path class="begin" d="M{x:.1f} 0V{bottom}"/>')
        if point.leaked:
            pieces.append(f'<rect class="leak" x="{x:.1f}" y="{bottom}" '
                          f'width="{max(wide, 2):.1f}" height="6"/>')
        pieces.append(f'<rect class="touch" x="{x:.1f}" y="0" '
                      f'width="{wide:.1f}" height="{bottom + 6}">'
                      f'<title>{_title(point)}</title></rect>')
        x += wide
    foot = f"{scale.tests:,} {'test' if scale.tests == 1 else 'tests'}"
    if timeline.processes() > 1:
        foot += f" in {timeline.processes():,} processes"
    pieces.append(f'<text x="{WIDTH - RIGHT}" y="{scale.height - 4}" '
                  f'class="end">{foot}</text></svg>')
    return "".join(pieces)
