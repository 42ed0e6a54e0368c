"""cc_library targets over installed libraries, from pkg-config."""

def pkg_config(rctx, args):
    """The words that pkg-config prints; fails if it does.

    Args:
      rctx: of the repository rule.
      args: of pkg-config.

    Returns:
      A list of strings.
    """
    exe = rctx.which("pkg-config")
    if not exe:
        fail("pkg-config not found: run tools/install_debian.sh")
    r = rctx.execute([exe] + args)
    if r.return_code:
        fail("pkg-config %s: %s(tools/install_debian.sh installs what is needed)" % (" ".join(args), r.stderr))
    return r.stdout.strip().split(" ")

def cc_library_text(name, deps, linkopts):
    """A cc_library in a BUILD file that begins with HEADER.

    Args:
      name: of the library.
      deps: its labels.
      linkopts: as pkg_config() returns them.

    Returns:
      The text.
    """
    return """
cc_library(
    name = "{name}",
    linkopts = {linkopts},
    visibility = ["//visibility:public"],
    deps = {deps},
)
""".format(name = name, linkopts = [o for o in linkopts if o], deps = deps)

HEADER = """load("@rules_cc//cc:defs.bzl", "cc_library")
"""

def header_library_text(rctx, headers, include_roots = []):
    """Symlinks installed headers, and makes a target of them.

    Args:
      rctx: of the repository rule.
      headers: directories under /usr/include.
      include_roots: those of them whose headers are included by their bare
        names.

    Returns:
      The text of a cc_library named "headers".
    """
    globs = []
    for h in headers:
        rctx.symlink("/usr/include/" + h, "include/" + h)
        globs += ["include/%s/**/*.h" % h, "include/%s/**/*.inc" % h]
    return """
cc_library(
    name = "headers",
    hdrs = glob({globs}),
    includes = {includes},
    visibility = ["//visibility:public"],
)
""".format(globs = globs, includes = ["include"] + ["include/" + r for r in include_roots])

def _pkg_config_repository_impl(rctx):
    text = HEADER + header_library_text(rctx, rctx.attr.headers, rctx.attr.include_roots)
    for name, pc in rctx.attr.packages.items():
        text += cc_library_text(name, [":headers"], pkg_config(rctx, ["--libs", pc]))
    for name, libs in rctx.attr.extra_libs.items():
        text += cc_library_text(name, [":headers"], libs.split(" "))
    rctx.file("BUILD.bazel", text)

pkg_config_repository = repository_rule(
    implementation = _pkg_config_repository_impl,
    attrs = {
        "packages": attr.string_dict(doc = "Target name -> pkg-config package."),
        "extra_libs": attr.string_dict(doc = "Target name -> linkopts, for a library with no .pc file."),
        "headers": attr.string_list(doc = "Directories under /usr/include to declare; headers that lie in /usr/include itself need none."),
        "include_roots": attr.string_list(doc = "Those of them that pkg-config names by -I."),
    },
    local = True,
    environ = ["PKG_CONFIG_PATH", "PATH"],
)
