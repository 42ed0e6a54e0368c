// Which descriptors are open, also when there is none left to list them with.

#ifndef LEAKTRAP_PROBE_DESCRIPTOR_NUMBERS_H_
#define LEAKTRAP_PROBE_DESCRIPTOR_NUMBERS_H_

#include <cstddef>
#include <cstdint>
#include <vector>

namespace leaktrap::internal {

// The table of the calling thread: /proc/self/fd is that of the process's first
// thread, which is empty once that thread has ended.
inline constexpr char kDescriptorDirectory[] = "/proc/thread-self/fd";

// Appends the numbers of all open descriptors, in order. False with errno set
// if they cannot be told.
bool OpenDescriptorNumbers(std::vector<uint64_t>* numbers);

// How many are open, in the kernel's own count; 0 if it does not say (before
// Linux 6.2). It is one too high for each thread that waits in accept(2) or in
// open(2) of a FIFO, which have reserved a number. Needs no descriptor.
// `directory` is kDescriptorDirectory, or the same by a path that costs less.
size_t OpenDescriptorCount(const char* directory = kDescriptorDirectory);

}  // namespace leaktrap::internal

#endif  // LEAKTRAP_PROBE_DESCRIPTOR_NUMBERS_H_
