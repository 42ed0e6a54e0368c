// What a descriptor is, in words.

#ifndef LEAKTRAP_PROBE_DESCRIPTOR_TEXT_H_
#define LEAKTRAP_PROBE_DESCRIPTOR_TEXT_H_

#include <sys/stat.h>

#include <string>

namespace leaktrap::internal {

// As in Resource, but without the number.
struct DescriptorText {
  std::string name;
  std::string description;
  std::string likeness;
  std::string release = "close it (close(2))";
};

// Asks about `fd`, whose fstat(2) gave `status`, and changes nothing of it.
// Whoever calls this makes sure that it was the same descriptor throughout.
DescriptorText TextOfDescriptor(int fd, const struct stat& status);

}  // namespace leaktrap::internal

#endif  // LEAKTRAP_PROBE_DESCRIPTOR_TEXT_H_
