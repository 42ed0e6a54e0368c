#include "leaktrap/report/github_annotation.h"

#include <filesystem>
#include <string>
#include <string_view>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "leaktrap/probe/printable_text.h"

namespace leaktrap::internal {
namespace {

std::string EscapedMessage(const std::string& text) {
  return absl::StrReplaceAll(PrintableLines(text),
                             {{"%", "%25"}, {"\r", "%0D"}, {"\n", "%0A"}});
}

std::string EscapedProperty(const std::string& text) {
  return absl::StrReplaceAll(EscapedMessage(Printable(text)),
                             {{":", "%3A"}, {",", "%2C"}});
}

}  // namespace

std::string GithubCommand(const GithubAnnotation& annotation) {
  std::string command = absl::StrCat("::", annotation.command, " ");
  if (!annotation.file.empty()) {
    absl::StrAppend(&command, "file=", EscapedProperty(annotation.file),
                    ",line=", annotation.line, ",");
  }
  return absl::StrCat(command, "title=", EscapedProperty(annotation.title),
                      "::", EscapedMessage(annotation.message));
}

std::string PathInRepository(std::string_view file, std::string_view workspace,
                             std::string_view folder) {
  namespace fs = std::filesystem;
  const fs::path path = fs::path(file).lexically_normal();
  if (!path.is_absolute()) return path.string();
  for (const std::string_view above : {workspace, folder}) {
    // All lies in the root, and nothing is told by that.
    if (above.empty() || above == "/") continue;
    const fs::path relative =
        path.lexically_relative(fs::path(above).lexically_normal());
    if (!relative.empty() && relative != "." && *relative.begin() != "..") {
      return relative.string();
    }
  }
  return path.string();
}

}  // namespace leaktrap::internal
