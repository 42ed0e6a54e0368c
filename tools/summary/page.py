"""The summary as one HTML page, which needs nothing but itself."""

import html

from summary import picture, table
from summary.text import counted, fit

# Browsers are slow with more rows and pictures than these.
MOST_ROWS = 1000
MOST_PICTURES = 60

_LONGEST = 1000  # columns of a text

_HEAD = """<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy"
 content="default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'">
<meta name="viewport" content="width=device-width">
<title>Leaktrap: leaks</title>
<style>
:root { color-scheme: light dark; --back: #fff; --text: #1c1e21; --dim: #5c636b;
 --rule: #d5d9de; --bad: #b3261e; --threads: #1f5fbf; --descriptors: #a04b00;
 --connections: #1a7a3c; --processes: #7a3fb0; --others: #5c636b; }
@media (prefers-color-scheme: dark) {
 :root { --back: #15181c; --text: #e6e8ea; --dim: #a0a8b0; --rule: #3a4048;
  --bad: #ff8a80; --threads: #7db4ff; --descriptors: #ffb066;
  --connections: #6fd08c; --processes: #c79bff; --others: #a0a8b0; } }
body { background: var(--back); color: var(--text); max-width: 75rem;
 margin: 1.5rem auto; padding: 0 1rem; font: 15px/1.45 system-ui, sans-serif; }
h1 { font-size: 1.4rem; } h2 { font-size: 1.1rem; margin-top: 2rem; }
h3 { font-size: 1rem; margin: 1.2rem 0 .2rem; overflow-wrap: anywhere; }
.dim { color: var(--dim); }
table { border-collapse: collapse; width: 100%; }
th, td { text-align: left; vertical-align: top; padding: .3rem .6rem .3rem 0;
 border-bottom: 1px solid var(--rule); overflow-wrap: anywhere; }
.number { text-align: right; white-space: nowrap; }
.growth { white-space: nowrap; } .growing { color: var(--bad); }
th button { all: unset; cursor: pointer; font-weight: 600; }
th button:focus-visible { outline: 2px solid var(--threads); }
code { font: .9em ui-monospace, monospace; }
svg { width: 100%; height: auto; } svg text { font-size: 11px; fill: var(--dim); }
svg text.end { text-anchor: end; } svg text.name { font-size: 12px; }
.axis { stroke: var(--rule); fill: none; } .line { fill: none; stroke-width: 1.6; }
.begin { stroke: var(--dim); stroke-dasharray: 2 3; } .leak { fill: var(--bad); }
.touch { fill: transparent; } .touch:hover { fill: var(--dim); fill-opacity: .15; }
.line.threads { stroke: var(--threads); }
.line.descriptors { stroke: var(--descriptors); }
.line.connections { stroke: var(--connections); }
.line.processes { stroke: var(--processes); }
.line.others { stroke: var(--others); }
</style>
</head>
<body>
<h1>Leaktrap: leaks</h1>
"""

_SCRIPT = """<script>
for (const button of document.querySelectorAll("th button"))
  button.onclick = () => {
    const th = button.parentNode, body = th.closest("table").tBodies[0];
    const key = row => row.cells[th.cellIndex].dataset.key;
    const isNumber = th.className === "number";
    const was = th.getAttribute("aria-sort");
    const sign = (was ? was === "ascending" : isNumber) ? -1 : 1;
    for (const other of th.parentNode.cells) other.removeAttribute("aria-sort");
    th.setAttribute("aria-sort", sign < 0 ? "descending" : "ascending");
    body.append(...[...body.rows].sort((a, b) => sign * (isNumber ?
        key(a) - key(b) : key(a).localeCompare(key(b)))));
  };
</script>
"""


def _text(text):
    return html.escape(fit(text, _LONGEST))


def _more(count, most, one):
    if count <= most:
        return ""
    return (f'<p class="dim">and {counted(count - most, f"more {one}")}, '
            "which the JSON has</p>\n")


def _cell(text, key, name=""):
    attribute = f' class="{name}"' if name else ""
    return f'<td{attribute} data-key="{_text(str(key))}">{text}</td>'


def _maker_row(maker):
    growth = table.growth_text(maker)
    name = "growth growing" if maker["growth"] == "growing" else "growth"
    what = _text(table.maker_text(maker))
    remarks = [table.remarks(maker), maker.get("release", "")]
    for remark in filter(None, remarks):
        what += f'<br><span class="dim">{_text(remark)}</span>'
    place = table.place_text(maker)
    where = table.where_text(maker)
    return ("<tr>" +
            _cell(f"{maker['leaks']:,}", maker["leaks"], "number") +
            _cell(f"{maker['tests']:,}", maker["tests"], "number") +
            _cell(f"{len(maker['targets']):,}", len(maker["targets"]),
                  "number") +
            _cell(growth, growth, name) +
            _cell(what, table.maker_text(maker)) +
            _cell(f"<code>{_text(place)}</code>", place) +
            _cell(_text(where), where) + "</tr>\n")


def _makers(makers):
    if not makers:
        yield "<p>No leaks.</p>\n"
        return
    yield '<h2>Makers</h2>\n<table id="makers">\n<thead><tr>'
    for name in ("leaks", "tests", "targets"):
        yield f'<th class="number"><button>{name}</button></th>'
    for name in ("in rounds", "what", "who made it", "first in"):
        yield f"<th><button>{name}</button></th>"
    yield "</tr></thead>\n<tbody>\n"
    for maker in makers[:MOST_ROWS]:
        yield _maker_row(maker)
    yield "</tbody></table>\n"
    yield _more(len(makers), MOST_ROWS, "maker")


def _section(headline, found):
    yield f"<h2>{_text(headline)}</h2>\n<table>\n"
    for count, what, where in found[:MOST_ROWS]:
        number = "" if count == "" else f"{count:,}"
        yield (f'<tr><td class="number">{number}</td><td>{_text(what)}<br>'
               f'<span class="dim">{_text(where)}</span></td></tr>\n')
    yield "</table>\n"
    yield _more(len(found), MOST_ROWS, "line")


def _timelines(timelines):
    pictures = ((name, picture.svg(one)) for name, one in
                timelines[:MOST_PICTURES])
    drawn = [(name, svg) for name, svg in pictures if svg]
    if not drawn:
        return
    yield ("<h2>Alive after each test</h2>\n"
           '<p class="dim">Each number on the left is the most. A dashed line: '
           "another process begins. A red mark: the test leaked. A gap: it could "
           "not be looked.</p>\n")
    for name, svg in drawn:
        yield f"<h3>{_text(name)}</h3>\n{svg}\n"
    if len(timelines) > MOST_PICTURES:
        yield ('<p class="dim">and '
               f"{counted(len(timelines) - MOST_PICTURES, 'more target')}, with "
               "fewer leaks</p>\n")


def pieces(document, timelines):
    """The page, piece by piece."""
    yield _HEAD
    yield f"<p>{_text(table.totals_text(document['totals']))}</p>\n"
    yield from _makers(document["makers"])
    for headline, found in table.sections(document):
        if found:
            yield from _section(headline, found)
    yield from _timelines(timelines)
    yield _SCRIPT
    yield "</body>\n</html>\n"
