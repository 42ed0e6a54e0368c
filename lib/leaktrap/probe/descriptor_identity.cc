#include "leaktrap/probe/descriptor_identity.h"

#include <sys/stat.h>

#include <cerrno>
#include <cstdint>
#include <optional>

#include "leaktrap/probe/unseen_calls.h"
#include "leaktrap/resource/identity.h"
#include "leaktrap/resource/kind.h"

namespace leaktrap::internal {

Identity DescriptorIdentity(int number, const struct stat& status) {
  return {Kind::kDescriptor,
          0,
          static_cast<uint64_t>(number),
          {status.st_dev, status.st_ino, status.st_mode & S_IFMT}};
}

std::optional<Identity> DescriptorIdentity(int number) {
  struct stat status = {};
  if (UnseenStat(number, &status) == 0)
    return DescriptorIdentity(number, status);
  if (errno == EBADF) return std::nullopt;
  return Identity{Kind::kDescriptor, 0, static_cast<uint64_t>(number), {}};
}

}  // namespace leaktrap::internal
