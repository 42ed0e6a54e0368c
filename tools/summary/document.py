"""A report's JSON document (docs/json.md), and its fields, checked."""

import json

SCHEMA = "leaktrap"
VERSION = 1

_LARGEST = 2**63 - 1


class Unreadable(Exception):
    """Why a report cannot be read."""


def get(fields, key, kind, default=None):
    """fields[key], which has to be of that type, or the default."""
    value = fields.get(key)
    if value is None:
        if default is not None:
            return default
        raise Unreadable(f'a "{key}" is missing')
    if not isinstance(value, kind) or (isinstance(value, bool) and
                                       kind is not bool):
        raise Unreadable(f'a "{key}" is not of its type')
    if kind is str and not value.isascii():
        # Half a character, which nobody can print.
        return value.encode("utf-16", "surrogatepass").decode(
            "utf-16", "replace")
    if kind is int and not 0 <= value <= _LARGEST:
        raise Unreadable(f'a "{key}" is out of all range')
    return value


def objects(fields, key):
    """The list of objects that fields[key] is; empty if there is none."""
    found = get(fields, key, list, [])
    if not all(isinstance(one, dict) for one in found):
        raise Unreadable(f'"{key}" has something that is no object')
    return found


def load(data):
    """The document in `data`, or Unreadable."""
    try:
        text = data.decode("utf-8").strip()
    except UnicodeDecodeError as error:
        raise Unreadable(f"not UTF-8 at byte {error.start}") from None
    if not text:
        raise Unreadable("empty")
    try:
        document = json.loads(text)
    except RecursionError:
        raise Unreadable("nested too deeply") from None
    except ValueError as error:
        # Leaktrap itself leaves no such file behind; a copy may be one.
        cut = text[0] == "{" and text[-1] != "}"
        raise Unreadable(f"{'cut off' if cut else 'not JSON'}: "
                         f"{str(error)[:100]}") from None
    if not isinstance(document, dict) or document.get("schema") != SCHEMA:
        raise Unreadable(f'not a report: its "schema" is not "{SCHEMA}"')
    version = get(document, "version", int)
    if version != VERSION:
        raise Unreadable(f"version {version}, and not {VERSION}")
    return document
