"""What modules do not bring, for Leaktrap's own tests: installed libraries."""

load(":repositories.bzl", "debian_test_repositories")

test_libraries = module_extension(
    implementation = lambda _module_ctx: debian_test_repositories(),
    doc = "Client libraries, liburing and pugixml, as Debian installs them.",
)
