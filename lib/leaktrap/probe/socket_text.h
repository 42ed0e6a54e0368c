// Sockets: what sort, both ends, and in what state.

#ifndef LEAKTRAP_PROBE_SOCKET_TEXT_H_
#define LEAKTRAP_PROBE_SOCKET_TEXT_H_

#include "leaktrap/probe/descriptor_text.h"

namespace leaktrap::internal {

DescriptorText TextOfSocket(int fd);

}  // namespace leaktrap::internal

#endif  // LEAKTRAP_PROBE_SOCKET_TEXT_H_
