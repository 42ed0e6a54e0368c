#include "leaktrap/probe/descriptor_identity.h"

#include <sys/stat.h>

#include <cerrno>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include "leaktrap/probe/descriptor_numbers.h"
#include "leaktrap/probe/proc_file.h"
#include "leaktrap/resource/identity.h"
#include "leaktrap/resource/kind.h"
#include "leaktrap/system/unseen_calls.h"

namespace leaktrap::internal {

Identity DescriptorIdentity(int number, const struct stat& status) {
  return {Kind::kDescriptor,
          0,
          static_cast<uint64_t>(number),
          {status.st_dev, status.st_ino, status.st_mode & S_IFMT}};
}

Identity DescriptorIdentity(int number, const struct stat& status,
                            const std::string& link) {
  Identity identity = DescriptorIdentity(number, status);
  identity.stamp[2] = std::hash<std::string>()(link);
  return identity;
}

std::optional<Identity> DescriptorIdentity(int number) {
  struct stat status = {};
  if (UnseenStat(number, &status) == 0) {
    std::string link;
    if ((status.st_mode & S_IFMT) == 0 &&
        ReadProcLink(
            (std::string(kDescriptorDirectory) + "/" + std::to_string(number))
                .c_str(),
            &link)) {
      return DescriptorIdentity(number, status, link);
    }
    return DescriptorIdentity(number, status);
  }
  if (errno == EBADF) return std::nullopt;
  return Identity{Kind::kDescriptor, 0, static_cast<uint64_t>(number), {}};
}

}  // namespace leaktrap::internal
