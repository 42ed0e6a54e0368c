"""Finds JSON reports in files, folders and Bazel's zipped outputs of tests."""

import fnmatch
import os
import stat
import zipfile
import zlib

NAMES = "leaktrap*.json"
# Where Bazel puts what a test writes into TEST_UNDECLARED_OUTPUTS_DIR.
OUTPUTS = "outputs.zip"

# All that zipfile is known to raise for a broken or an encrypted archive.
_UNREADABLE = (OSError, zipfile.BadZipFile, zlib.error, EOFError, RuntimeError,
               ValueError)


def _is_report(name):
    return fnmatch.fnmatchcase(name.rsplit("/", 1)[-1], NAMES)


def _reason(error):
    if isinstance(error, OSError) and error.strerror:
        return error.strerror
    return str(error) or type(error).__name__


def _read(path):
    with open(path, "rb") as file:
        return file.read()


def _in_zip(path, unread):
    try:
        with zipfile.ZipFile(path) as archive:
            for info in archive.infolist():
                if not _is_report(info.filename):
                    continue
                name = f"{path}:{info.filename}"
                try:
                    yield name, archive.read(info)
                except _UNREADABLE as error:
                    unread(name, _reason(error))
    except _UNREADABLE as error:
        unread(path, _reason(error))


def _in_folder(folder, unread):
    def failed(error):
        unread(error.filename, _reason(error))

    for path, folders, names in os.walk(folder, onerror=failed):
        folders.sort()
        for name in sorted(names):
            if name == OUTPUTS or _is_report(name):
                yield os.path.join(path, name)


def _files(path, unread):
    """The files that `path` stands for: itself, or those in the folder."""
    if not os.path.isdir(path):
        yield path
        return
    for name in _in_folder(path, unread):
        try:
            # To open a pipe would wait for its other end.
            if not stat.S_ISREG(os.stat(name).st_mode):
                raise OSError("no regular file")
        except OSError as error:
            unread(name, _reason(error))
            continue
        yield name


def find(paths, unread):
    """(name, bytes) of each report; calls unread(name, reason) for the others.

    A file is read once, however often it is named. A path below which there is
    nothing to read is told, too.
    """
    seen = set()
    for path in paths:
        count = 0
        for name in _files(path, unread):
            count += 1
            real = os.path.realpath(name)
            if real in seen:
                continue
            seen.add(real)
            if name.endswith(".zip"):
                yield from _in_zip(name, unread)
                continue
            try:
                data = _read(name)
            except OSError as error:
                unread(name, _reason(error))
                continue
            yield name, data
        if count == 0:
            unread(path, f"no {NAMES} and no {OUTPUTS} in it")
