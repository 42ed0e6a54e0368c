#!/usr/bin/env python3
"""Checks the rules of the house that no compiler checks.

usage: tools/house.py [ROOT]

A line for each rule, "ok NAME" or "FAILED NAME" with what breaks it below; the
last line is "N passed, N failed". Exits 0 only if nothing failed. ROOT is the
tree to look at, this one by default: what git knows there or would add, all
files where it is no git repository.
"""

import ast
import fnmatch
import os
import re
import shutil
import subprocess
import sys

# From the ground up: a room includes only what stands above it, and itself.
ROOMS = [
    "lib/leaktrap/system",
    "lib/leaktrap/resource",
    "lib/leaktrap/pool",
    "lib/leaktrap/stack",
    "lib/leaktrap/origin",
    "lib/leaktrap/gauge",
    "lib/leaktrap/probe",
    "lib/leaktrap/check",
    "lib/leaktrap/report",
    "lib/leaktrap/adapters",
    "testing/leaktrap",
    "testing/child",
    "testing/servers",
    "testing/recipes",
    "examples",
]

WITHOUT_ABSEIL = [
    "lib/leaktrap/system/", "lib/leaktrap/resource/", "lib/leaktrap/pool/",
    "lib/leaktrap/gauge/",
]

# What users include, and where it lies.
PUBLIC = {
    "leaktrap/adapters/curl/watch.h": "lib",
    "leaktrap/adapters/hiredis/async_inspector.h": "lib",
    "leaktrap/adapters/hiredis/client_probe.h": "lib",
    "leaktrap/adapters/hiredis/inspector.h": "lib",
    "leaktrap/adapters/hiredis/server_inspector.h": "lib",
    "leaktrap/adapters/libpq/inspector.h": "lib",
    "leaktrap/adapters/libpq/session_probe.h": "lib",
    "leaktrap/adapters/libpqxx/inspector.h": "lib",
    "leaktrap/allow.h": "testing",
    "leaktrap/check/options.h": "lib",
    "leaktrap/environment.h": "testing",
    "leaktrap/find_leaks.h": "testing",
    "leaktrap/flags.h": "testing",
    "leaktrap/gauge/gauge.h": "lib",
    "leaktrap/leak_scope.h": "testing",
    "leaktrap/leaktrap.h": "testing",
    "leaktrap/pool/checkout.h": "lib",
    "leaktrap/pool/connection_pool.h": "lib",
    "leaktrap/pool/lease_ledger.h": "lib",
    "leaktrap/pool/lease_tracker.h": "lib",
    "leaktrap/probe/probe.h": "lib",
    "leaktrap/resource/identity.h": "lib",
    "leaktrap/resource/kind.h": "lib",
    "leaktrap/resource/origin.h": "lib",
    "leaktrap/resource/resource.h": "lib"}
# Projects of users', which stand outside of the house.
VISITORS = "testing/consumers/"
COMPILED = "testing/leaktrap/headers/"

LONGEST = 400  # lines

FOR_TESTS = re.compile(r"_test\.cc$|_for_test\.(h|cc)$|_benchmark\.cc$|_fuzzer\.cc$")
SOURCE = re.compile(r"\.(h|cc|S)$")
INCLUDE = re.compile(r'^\s*#\s*include\s+["<]([^">]+)[">]', re.MULTILINE)


class Tree:
    """The files below a folder."""

    def __init__(self, root):
        self.root = root
        self.paths = sorted(self._list())
        self._texts = {}

    def _list(self):
        if os.path.exists(os.path.join(self.root, ".git")):
            # A file that is deleted and not committed is listed all the same.
            listed = subprocess.run(
                ["git", "ls-files", "-z", "-co", "--exclude-standard"],
                cwd=self.root, check=True, stdout=subprocess.PIPE).stdout
            names = [name for name in listed.decode().split("\0") if name]
            return [n for n in names if os.path.isfile(self._path(n))]
        return [
            os.path.relpath(os.path.join(folder, name), self.root)
            for folder, _, names in os.walk(self.root) for name in names]

    def _path(self, name):
        return os.path.join(self.root, name)

    def text(self, name):
        if name not in self._texts:
            with open(self._path(name), encoding="utf-8",
                      errors="replace") as file:
                self._texts[name] = file.read()
        return self._texts[name]

    def sources(self, *folders):
        folders = folders or ("lib/", "testing/", "examples/")
        return [p for p in self.paths
                if SOURCE.search(p) and p.startswith(folders) and
                not p.startswith(VISITORS)]

    def headers(self):
        return [p for p in self.sources() if p.endswith(".h")]

    def includes(self, name):
        return INCLUDE.findall(self.text(name))


