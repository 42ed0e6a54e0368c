#include "leaktrap/pool/open_descriptor.h"

#include <errno.h>
#include <sys/stat.h>

#include <optional>
#include <vector>

#include "leaktrap/system/unseen_calls.h"

namespace leaktrap::internal {

std::optional<OpenDescriptor> FindOpenDescriptor(int number) {
  const int error = errno;
  struct stat status;
  // To ask is right at any time; ThreadSanitizer would tell of a race with the
  // thread that closes it.
  const bool is_open = UnseenStat(number, &status) == 0;
  errno = error;
  if (!is_open) return std::nullopt;
  return OpenDescriptor{number, status.st_dev, status.st_ino};
}

std::vector<OpenDescriptor> OpenDescriptors(const std::vector<int>& numbers) {
  std::vector<OpenDescriptor> open;
  for (const int number : numbers) {
    const std::optional<OpenDescriptor> found = FindOpenDescriptor(number);
    if (found.has_value()) open.push_back(*found);
  }
  return open;
}

bool IsStillOpen(const OpenDescriptor& descriptor) {
  return FindOpenDescriptor(descriptor.number) == descriptor;
}

}  // namespace leaktrap::internal
