#include <sys/stat.h>

#include <cerrno>
#include <cstdint>
#include <optional>

#include "leaktrap/gauge/child_count.h"
#include "leaktrap/gauge/descriptor_count.h"
#include "leaktrap/gauge/gauge.h"
#include "leaktrap/pool/pool_registry.h"
#include "leaktrap/resource/kind.h"

namespace leaktrap {
namespace {

std::optional<int64_t> CountThreads() {
  struct stat status;
  if (stat("/proc/self/task", &status) != 0) return std::nullopt;
  // A directory's links: itself, its name above, and one for each inside. A
  // /proc that does not keep to it shows fewer than the calling thread needs.
  if (status.st_nlink < 3) return std::nullopt;
  return static_cast<int64_t>(status.st_nlink) - 2;
}

std::optional<int64_t> CountUnguarded(Kind kind) {
  switch (kind) {
    case Kind::kThread:
      return CountThreads();
    case Kind::kDescriptor:
      return internal::CountDescriptors();
    case Kind::kConnection:
      return internal::CountLeased();
    case Kind::kProcess:
      return internal::CountChildren();
    case Kind::kOther:
      break;
  }
  return std::nullopt;
}

}  // namespace

std::optional<int64_t> Count(Kind kind) {
  const int errno_before = errno;
  const std::optional<int64_t> count = CountUnguarded(kind);
  errno = errno_before;
  return count;
}

}  // namespace leaktrap
