#include "leaktrap/pool/open_descriptor.h"

#include <errno.h>
#include <sys/stat.h>

namespace leaktrap::internal {

std::vector<OpenDescriptor> OpenDescriptors(const std::vector<int>& numbers) {
  const int error = errno;
  std::vector<OpenDescriptor> open;
  for (const int number : numbers) {
    struct stat status;
    if (fstat(number, &status) != 0) continue;
    open.push_back({number, status.st_dev, status.st_ino});
  }
  errno = error;
  return open;
}

bool IsStillOpen(const OpenDescriptor& descriptor) {
  const std::vector<OpenDescriptor> now = OpenDescriptors({descriptor.number});
  return !now.empty() && now.front() == descriptor;
}

}  // namespace leaktrap::internal
