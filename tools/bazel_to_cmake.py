#!/usr/bin/env python3
"""Writes each folder's CMakeLists.txt from its BUILD.bazel.

BUILD.bazel says what there is; a list of the same sources and tests for CMake,
kept by hand, would fall behind. The CMakeLists.txt are part of the tree, so
that who builds with CMake needs neither Bazel nor Python.

    tools/bazel_to_cmake.py           writes them
    tools/bazel_to_cmake.py --check   tells which are not as they would be written

BUILD files are Python to the letter, in the part of Starlark that they use: they
are run, with functions in the place of rules that note what they are told. How
it is built stands in cmake/leaktrap_build.cmake.
"""

import argparse
import pathlib
import re
import sys

HEADER = """\
# Written by tools/bazel_to_cmake.py from BUILD.bazel: change that, and run it.
"""

# What users link; see CMakeLists.txt. All other libraries that are not for tests
# are parts of leaktrap::leaktrap.
PRODUCTS = {
    "//lib/leaktrap/adapters/curl:auto": "leaktrap_curl_auto",
    "//lib/leaktrap/adapters/curl:curl": "leaktrap_curl",
    "//lib/leaktrap/adapters/hiredis:client_probe": "leaktrap_hiredis_probe",
    "//lib/leaktrap/adapters/hiredis:hiredis": "leaktrap_hiredis",
    "//lib/leaktrap/adapters/libpq:libpq": "leaktrap_libpq",
    "//lib/leaktrap/adapters/libpq:session_probe": "leaktrap_libpq_probe",
    "//lib/leaktrap/adapters/libpqxx:libpqxx": "leaktrap_libpqxx",
    "//lib/leaktrap/gauge:child_count": "leaktrap_gauge",
    "//lib/leaktrap/gauge:descriptor_count": "leaktrap_gauge",
    "//lib/leaktrap/gauge:gauge": "leaktrap_gauge",
    "//lib/leaktrap/origin:descriptor_observer": "leaktrap_origin",
    "//lib/leaktrap/origin:leaktrap_static_functions": "leaktrap_recorder",
    "//lib/leaktrap/origin:ledger": "leaktrap_origin",
    "//lib/leaktrap/origin:recorder": "leaktrap_recorder",
    "//lib/leaktrap/pool:pool": "leaktrap_pool",
    "//lib/leaktrap/resource:resource": "leaktrap_gauge",
    "//lib/leaktrap/stack:capture": "leaktrap_origin",
    "//lib/leaktrap/system:system": "leaktrap_gauge",
    "//testing/leaktrap:auto": "leaktrap_auto",
    "//testing/leaktrap:auto_without_recorder": "leaktrap_auto_without_recorder",
    "//testing/leaktrap:leaktrap": "leaktrap",
    "//testing/leaktrap:main": "leaktrap_main",
    "//testing/leaktrap:main_without_recorder": "leaktrap_main_without_recorder",
}

# Where the sources of a product go, if that is not the product itself. None:
# another product has the same.
SOURCES_OF = {
    "//lib/leaktrap/adapters/curl:auto": "leaktrap_curl_auto_objects",
    "//lib/leaktrap/origin:recorder": "leaktrap_recorder_objects",
    "//lib/leaktrap/origin:static_functions": "leaktrap_static_functions",
    "//testing/leaktrap:auto": "leaktrap_registration_objects",
    "//testing/leaktrap:auto_without_recorder": None,
    "//testing/leaktrap:main": "leaktrap_main_function",
    "//testing/leaktrap:main_without_recorder": None,
}

EXTERNAL = {
    "@com_google_benchmark//:benchmark": "benchmark::benchmark",
    "@com_google_googletest//:gtest": "GTest::gmock",
    "@com_google_googletest//:gtest_main": "GTest::gmock_main",
    "@curl": "PkgConfig::leaktrap_curl",
    "@hiredis": "PkgConfig::leaktrap_hiredis",
    "@libpq": "PkgConfig::leaktrap_libpq",
    "@libpqxx": "PkgConfig::leaktrap_libpqxx",
    "@liburing": "PkgConfig::leaktrap_liburing",
    "@pugixml": "PkgConfig::leaktrap_pugixml",
}

# Seconds that Bazel gives a test of each size.
TIMEOUTS = {"small": 60, "medium": 300, "large": 900, "enormous": 3600}


def external_target(label):
    if label.startswith("@com_google_absl//"):
        return "absl::" + label.rsplit(":" if ":" in label else "/", 1)[1]
    return EXTERNAL[label]


