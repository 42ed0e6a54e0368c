"""One small program, built in each way that changes how calls are bound."""

load("@rules_cc//cc:cc_test.bzl", "cc_test")

# Bazel's own choice is gold, which makes no static PIE; this one knows no
# --start-lib.
BFD_FEATURES = ["-supports_start_end_lib"]

def build_variant_tests(srcs, deps):
    """The tests build_variant_..._test.

    Args:
      srcs: of each.
      deps: of each.
    """
    for name, copts, linkopts in [
        ("pie", ["-fPIE"], ["-pie"]),
        ("no_pie", ["-fno-pie"], ["-no-pie"]),
        ("z_now", [], ["-Wl,-z,now"]),
        ("z_lazy", [], ["-Wl,-z,lazy"]),
        ("as_needed", [], ["-Wl,--as-needed"]),
        ("gc_sections", ["-ffunction-sections"], ["-Wl,--gc-sections"]),
        ("fortified", ["-O2", "-U_FORTIFY_SOURCE", "-D_FORTIFY_SOURCE=2"], []),
        ("large_files", ["-D_FILE_OFFSET_BITS=64"], []),
        ("hidden", ["-fvisibility=hidden"], []),
        ("bfd", [], ["-fuse-ld=bfd"]),
    ]:
        cc_test(
            name = "build_variant_" + name + "_test",
            srcs = srcs,
            copts = copts,
            features = BFD_FEATURES if name == "bfd" else [],
            linkopts = linkopts,
            deps = deps,
        )

def static_variant_tests(**kwargs):
    """The tests static_..._recorder_test.

    Args:
      **kwargs: of each.
    """
    for name, linkopts, features in [
        ("static_recorder_test", ["-static"], []),
        ("static_pie_recorder_test", ["-static-pie", "-fuse-ld=bfd"], BFD_FEATURES),
        ("static_recorder_bfd_test", ["-static", "-fuse-ld=bfd"], BFD_FEATURES),
    ]:
        cc_test(
            name = name,
            features = features,
            linkopts = linkopts,
            **kwargs
        )
