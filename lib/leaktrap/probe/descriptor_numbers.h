// Which descriptors are open, also when there is none left to list them with.

#ifndef LEAKTRAP_PROBE_DESCRIPTOR_NUMBERS_H_
#define LEAKTRAP_PROBE_DESCRIPTOR_NUMBERS_H_

#include <cstdint>
#include <vector>

namespace leaktrap::internal {

// The table of the calling thread: /proc/self/fd is that of the process's first
// thread, which is empty once that thread has ended.
inline constexpr char kDescriptorDirectory[] = "/proc/thread-self/fd";

// Appends the numbers of all open descriptors, in order. False with errno set
// if they cannot be told.
bool OpenDescriptorNumbers(std::vector<uint64_t>* numbers);

}  // namespace leaktrap::internal

#endif  // LEAKTRAP_PROBE_DESCRIPTOR_NUMBERS_H_
