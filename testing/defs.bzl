"""Tests that Leaktrap checks, and whose reports name files and lines.

    load("@leaktrap//testing:defs.bzl", "leaktrap_cc_test")

    leaktrap_cc_test(
        name = "my_test",
        srcs = ["my_test.cc"],
        deps = [":my_library"],
    )
"""

load("@rules_cc//cc:cc_binary.bzl", "cc_binary")

# Flags that begin as -g does, and are about something else.
_NOT_ABOUT_LINES = ["-gz", "-gsplit-dwarf", "-gno-split-dwarf"]

def _gives_lines(compilation_mode, copts):
    gives = compilation_mode == "dbg"
    for copt in copts:
        if copt.startswith("-g") and copt not in _NOT_ABOUT_LINES:
            gives = copt != "-g0"
    return gives

def _with_lines_impl(settings, _attr):
    mode = settings["//command_line_option:compilation_mode"]
    copts = settings["//command_line_option:copt"]

    # -g1 behind a -g would take what debuggers need beyond lines.
    return {
        "//command_line_option:copt": copts if _gives_lines(mode, copts) else copts + ["-g1"],
        "//command_line_option:strip": "never",
    }

_with_lines = transition(
    implementation = _with_lines_impl,
    inputs = [
        "//command_line_option:compilation_mode",
        "//command_line_option:copt",
    ],
    outputs = [
        "//command_line_option:copt",
        "//command_line_option:strip",
    ],
)

def _test_with_lines_impl(ctx):
    # Of a rule with a transition it is a list.
    binary = ctx.attr.binary[0][DefaultInfo]
    test = ctx.actions.declare_file(ctx.label.name)
    ctx.actions.symlink(
        output = test,
        target_file = binary.files_to_run.executable,
        is_executable = True,
    )
    runfiles = ctx.runfiles(files = ctx.files.data)
    runfiles = runfiles.merge(binary.default_runfiles)
    for data in ctx.attr.data:
        runfiles = runfiles.merge(data[DefaultInfo].default_runfiles)
    return [
        DefaultInfo(executable = test, runfiles = runfiles),
        testing.TestEnvironment({
            name: ctx.expand_location(value, ctx.attr.data)
            for name, value in ctx.attr.env.items()
        }),
    ]

_test_with_lines_test = rule(
    implementation = _test_with_lines_impl,
    attrs = {
        "binary": attr.label(
            cfg = _with_lines,
            executable = True,
            mandatory = True,
        ),
        "data": attr.label_list(allow_files = True),
        "env": attr.string_dict(),
        "_allowlist_function_transition": attr.label(
            default = "@bazel_tools//tools/allowlists/function_transition_allowlist",
        ),
    },
    test = True,
)

# What belongs to the test; all else is the binary's.
_OF_THE_TEST = [
    "args",
    "data",
    "env",
    "exec_compatible_with",
    "exec_properties",
    "flaky",
    "local",
    "shard_count",
    "size",
    "tags",
    "timeout",
    "visibility",
]

_OF_BOTH = [
    "compatible_with",
    "deprecation",
    "restricted_to",
    "target_compatible_with",
]

def leaktrap_cc_test(
        name,
        deps = [],
        registration = Label("//testing:main"),
        rules = None,
        **kwargs):
    """A cc_test that Leaktrap checks, and whose reports name files and lines.

    Takes the place of cc_test, and needs nothing of gtest_main. Lines take debug
    information, which Bazel leaves out as a rule, and strips where it does not
    (--strip=sometimes). This builds the test and all that it links with "-g1"
    and without stripping, whatever .bazelrc says; a -g of yours is left as it
    is.

    What is linked is then built in a configuration of its own, and so a second
    time where other targets use it too. Not so if .bazelrc says what this adds:

        build --copt=-g1 --strip=never

    Args:
      name: of the test. The program itself is name + "_program".
      deps: as of a cc_test. `registration` is added, and is not to be in it.
      registration: what has the tests checked. "@leaktrap//testing:main" brings
        a main; a test that has one of its own takes "@leaktrap//testing:auto".
      rules: a file of rules (docs/rules.md), for --leaktrap_rules. Known leaks of
        each test need a file of their own.
      **kwargs: as of a cc_test, but for env_inherit. `data`, and $(location) of
        it in `env` and `args`, are the test's and not built with lines.
        Libraries of the workspace are linked statically, as in a cc_binary: the
        recorder of who made what has to be in the executable.
    """
    program = name + "_program"
    of_test = {key: kwargs.pop(key) for key in _OF_THE_TEST if key in kwargs}
    if rules != None:
        of_test["data"] = of_test.get("data", []) + [rules]
        of_test["env"] = dict(
            of_test.get("env", {}),
            LEAKTRAP_RULES = "$(rootpath %s)" % rules,
        )
    of_both = {key: kwargs.pop(key) for key in _OF_BOTH if key in kwargs}
    kwargs.pop("testonly", None)
    kwargs.update(of_both)
    cc_binary(
        name = program,
        testonly = True,
        tags = ["manual"],
        visibility = ["//visibility:private"],
        deps = deps + [registration],
        **kwargs
    )
    of_test.update(of_both)
    _test_with_lines_test(
        name = name,
        binary = program,
        **of_test
    )
