// Lists the open descriptors of this process.

#ifndef LEAKTRAP_PROBE_DESCRIPTOR_PROBE_H_
#define LEAKTRAP_PROBE_DESCRIPTOR_PROBE_H_

#include <memory>

#include "leaktrap/probe/probe.h"
#include "leaktrap/probe/quick_probe.h"

namespace leaktrap::internal {

// Resource::name is the path of what has one, else what it is: "eventfd", "TCP
// socket 127.0.0.1:5001 -> 127.0.0.1:80 ESTABLISHED". Leaves out Leaktrap's own
// reserve (descriptor_reserve.h).
std::unique_ptr<Probe> NewDescriptorProbe();
std::unique_ptr<Probe> NewDescriptorProbe(const KernelTells& tells);

}  // namespace leaktrap::internal

#endif  // LEAKTRAP_PROBE_DESCRIPTOR_PROBE_H_
