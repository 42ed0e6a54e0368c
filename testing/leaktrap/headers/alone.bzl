"""Public headers, each compiled alone."""

load("@rules_cc//cc:cc_library.bzl", "cc_library")

def compiled_alone(name, headers):
    """Compiles each header as the only one of a file, without any warning.

    Args:
      name: with which the names of their targets begin.
      headers: of each header, as it stands in #include, the one target that it
        needs.
    """
    for header, target in headers.items():
        target_name = name + "_" + header.replace("/", "_").replace(".", "_")
        native.genrule(
            name = target_name + "_source",
            testonly = True,
            outs = [target_name + ".cc"],
            cmd = "echo '#include \"%s\"' > $@" % header,
        )
        cc_library(
            name = target_name,
            testonly = True,
            srcs = [target_name + ".cc"],
            copts = [
                "-Wall",
                "-Wextra",
                "-Wpedantic",
                "-Wconversion",
                "-Werror",
            ],
            linkstatic = True,
            deps = [target],
        )
