// Descriptors without a path: eventfds and their like, namespaces.

#ifndef LEAKTRAP_PROBE_KERNEL_OBJECT_TEXT_H_
#define LEAKTRAP_PROBE_KERNEL_OBJECT_TEXT_H_

#include <string>

#include "leaktrap/probe/descriptor_text.h"

namespace leaktrap::internal {

// By the text of the link in /proc/self/fd: "anon_inode:[eventfd]",
// "net:[4026531840]". A sort that is not known goes by its own name.
DescriptorText TextOfKernelObject(const std::string& link);

}  // namespace leaktrap::internal

#endif  // LEAKTRAP_PROBE_KERNEL_OBJECT_TEXT_H_