class Rule:
    """One target of a BUILD file."""

    def __init__(self, kind, package, default_testonly, **attributes):
        self.kind = kind
        self.package = package
        self.name = attributes.pop("name")
        self.testonly = attributes.pop("testonly", default_testonly)
        self.attributes = attributes
        self.label = f"//{package}:{self.name}"

    def get(self, attribute, otherwise=()):
        return self.attributes.get(attribute, otherwise)

    def target(self):
        """The name of the CMake target."""
        return re.sub(r"[^A-Za-z0-9_]", "_", f"{self.package}/{self.name}")


class BuildFiles:
    """The targets of all BUILD files of the tree."""

    def __init__(self, root, packages):
        self.root = pathlib.Path(root)
        self.rules = {}  # label -> Rule
        for package in packages:
            self._run(package)

    def of(self, package):
        return [r for r in self.rules.values() if r.package == package]

    def _run(self, package):
        folder = self.root / package
        defaults = {"testonly": False}

        def note(kind):
            def rule(**attributes):
                made = Rule(kind, package, defaults["testonly"], **attributes)
                self.rules[made.label] = made
            return rule

        def glob(include, exclude=()):
            paths = {p for pattern in include for p in folder.glob(pattern)}
            paths -= {p for pattern in exclude for p in folder.glob(pattern)}
            return sorted(str(p.relative_to(folder)) for p in paths)

        def set_defaults(**attributes):
            defaults["testonly"] = attributes.get("default_testonly", False)

        known = {
            "Label": lambda label: label,
            "config_setting": note("config_setting"),
            "constraint_setting": note("constraint_setting"),
            "constraint_value": note("constraint_value"),
            "exports_files": lambda *_, **__: None,
            "fail": sys.exit,
            "glob": glob,
            "package": set_defaults,
            # Bazel's settings are of no meaning here.
            "select": lambda branches: branches["//conditions:default"],
            "static_link_library": note("static_link_library"),
        }
        for kind in ("alias", "cc_binary", "cc_library", "cc_test", "filegroup",
                     "genrule", "sh_test"):
            known[kind] = note(kind)

        def load(place, *_names):
            if place.startswith("@") or place.endswith("static_link_library.bzl"):
                return
            where = place[2:].replace(":", "/") if place.startswith(
                "//") else f"{package}/{place[1:]}"
            self._exec(where, known)

        known["load"] = load
        self._exec(f"{package}/BUILD.bazel", known)

    def _exec(self, path, known):
        source = (self.root / path).read_text(encoding="utf-8")
        exec(compile(source, path, "exec"), known)  # pylint: disable=exec-used


class Writer:
    """Writes the CMakeLists.txt of a package."""

    def __init__(self, files):
        self._files = files

    def text(self, package):
        calls = [self._call(rule) for rule in self._files.of(package)]
        return HEADER + "".join("\n" + call for call in calls if call)

    def _label(self, package, text):
        if text.startswith("@"):
            return text
        if text.startswith(":"):
            return f"//{package}{text}"
        if text.startswith("//"):
            return text if ":" in text else f"{text}:{text.rsplit('/', 1)[1]}"
        return f"//{package}:{text}"

    def _rule(self, package, text):
        """The rule of that label, or None for a file or what is external."""
        rule = self._files.rules.get(self._label(package, text))
        if rule is not None and rule.kind == "alias":
            return self._rule(rule.package, rule.get("actual"))
        return rule

    def _deps(self, rule):
        targets = []
        for dep in rule.get("deps"):
            if dep.startswith("@"):
                target = external_target(dep)
            else:
                other = self._rule(rule.package, dep)
                if other is None:
                    sys.exit(f"{rule.label}: no target for {dep}")
                target = self._library(other)
            if target not in targets:
                targets.append(target)
        return targets

    def _library(self, rule):
        if rule.label in PRODUCTS:
            return PRODUCTS[rule.label]
        if rule.testonly or rule.package.startswith("examples"):
            return rule.target()
        return "leaktrap"

    def _sources(self, rule):
        """Files to compile, and shared objects to link."""
        files, shared = [], []
        for source in rule.get("srcs"):
            other = self._rule(rule.package, source)
            if other is None:
                files.append(source)
            elif other.kind == "filegroup":
                files += other.get("srcs")
            else:
                shared.append(other.target())
        return [f for f in files if not f.endswith(".h")], shared

    def _data(self, package, labels):
        """Programs, and files as paths from the root."""
        targets, files = [], []
        for label in labels:
            rule = self._rule(package, label)
            if rule is None:
                place = self._label(package, label)[2:]
                files.append(place.replace(":", "/").lstrip("/"))
            elif rule.kind == "filegroup":
                more = self._data(rule.package, rule.get("srcs"))
                targets += more[0]
                files += more[1]
            else:
                targets.append(rule.target())
        return targets, files

    def _call(self, rule):
        if rule.kind == "cc_library":
            return self._cc_library(rule)
        if rule.kind == "cc_binary":
            return self._program("leaktrap_program", rule)
        if rule.kind == "cc_test":
            return self._program("leaktrap_test", rule)
        if rule.kind == "genrule":
            return call("leaktrap_generated_file", rule.target(), {
                "OUTPUT": rule.get("outs"),
                "SRCS": rule.get("srcs"),
                "SHELL": [rule.get("cmd").replace("$(SRCS)", "$SRCS").replace(
                    "$@", "\"$OUTPUT\"").replace("$$", "$")],
            })
        return ""

    def _cc_library(self, rule):
        sources, _ = self._sources(rule)
        headers = [h for h in rule.get("hdrs") if not h.startswith(":")]
        library = self._library(rule)
        if library == rule.target():
            generated = [self._rule(rule.package, h).target()
                         for h in rule.get("hdrs") if h.startswith(":")]
            return call("leaktrap_test_library", library, {
                "SRCS": sources,
                "GENERATED": generated,
                "COPTS": rule.get("copts"),
                "DEPS": self._deps(rule),
            })
        place = SOURCES_OF.get(rule.label, library)
        if place is None:
            return ""
        return call("leaktrap_part", place, {"SRCS": sources, "HDRS": headers})

    def _program(self, function, rule):
        sources, shared = self._sources(rule)
        targets, files = self._data(rule.package, rule.get("data"))
        arguments = {
            "SHARED": [] if rule.get("linkshared", False) else None,
            "NAME": [rule.name],
            "SRCS": sources,
            "COPTS": [o for o in rule.get("copts") if o != "-Ilib"],
            "LINKOPTS": rule.get("linkopts"),
            "DEFINES": rule.get("local_defines"),
            "DEPS": self._deps(rule) + shared,
            "PROGRAMS": targets,
            "FILES": files,
        }
        if rule.kind == "cc_test":
            tags = [tag for tag in rule.get("tags") if not tag.startswith("cpu:")]
            cpus = [tag[4:] for tag in rule.get("tags") if tag.startswith("cpu:")]
            arguments.update({
                "ARGS": rule.get("args"),
                "ENV": [f"{k}={v}" for k, v in dict(rule.get("env", {})).items()],
                "LABELS": tags,
                "PROCESSORS": cpus,
                "SHARDS": [str(rule.get("shard_count"))]
                          if "shard_count" in rule.attributes else [],
                "TIMEOUT": [str(TIMEOUTS[rule.get("size", "medium")])],
            })
        return call(function, rule.target(), arguments)


