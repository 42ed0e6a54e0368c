// Descriptors that have a path: files, directories, devices, FIFOs.

#ifndef LEAKTRAP_PROBE_PATH_TEXT_H_
#define LEAKTRAP_PROBE_PATH_TEXT_H_

#include <sys/stat.h>

#include <string>

#include "leaktrap/probe/descriptor_text.h"

namespace leaktrap::internal {

// What the kernel appends to the path of what has been deleted. It does not
// prove anything: a file may be called so.
inline constexpr char kDeletedSuffix[] = " (deleted)";

// `link` is the text of fd's link in /proc/self/fd. The name is the path,
// without the kernel's suffix.
DescriptorText TextOfPath(int fd, const std::string& link,
                          const struct stat& status);

}  // namespace leaktrap::internal

#endif  // LEAKTRAP_PROBE_PATH_TEXT_H_
