// What tells one open descriptor from another.

#ifndef LEAKTRAP_PROBE_DESCRIPTOR_IDENTITY_H_
#define LEAKTRAP_PROBE_DESCRIPTOR_IDENTITY_H_

#include <sys/stat.h>

#include <optional>

#include "leaktrap/resource/identity.h"

namespace leaktrap::internal {

// The identity of descriptor `number`, whose fstat(2) gave `status`.
Identity DescriptorIdentity(int number, const struct stat& status);

// The same, asking fstat(2). Nothing if the number is not open. An open one
// that fstat(2) cannot look at (a dead file server's) is listed all the same,
// with an empty stamp.
std::optional<Identity> DescriptorIdentity(int number);

}  // namespace leaktrap::internal

#endif  // LEAKTRAP_PROBE_DESCRIPTOR_IDENTITY_H_
