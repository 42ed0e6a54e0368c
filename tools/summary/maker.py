"""Makers of leaks: what is one and the same in all tests, runs and targets."""

import re

from summary.document import get

# The rules of lib/leaktrap/stack/frame_owner.cc in short: the stacks in a report
# have lost the runtime's inside already.
_RUNTIME_FUNCTION = re.compile(
    r"std::|__gnu_cxx::|__cxxabiv1::|operator (new|delete)|_*interceptor_|"
    r"__(asan|tsan|lsan|ubsan|sanitizer)|testing::|leaktrap::|_start\b|__libc_")
_RUNTIME_FILE = re.compile(
    r"(^|/)(include/c\+\+|libstdc\+\+-v3|libsanitizer|sysdeps|nptl|glibc)/|"
    r"^/usr/(include|lib)/")
_SYSTEM_MODULE = re.compile(r"(/usr)?/lib(64)?/")

_STATE = re.compile(r", [A-Z][A-Z0-9_]+$")

# The last six of a name in a path, which mkstemp(3) and mkdtemp(3) make up.
_MADE_UP = re.compile(r"(?<=/)([^/ ]*?)([A-Za-z0-9]{6})(?![A-Za-z0-9])")


def users_function(stack):
    """What the innermost frame of the user's own is called, or ""."""
    for frame in stack:
        function = get(frame, "function", str, "")
        if (function and not _RUNTIME_FUNCTION.match(function) and
                not _RUNTIME_FILE.search(get(frame, "file", str, "")) and
                not _SYSTEM_MODULE.match(get(frame, "module", str, ""))):
            return function
    return ""


def _without_made_up(match):
    name, last = match.groups()
    sorts = (str.islower, str.isupper, str.isdigit)
    is_made_up = sum(any(map(sort, last)) for sort in sorts) > 1
    return name + ("*" if is_made_up else last)


def key_of(kind, likeness, name, place):
    """What tells one maker from another.

    A likeness is what one test's leaks have in common; from run to run it may
    differ in what a thread happens to do, in a connection's state, and, where
    the place is known, in every number and in names of temporary files.
    """
    if kind == "thread":
        sort = re.sub(r"\d+", "#", name)
    else:
        if place:
            likeness = _MADE_UP.sub(_without_made_up, likeness)
        # Ports that the kernel gives out, ids: but not 5432 against 6379.
        digits = r"\d+" if place else r"\d{5,}"
        sort = re.sub(digits, "#", _STATE.sub("", likeness))
    return kind, sort, place


def growth(rounds, counts):
    """(what it is, how many a round) of a maker in one process.

    `counts` has how many it left in each round of --gtest_repeat in which it
    left any; `rounds` is how many there were. One round tells nothing: None.
    """
    if rounds < 2:
        return None, 0.0
    if set(counts) == {0}:
        return "first use", 0.0
    later = sum(count for number, count in counts.items() if number > 0)
    # What the first round left may be of first use in part.
    rate = later / (rounds - 1)
    return ("growing" if len(counts) == rounds else "now and then"), rate


# The worst first: what a maker is that is another in each of several runs.
GROWTHS = ["growing", "now and then", "first use"]
