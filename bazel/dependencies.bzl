"""What Leaktrap needs, downloaded: for WORKSPACE builds with a network."""

load("@bazel_tools//tools/build_defs/repo:http.bzl", "http_archive")
load("@bazel_tools//tools/build_defs/repo:utils.bzl", "maybe")

def leaktrap_dependencies():
    """Defines what a workspace that uses Leaktrap needs and has not defined.

    For Bazel 7, and for Bazel 8 with --enable_workspace:

        load("@leaktrap//bazel:dependencies.bzl", "leaktrap_dependencies")

        leaktrap_dependencies()

        load("@bazel_features//:deps.bzl", "bazel_features_deps")

        bazel_features_deps()

        load("@rules_cc//cc:extensions.bzl", "compatibility_proxy_repo")

        compatibility_proxy_repo()

    The versions are those of MODULE.bazel; addresses and checksums are as the
    Bazel Central Registry lists them. Not tested: Leaktrap's own tests download
    nothing. They build over Debian's packages (bazel/debian/repositories.bzl),
    and as a module over those of Debian sid.
    """
    maybe(
        http_archive,
        name = "platforms",
        integrity = "sha256-KXQuhydYCbXlmNwvBNhpYMx6VbMGfZciHJq7yZJr/w8=",
        url = "https://github.com/bazelbuild/platforms/releases/download/1.0.0/platforms-1.0.0.tar.gz",
    )
    maybe(
        http_archive,
        name = "bazel_skylib",
        integrity = "sha256-bnjw5X3iaAH29WT6fEpI3Is2hz5BYlepK7sJN+6shEY=",
        url = "https://github.com/bazelbuild/bazel-skylib/releases/download/1.8.2/bazel-skylib-1.8.2.tar.gz",
    )
    maybe(
        http_archive,
        name = "bazel_features",
        integrity = "sha256-LwV90CCYoQYJXqKRtDRCVzmKBZ6tssdMxHDeD5Zk3M0=",
        strip_prefix = "bazel_features-1.28.0",
        url = "https://github.com/bazel-contrib/bazel_features/releases/download/v1.28.0/bazel_features-v1.28.0.tar.gz",
    )
    maybe(
        http_archive,
        name = "rules_cc",
        integrity = "sha256-KD+hzarxcjN4mHSc9Lmx716iadpZVAlU5R+6DnuPJ3o=",
        strip_prefix = "rules_cc-0.2.17",
        url = "https://github.com/bazelbuild/rules_cc/releases/download/0.2.17/rules_cc-0.2.17.tar.gz",
    )
    maybe(
        http_archive,
        name = "com_google_absl",
        integrity = "sha256-QxTip8usicrCWi8jIocPND2BV5dWzv9/QxgDwskJAZU=",
        strip_prefix = "abseil-cpp-20260107.1",
        url = "https://github.com/abseil/abseil-cpp/releases/download/20260107.1/abseil-cpp-20260107.1.tar.gz",
    )
    maybe(
        http_archive,
        name = "com_google_googletest",
        integrity = "sha256-Zfq3AdmCnTjLd8FKzcQx0hCL/b+JeeQOuK5Wft8Qsnw=",
        strip_prefix = "googletest-1.17.0",
        url = "https://github.com/google/googletest/releases/download/v1.17.0/googletest-1.17.0.tar.gz",
    )