def room_of_file(name):
    for number, room in enumerate(ROOMS):
        if name.startswith(room + "/"):
            return number
    return None


def room_of_include(header):
    for number, room in enumerate(ROOMS):
        if room.startswith("lib/") and header.startswith(room[4:] + "/"):
            return number
    for prefix, room in (("leaktrap/", "testing/leaktrap"),
                         ("children/", "testing/leaktrap"),
                         ("child/", "testing/child"),
                         ("servers/", "testing/servers"),
                         ("recipes/", "testing/recipes"),
                         ("examples/", "examples")):
        if header.startswith(prefix):
            return ROOMS.index(room)
    return None


def arrows(tree):
    """A room includes only rooms above it."""
    for name in tree.sources():
        own = room_of_file(name)
        if own is None:
            yield f"{name}: stands in no room"
            continue
        tests_itself = ROOMS[own] == "testing/leaktrap"
        is_test_of_adapter = (ROOMS[own] == "lib/leaktrap/adapters" and
                              FOR_TESTS.search(name))
        for header in tree.includes(name):
            room = room_of_include(header)
            if room is None or room <= own:
                continue
            if tests_itself and ROOMS[room] in ("testing/child",
                                                "testing/servers"):
                continue  # its tests run children, and servers
            if is_test_of_adapter and ROOMS[room].startswith("testing/"):
                continue  # a real server, and Leaktrap as users have it
            yield f"{name}: includes {header}, of a room below its own"


def gtest(tree):
    """lib/ never includes GoogleTest; its tests do."""
    for name in tree.sources("lib/"):
        if FOR_TESTS.search(name):
            continue
        for header in tree.includes(name):
            if header.startswith(("gtest/", "gmock/", "benchmark/")):
                yield f"{name}: includes {header}"


def abseil(tree):
    """What production code links has no Abseil."""
    for name in tree.sources(*WITHOUT_ABSEIL):
        if FOR_TESTS.search(name):
            continue
        for header in tree.includes(name):
            if header.startswith("absl/"):
                yield f"{name}: includes {header}"


def examples(tree):
    """Examples include what users include."""
    for name in tree.sources("examples/"):
        for header in tree.includes(name):
            if not header.startswith("leaktrap/") or header in PUBLIC:
                continue
            if FOR_TESTS.search(name) and header.startswith(
                    "leaktrap/scenarios/"):
                continue
            yield f"{name}: includes {header}, which is not for users"


def names_in(build):
    """Whether a BUILD file has a path, by itself, a glob, or name + ending."""
    strings, endings = set(), set()
    for node in ast.walk(ast.parse(build)):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            strings.add(node.value)
        elif isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
            if isinstance(node.right, ast.Constant):
                endings.add(node.right.value)
    return lambda path: path in strings or any(
        "*" in glob and fnmatch.fnmatchcase(path, glob) for glob in strings
    ) or any(
        path.endswith(ending) and path[:-len(ending)] in strings
        for ending in endings if ending)


def targets(tree):
    """Every source stands in a target."""
    known = set(tree.paths)
    for name in tree.sources():
        folder = os.path.dirname(name)
        while folder and f"{folder}/BUILD.bazel" not in known:
            folder = os.path.dirname(folder)
        build = os.path.join(folder, "BUILD.bazel")
        if build not in known:
            yield f"{name}: there is no BUILD.bazel above it"
            continue
        if not names_in(tree.text(build))(os.path.relpath(name, folder)):
            yield f"{name}: {build} does not name it"


def linkstatic(tree):
    """A library stays inside of the executable (DESIGN.md, section 3)."""
    for name in tree.paths:
        if os.path.basename(name) != "BUILD.bazel" or not name.startswith(
                ("lib/", "testing/", "examples/")):
            continue
        for node in ast.walk(ast.parse(tree.text(name))):
            if not isinstance(node, ast.Call) or getattr(
                    node.func, "id", "") != "cc_library":
                continue
            if not any(word.arg == "linkstatic" and
                       getattr(word.value, "value", None) is True
                       for word in node.keywords):
                yield f"{name}:{node.lineno}: without linkstatic = True"


def length(tree):
    """A file is read in one sitting."""
    for name in tree.paths:
        if re.search(r"\.(h|cc|S|py|sh|bzl)$", name):
            lines = tree.text(name).count("\n")
            if lines > LONGEST:
                yield f"{name}: has {lines} lines, more than {LONGEST}"


def guard_of(name):
    for prefix, instead in (("lib/leaktrap/", "leaktrap/"),
                            ("testing/leaktrap/", "leaktrap/"),
                            ("testing/", "leaktrap/testing/")):
        if name.startswith(prefix):
            name = instead + name[len(prefix):]
            break
    return re.sub(r"[^A-Z0-9]", "_", name.upper()) + "_"


