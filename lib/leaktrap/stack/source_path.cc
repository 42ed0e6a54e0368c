#include "leaktrap/stack/source_path.h"

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace leaktrap::internal {
namespace {

constexpr std::string_view kVirtualIncludes = "/_virtual_includes/";

bool RemovePrefix(std::string_view prefix, std::string_view* text) {
  if (text->substr(0, prefix.size()) != prefix) return false;
  text->remove_prefix(prefix.size());
  return true;
}

// Removes "bazel-out/CONFIGURATION/bin/".
bool RemoveOutputFolder(std::string_view* file) {
  std::string_view rest = *file;
  if (!RemovePrefix("bazel-out/", &rest)) return false;
  const size_t bin = rest.find("/bin/");
  if (bin == std::string_view::npos) return false;
  *file = rest.substr(bin + 5);
  return true;
}

// "lib/a/b" and "a/b/c.h" make "lib/a/b/c.h": the longest end of the first that
// the second begins with stands there once. Nothing if there is none.
std::optional<std::string> Overlap(std::string_view package,
                                   std::string_view header) {
  for (size_t at = 0; at < package.size();) {
    const std::string_view end = package.substr(at);
    if (header.size() > end.size() && header.substr(0, end.size()) == end &&
        header[end.size()] == '/') {
      return std::string(package.substr(0, at)) + std::string(header);
    }
    const size_t slash = package.find('/', at);
    if (slash == std::string_view::npos) break;
    at = slash + 1;
  }
  return std::nullopt;
}

}  // namespace

std::string SourcePath(std::string_view file) {
  // Bazel compiles in a folder of many names, and has the compiler write the
  // first of these for all of them.
  for (std::string_view folder : {"/proc/self/cwd/", "./"}) {
    RemovePrefix(folder, &file);
  }
  // "bazel-out/k8-fastbuild/bin/PACKAGE/_virtual_includes/TARGET/HEADER"
  std::string_view rest = file;
  if (!RemoveOutputFolder(&rest)) return std::string(file);
  const size_t package_end = rest.find(kVirtualIncludes);
  if (package_end == std::string_view::npos) return std::string(file);
  const std::string_view package = rest.substr(0, package_end);
  rest.remove_prefix(package_end + kVirtualIncludes.size());
  const size_t target_end = rest.find('/');
  if (target_end == std::string_view::npos) return std::string(file);
  return Overlap(package, rest.substr(target_end + 1))
      .value_or(std::string(file));
}

}  // namespace leaktrap::internal
