#include "leaktrap/probe/look_error.h"

#include <cerrno>
#include <string>
#include <string_view>
#include <system_error>

#include "leaktrap/resource/kind.h"

namespace leaktrap::internal {
namespace {

std::string_view Advice(int error) {
  switch (error) {
    case EMFILE:
      return "the process has no descriptor left to look with: raise its limit "
             "(RLIMIT_NOFILE)";
    case ENFILE:
      return "the system has no open file left to look with: raise fs.file-max";
    case EACCES:
    case EPERM:
      return "Leaktrap needs to read /proc/self";
    default:
      return "Leaktrap needs /proc mounted";
  }
}

}  // namespace

std::string LookError(std::string_view verb, std::string_view path, int error,
                      Kind kind) {
  std::string text = "cannot ";
  text.append(verb).append(" ").append(path).append(": ");
  text.append(std::generic_category().message(error));
  text.append("; ").append(Advice(error));
  // Flags may be out of reach: without a call of ParseFlags() they are read
  // from /proc.
  return text.append(", or set LEAKTRAP_MODE=")
      .append(KindPlural(kind))
      .append(":off");
}

}  // namespace leaktrap::internal
