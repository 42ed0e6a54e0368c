"""External repositories over Debian's packages, for builds without a network.

Labels are upstream's: @com_google_googletest//:gtest_main,
@com_google_absl//absl/strings, @com_google_benchmark//:benchmark.
tools/install_debian.sh installs the packages.
"""

load("@bazel_tools//tools/build_defs/repo:utils.bzl", "maybe")
load(":absl.bzl", "debian_absl_repository")
load(":coverage.bzl", "coverage_tools_repository")
load(":native_rules.bzl", "native_rules_repository")
load(":pkg_config.bzl", "pkg_config_repository")

def debian_repositories():
    """What a workspace that uses Leaktrap needs, as external repositories."""
    maybe(
        native_rules_repository,
        name = "rules_cc",
        package = "cc",
        providers = {
            "cc_common": "cc_common",
            "cc_info": "CcInfo",
        },
        rules = ["cc_binary", "cc_import", "cc_library", "cc_test"],
        tool_rules = ["cc_toolchain", "cc_toolchain_suite", "objc_library"],
    )
    maybe(
        native_rules_repository,
        name = "rules_java",
        package = "java",
        tool_rules = ["java_import", "java_runtime", "java_toolchain"],
    )
    maybe(
        native_rules_repository,
        name = "rules_shell",
        package = "shell",
        rules = ["sh_binary", "sh_library", "sh_test"],
    )
    maybe(coverage_tools_repository, name = "remote_coverage_tools")
    maybe(
        native.new_local_repository,
        name = "com_google_googletest",
        path = "/usr/src/googletest",
        build_file = "@leaktrap//bazel/debian:googletest.BUILD",
    )
    maybe(debian_absl_repository, name = "com_google_absl")
    maybe(
        pkg_config_repository,
        name = "com_google_benchmark",
        packages = {"benchmark": "benchmark"},
        headers = ["benchmark"],
        extra_libs = {"benchmark_main": "-lbenchmark_main -lbenchmark"},
    )

def debian_test_repositories():
    """What only Leaktrap's own tests and examples need."""
    maybe(pkg_config_repository, name = "curl", packages = {"curl": "libcurl"}, headers = [])

    # What pkg-config prints for grpc++ is for static libraries.
    maybe(pkg_config_repository, name = "grpc", extra_libs = {"grpc": "-lgrpc++ -lgrpc -lgpr -labsl_synchronization"}, headers = [])
    maybe(pkg_config_repository, name = "hiredis", packages = {"hiredis": "hiredis"}, headers = [])
    maybe(
        pkg_config_repository,
        name = "libpq",
        packages = {"libpq": "libpq"},
        headers = ["postgresql"],
        include_roots = ["postgresql"],
    )
    maybe(
        pkg_config_repository,
        name = "libpqxx",
        packages = {"libpqxx": "libpqxx"},
        headers = ["postgresql", "pqxx"],
        include_roots = ["postgresql"],
    )
    maybe(pkg_config_repository, name = "liburing", packages = {"liburing": "liburing"}, headers = [])
    maybe(
        pkg_config_repository,
        name = "mongoc",
        packages = {"mongoc": "libmongoc-1.0"},
        headers = ["libbson-1.0", "libmongoc-1.0"],
        include_roots = ["libbson-1.0", "libmongoc-1.0"],
    )
    maybe(
        pkg_config_repository,
        name = "poco",
        extra_libs = {"poco": "-lPocoDataPostgreSQL -lPocoData -lPocoFoundation"},
        headers = [],
    )
    maybe(pkg_config_repository, name = "pugixml", packages = {"pugixml": "pugixml"}, headers = [])
    maybe(
        pkg_config_repository,
        name = "soci",
        extra_libs = {"soci": "-lsoci_postgresql -lsoci_core"},
        headers = ["postgresql", "soci"],
        include_roots = ["postgresql"],
    )
