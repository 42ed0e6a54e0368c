"""A library that is linked only into programs that are linked with -static."""

load("@rules_cc//cc/common:cc_common.bzl", "cc_common")
load("@rules_cc//cc/common:cc_info.bzl", "CcInfo")

def _archive(library):
    """The archive of a cc_library."""
    for linker_input in library[CcInfo].linking_context.linker_inputs.to_list():
        if linker_input.owner == library.label:
            for part in linker_input.libraries:
                return part.pic_static_library or part.static_library
    fail("%s has no archive" % library.label)

def _static_link_library_impl(ctx):
    # With -static the linker takes -lNAME for libNAME.a, else for libNAME.so
    # first, whatever that is: here an archive of nothing.
    archive = ctx.actions.declare_file("%s/lib%s.a" % (ctx.label.name, ctx.label.name))
    nothing = ctx.actions.declare_file("%s/lib%s.so" % (ctx.label.name, ctx.label.name))
    ctx.actions.symlink(output = archive, target_file = _archive(ctx.attr.library))
    ctx.actions.write(nothing, "!<arch>\n")
    linker_input = cc_common.create_linker_input(
        owner = ctx.label,
        user_link_flags = depset([
            "-L" + archive.dirname,
            "-Wl,--whole-archive,-l%s,--no-whole-archive" % ctx.label.name,
        ]),
        additional_inputs = depset([archive, nothing]),
    )
    return [CcInfo(linking_context = cc_common.create_linking_context(
        linker_inputs = depset([linker_input]),
    ))]

static_link_library = rule(
    implementation = _static_link_library_impl,
    attrs = {
        "library": attr.label(
            doc = "A cc_library that needs the C library only.",
            mandatory = True,
            providers = [CcInfo],
        ),
    },
)
