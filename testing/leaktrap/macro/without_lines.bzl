"""Surroundings in which Bazel gives programs no lines, as it does by itself."""

def _without_lines_impl(settings, _attr):
    return {
        "//command_line_option:copt": settings["//command_line_option:copt"] + ["-g0"],
        "//command_line_option:strip": "sometimes",
    }

_without_lines = transition(
    implementation = _without_lines_impl,
    inputs = ["//command_line_option:copt"],
    outputs = [
        "//command_line_option:copt",
        "//command_line_option:strip",
    ],
)

def _program_without_lines_impl(ctx):
    program = ctx.actions.declare_file(ctx.label.name)
    ctx.actions.symlink(
        output = program,
        target_file = ctx.attr.program[0][DefaultInfo].files_to_run.executable,
        is_executable = True,
    )
    return [DefaultInfo(
        files = depset([program]),
        runfiles = ctx.attr.program[0][DefaultInfo].default_runfiles.merge(
            ctx.runfiles([program]),
        ),
    )]

# Of `program`, as it comes out where no .bazelrc asks for lines.
program_without_lines = rule(
    implementation = _program_without_lines_impl,
    attrs = {
        "program": attr.label(
            cfg = _without_lines,
            executable = True,
            mandatory = True,
        ),
        "_allowlist_function_transition": attr.label(
            default = "@bazel_tools//tools/allowlists/function_transition_allowlist",
        ),
    },
)
