// What tells one open descriptor from another.

#ifndef LEAKTRAP_PROBE_DESCRIPTOR_IDENTITY_H_
#define LEAKTRAP_PROBE_DESCRIPTOR_IDENTITY_H_

#include <sys/stat.h>

#include <optional>
#include <string>

#include "leaktrap/resource/identity.h"

namespace leaktrap::internal {

// The identity of descriptor `number`, whose fstat(2) gave `status`.
Identity DescriptorIdentity(int number, const struct stat& status);

// The same of one without a type, whose link in /proc/self/fd reads `link`:
// what sort of eventfd, epoll, timerfd and their like it is stands there only.
Identity DescriptorIdentity(int number, const struct stat& status,
                            const std::string& link);

// The same, asking fstat(2) and for the link. Nothing if the number is not
// open. An open one that fstat(2) cannot look at (a dead file server's) is
// listed all the same, with an empty stamp.
std::optional<Identity> DescriptorIdentity(int number);

}  // namespace leaktrap::internal

#endif  // LEAKTRAP_PROBE_DESCRIPTOR_IDENTITY_H_
