#!/usr/bin/env python3
"""The tables of docs/reference.md, and programs of the code that stands there.

    reference_page.py calls docs/reference.md >calls.cc
    reference_page.py macros docs/reference.md >macros.cc

The first does each call on options of its own and prints, in a line each, what
they say. The second has a test for each use of a macro, numbered from 0.
"""

import re
import sys

PAGE = "docs/reference.md"

CALLS = """\
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

MACROS = """\
#include <thread>

#include "gtest/gtest.h"
#include "leaktrap/leaktrap.h"

using leaktrap::Kind;

%s"""

MACRO = """\
TEST(Macro, Number%d) { %s; }
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


def calls(page):
    return CALLS % "".join(CALL % call for call, _ in rows(page, "call"))


def macros(page):
    return MACROS % "".join(MACRO % (number, row[0]) for number, row in
                            enumerate(rows(page, "macro")))


if __name__ == "__main__":
    with open(sys.argv[2], encoding="utf-8") as file:
        sys.stdout.write({"calls": calls, "macros": macros}[sys.argv[1]](
            file.read()))