def guards(tree):
    """Include guards are named by the path in #include."""
    for name in tree.headers():
        guard = guard_of(name)
        lines = tree.text(name).split("\n")
        opens = any(a == f"#ifndef {guard}" and b == f"#define {guard}"
                    for a, b in zip(lines, lines[1:]))
        if not opens or f"#endif  // {guard}" not in lines[-2:]:
            yield f"{name}: its guard is not {guard}"


def banners(tree):
    """A header says first what it is for."""
    for name in tree.headers():
        if not re.match(r"// \S.{10}", tree.text(name)):
            yield f"{name}: does not begin with a comment on what it is for"


def examples_of(header):
    """The pieces of code in the comment that a header opens with."""
    blocks, block = [], []
    for line in header[:header.find("#ifndef")].split("\n") + ["//."]:
        if line.startswith("//   "):
            block.append(line[2:])
        elif line != "//" and block:
            blocks.append(block)
            block = []
    # A list of flags is no code; "..." stands for what the reader has.
    return [[re.sub(r"\s", "", piece) for piece in "\n".join(b).split("...\n")]
            for b in blocks if not b[0].lstrip().startswith("--")]


def stands_in(pieces, text):
    at = 0
    for piece in pieces:
        at = text.find(piece, at)
        if at < 0:
            return False
        at += len(piece)
    return True


def public_headers(tree):
    """Each compiles alone and opens with an example that is compiled."""
    known = set(tree.paths)
    compiled = [re.sub(r"\s", "", tree.text(p)) for p in tree.paths
                if p.startswith(COMPILED) and p.endswith(".cc")]
    build = COMPILED + "BUILD.bazel"
    alone = tree.text(build) if build in known else ""
    for header, folder in PUBLIC.items():
        name = f"{folder}/{header}"
        if name not in known:
            yield f"{name}: is not there"
            continue
        if f'"{header}"' not in alone:
            yield f"{name}: {build} does not compile it alone"
        blocks = examples_of(tree.text(name))
        if not blocks:
            yield f"{name}: opens with no example"
        for block in blocks:
            if not any(stands_in(block, text) for text in compiled):
                yield (f"{name}: no file in {COMPILED} has its example "
                       f"{block[0][:40]}...")
    main = "testing/leaktrap/leaktrap.h"
    for header in tree.includes(main) if main in known else []:
        if header not in PUBLIC:
            yield f"{main}: hands on {header}, which tools/house.py does not know"


def uses_never(tree):
    """What must not be used (DESIGN.md, section 5)."""
    never = (
        (r"\babsl::Mutex\b", "absl::Mutex, which ThreadSanitizer does not see"),
        (r"include <libunwind\.h>", "libunwind, which takes over exceptions"),
        (r"\bstd::regex\b", "std::regex, which is slow and recurses"),
    )
    for name in tree.sources("lib/", "testing/leaktrap/"):
        if FOR_TESTS.search(name):
            continue
        for pattern, what in never:
            if re.search(pattern, tree.text(name)):
                yield f"{name}: uses {what}"


def formatting(tree):
    """As clang-format has it."""
    names = [n for n in tree.sources() if not n.endswith(".S")]
    if not names:
        return
    run = subprocess.run(
        ["clang-format", "--dry-run", "-Werror", *names], cwd=tree.root,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
    output = run.stdout.decode(errors="replace")
    wrong = sorted(set(re.findall(r"^(\S+?):\d+:\d+: ", output, re.M)))
    for name in wrong:
        yield f"{name}: clang-format -i changes it"
    if run.returncode != 0 and not wrong:
        yield f"clang-format fails: {output}"


RULES = [arrows, gtest, abseil, examples, targets, linkstatic, length, guards,
         banners, public_headers, uses_never, formatting]


def main(arguments):
    if len(arguments) > 1:
        print(__doc__, file=sys.stderr)
        return 2
    here = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
    tree = Tree(arguments[0] if arguments else here)
    if not tree.sources():
        print(f"no sources in {tree.root}")
        print("0 passed, 1 failed")
        return 1
    passed = failed = 0
    for rule in RULES:
        if rule is formatting and shutil.which("clang-format") is None:
            print("skipped formatting: there is no clang-format")
            continue
        problems = list(rule(tree))
        if problems:
            failed += 1
            print(f"FAILED {rule.__name__}: {rule.__doc__}")
            for problem in problems:
                print(f"  {problem}")
        else:
            passed += 1
            print(f"ok {rule.__name__}")
    print(f"{passed} passed, {failed} failed")
    return 0 if failed == 0 else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
