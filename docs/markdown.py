"""What the checks of the pages need of Markdown: fenced blocks, links, anchors."""

import collections
import re
import sys

sys.dont_write_bytecode = True

# `info` is what follows the fence ("sh fails"), `line` the number of the first
# line of `text`. `wrapper` is the text of a comment that stands right before.
Block = collections.namedtuple("Block", "info text line wrapper section")

# A hidden comment of a page: <!-- cpp ... -->
Comment = collections.namedtuple("Comment", "kind text line")

_COMMENT_BEGIN = re.compile(r"<!-- (cpp(?: page)?)\s*$")


def blocks_and_comments(page):
    """All fenced blocks of `page` (a text), and all its comments for them.

    Raises ValueError where a block or a comment has no end.
    """
    blocks, comments = [], []
    lines = page.split("\n")
    section, before, i = "", None, 0
    while i < len(lines):
        line = lines[i]
        comment = _COMMENT_BEGIN.match(line)
        if line.startswith("```"):
            end = _find(lines, i + 1, lambda text: text.rstrip() == "```")
            text = "".join(l + "\n" for l in lines[i + 1:end])
            blocks.append(Block(line[3:].strip(), text, i + 2, before, section))
            before, i = None, end
        elif comment:
            end = _find(lines, i + 1, lambda text: text.rstrip() == "-->")
            text = "".join(l + "\n" for l in lines[i + 1:end])
            before = Comment(comment.group(1), text, i + 2)
            comments.append(before)
            i = end
        elif line.strip():
            before = None
            if line.startswith("## "):
                section = line[3:].strip()
        i += 1
    return blocks, comments


def _find(lines, begin, is_end):
    for i in range(begin, len(lines)):
        if is_end(lines[i]):
            return i
    raise ValueError("line %d: what begins here has no end" % begin)


def _prose(page):
    """`page` without its blocks and comments; lines keep their numbers."""
    out, end = [], None
    for line in page.split("\n"):
        if end is not None:
            out.append("")
            if line.rstrip() == end:
                end = None
        elif line.startswith("```"):
            out.append("")
            end = "```"
        elif _COMMENT_BEGIN.match(line):
            out.append("")
            end = "-->"
        else:
            out.append(line)
    return out


_LINK = re.compile(
    r"\]\(([^()\s]+)\)"
    r"|(?:href|src|srcset)=\"([^\"]+)\""
)


def links(page):
    """All links of `page`, as (number of the line, target)."""
    for number, line in enumerate(_prose(page), 1):
        # Code in a line is no link.
        for match in _LINK.finditer(re.sub(r"`[^`]*`", "", line)):
            yield number, match.group(1) or match.group(2)


def anchors(page):
    """The anchors of a page's headings, as GitHub makes them."""
    seen = collections.Counter()
    names = set()
    for line in _prose(page):
        heading = re.match(r"#{1,6}\s+(.*?)\s*$", line)
        if not heading:
            continue
        text = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", heading.group(1))
        name = re.sub(r"[^\w\- ]", "", text.lower()).replace(" ", "-")
        names.add(name if not seen[name] else "%s-%d" % (name, seen[name]))
        seen[name] += 1
    return names
