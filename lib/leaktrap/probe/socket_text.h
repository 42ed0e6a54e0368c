// Sockets: what sort, both ends, and in what state.

#ifndef LEAKTRAP_PROBE_SOCKET_TEXT_H_
#define LEAKTRAP_PROBE_SOCKET_TEXT_H_

#include "leaktrap/probe/descriptor_text.h"

namespace leaktrap::internal {

// Of one whose inode is a socket's: whether it is open as one, and not as the
// path of a socket's file. False also where the kernel refuses to tell.
bool IsSocket(int fd);

DescriptorText TextOfSocket(int fd);

}  // namespace leaktrap::internal

#endif  // LEAKTRAP_PROBE_SOCKET_TEXT_H_
