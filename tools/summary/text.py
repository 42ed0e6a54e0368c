"""Text of others as it can be shown: one line, and so many columns wide."""

import unicodedata

# Controls, marks that show nothing or turn the direction of writing, halves of
# characters, what ends a line, and what nobody has given a meaning.
_HIDDEN = {"Cc", "Cf", "Cs", "Cn", "Co", "Zl", "Zp"}

DOTS = "..."


def _spelled(char):
    code = ord(char)
    if code < 0x100:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


def shown(text):
    """`text` with what cannot be shown spelled out."""
    if text.isascii() and text.isprintable():
        return text
    return "".join(_spelled(c) if unicodedata.category(c) in _HIDDEN else c
                   for c in text)


def _columns(char):
    if unicodedata.combining(char):
        return 0
    return 2 if unicodedata.east_asian_width(char) in "WF" else 1


def width(text):
    """How many columns shown text takes in a terminal."""
    return len(text) if text.isascii() else sum(map(_columns, text))


def _head(text, columns):
    """As many of the first characters as there is room for."""
    if text.isascii():
        return text[:columns]
    taken = 0
    for place, char in enumerate(text):
        taken += _columns(char)
        if taken > columns:
            return text[:place]
    return text


def fit(text, columns):
    """Shown text without its middle, if it is wider than that."""
    # What would not be shown is not looked at, however long it is.
    if len(text) > 8 * columns:
        text = text[:4 * columns] + DOTS + text[-4 * columns:]
    text = shown(text)
    if width(text) <= columns:
        return text
    room = columns - len(DOTS)
    tail = _head(text[::-1], room // 2)[::-1]
    return _head(text, room - width(tail)) + DOTS + tail


def counted(count, one, several=None):
    """"1 leak", "1,234 leaks"."""
    return f"{count:,} {one if count == 1 else several or one + 's'}"