def quote(text):
    if re.fullmatch(r"[A-Za-z0-9_./:+=,-]+", text):
        return text
    return "[=[" + text + "]=]"


def call(function, target, arguments):
    """A call of a CMake function; an argument that is None or empty is left out,
    but that a keyword without values is given [] and stands in SHARED."""
    lines = [f"{function}({target}"]
    for keyword, values in arguments.items():
        if values is None or (not values and keyword != "SHARED"):
            continue
        if len(values) > 1:
            lines += [f"  {keyword}"] + [f"    {quote(v)}" for v in values]
        else:
            lines.append(" ".join([f"  {keyword}"] + [quote(v) for v in values]))
    return "\n".join(lines) + "\n)\n"


# Built by Bazel only: tests of its macro, of pages and headers, recipes for many
# libraries, and what has no C++.
LEFT_OUT = ["docs", "testing/leaktrap/headers", "testing/leaktrap/macro",
            "testing/recipes", "tools"]


def packages(root):
    found = []
    for top in ("lib", "testing", "examples"):
        for path in sorted((root / top).rglob("BUILD.bazel")):
            package = str(path.parent.relative_to(root))
            if package not in LEFT_OUT and "consumers" not in package:
                found.append(package)
    return found


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--check", action="store_true",
                        help="write nothing, and fail if anything would change")
    parser.add_argument("--root", type=pathlib.Path,
                        default=pathlib.Path(__file__).resolve().parent.parent)
    arguments = parser.parse_args()
    names = packages(arguments.root)
    root_text = (arguments.root / "CMakeLists.txt").read_text(encoding="utf-8")
    writer = Writer(BuildFiles(arguments.root, names))
    stale = []
    for name in names:
        path = arguments.root / name / "CMakeLists.txt"
        text = writer.text(name)
        if text == HEADER:
            continue
        if f"add_subdirectory({name})" not in root_text:
            sys.exit(f"CMakeLists.txt: has no add_subdirectory({name})")
        if not path.exists() or path.read_text(encoding="utf-8") != text:
            stale.append(path.relative_to(arguments.root))
            if not arguments.check:
                path.write_text(text, encoding="utf-8")
    for path in stale if arguments.check else []:
        print(f"{path}: not what BUILD.bazel says; run tools/bazel_to_cmake.py")
    sys.exit(1 if stale and arguments.check else 0)


if __name__ == "__main__":
    main()
