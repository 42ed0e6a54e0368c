#!/usr/bin/env python3
"""The tables of docs/reference.md, and a program of the calls that stand there.

    reference_page.py docs/reference.md >calls.cc

The program does each call on options of its own and prints, in a line each, what
they say.
"""

import re
import sys

PAGE = "docs/reference.md"

PROGRAM = """\
#include <chrono>
#include <iostream>
#include <string>

#include "leaktrap/check/options.h"

using leaktrap::Kind;
using leaktrap::Options;

int main() {
%s}
"""

CALL = """\
  {
    Options options;
    %s;
    for (const std::string& error : options.errors()) std::cout << error;
    std::cout << "\\n";
  }
"""


def rows(page, heading):
    """The rows of the tables whose first cell's heading is `heading`."""
    found, is_it = [], False
    for line in page.split("\n"):
        if not line.startswith("|"):
            is_it = False
            continue
        cells = [cell.strip() for cell in re.split(r"(?<= )\|(?= )", line[1:-1])]
        if cells[0] == heading:
            is_it = True
        elif is_it and not line.startswith("|---"):
            found.append([re.sub(r"^`(.*)`$", r"\1", cell) for cell in cells])
    return found


def program(page):
    return PROGRAM % "".join(CALL % call for call, _ in rows(page, "call"))


if __name__ == "__main__":
    with open(sys.argv[1], encoding="utf-8") as file:
        sys.stdout.write(program(file.read()))
