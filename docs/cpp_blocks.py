#!/usr/bin/env python3
"""Writes all C++ blocks of some pages as one source file, to be compiled.

    cpp_blocks.py PAGE... >blocks.cc

Each block stands in a namespace of its own, its #include lines at the top of
the file; errors name the page and its line. What a block leaves out stands in a
comment of the page, which readers do not see, right before the block:

    <!-- cpp
    struct Client {};
    void Example() {
    ...
    }
    -->

with the block in place of the dots (or at the end, without dots). A comment that
begins with "<!-- cpp page" is for all blocks of its page.
"""

import re
import sys

import markdown

_INCLUDE = re.compile(r'#include ["<].*')


def _without_includes(text, includes):
    """`text` with an empty line for each #include, which go to `includes`."""
    lines = []
    for line in text.split("\n"):
        if _INCLUDE.match(line):
            includes.add(line)
            line = ""
        lines.append(line)
    return "\n".join(lines)


def _at(path, line, text):
    return '#line %d "%s"\n%s\n' % (line, path, text)


def _parts(block):
    """The block within what its comment puts around it, each with its line."""
    if block.wrapper is None or block.wrapper.kind != "cpp":
        return [(block.line, block.text)]
    before, dots, after = ("\n" + block.wrapper.text).partition("\n...\n")
    line = block.wrapper.line
    parts = [(line, before[1:]), (block.line, block.text)]
    if dots:
        parts.append((line + before.count("\n") + 1, after))
    return parts


def source(pages):
    """The source for `pages`, a list of (path, text)."""
    includes, body = set(), []
    for path, text in pages:
        blocks, comments = markdown.blocks_and_comments(text)
        body.append("namespace %s {\n" % re.sub(r"\W", "_", path))
        for comment in comments:
            if comment.kind == "cpp page":
                body.append(_at(path, comment.line,
                                _without_includes(comment.text, includes)))
        for block in blocks:
            if block.info != "cpp":
                continue
            body.append("namespace line_%d {\n" % block.line)
            for line, part in _parts(block):
                body.append(_at(path, line, _without_includes(part, includes)))
            body.append("}\n")
        body.append("}\n")
    return "".join(line + "\n" for line in sorted(includes)) + "".join(body)


if __name__ == "__main__":
    files = []
    for name in sys.argv[1:]:
        with open(name, encoding="utf-8") as file:
            files.append((name, file.read()))
    sys.stdout.write(source(files))
