"""python_binary and python_test: a Python program, run as its first line says.

py_binary is part of Bazel 4 and of rules_python for Bazel 9, sh_binary of
rules_shell: packages that users' builds would have to bring for a program that
the system's Python runs as it is.
"""

def _python_impl(ctx):
    program = ctx.actions.declare_file(ctx.label.name)
    ctx.actions.symlink(
        output = program,
        target_file = ctx.file.src,
        is_executable = True,
    )
    runfiles = ctx.runfiles(files = ctx.files.src + ctx.files.data)
    for data in ctx.attr.data:
        runfiles = runfiles.merge(data[DefaultInfo].default_runfiles)
    return [DefaultInfo(executable = program, runfiles = runfiles)]

_ATTRIBUTES = {
    "data": attr.label_list(allow_files = True),
    "src": attr.label(
        mandatory = True,
        allow_single_file = [".py"],
        doc = "Executable. What it imports lies beside it, and is data.",
    ),
}

python_binary = rule(
    implementation = _python_impl,
    attrs = _ATTRIBUTES,
    executable = True,
)

python_test = rule(
    implementation = _python_impl,
    attrs = _ATTRIBUTES,
    test = True,
)
