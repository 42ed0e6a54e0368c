// Who else is told of descriptors as they are made: an adapter, which knows
// what a library was doing when it made one.

#ifndef LEAKTRAP_ORIGIN_DESCRIPTOR_OBSERVER_H_
#define LEAKTRAP_ORIGIN_DESCRIPTOR_OBSERVER_H_

#include <atomic>

namespace leaktrap::internal {

// Called by the thread that made `fd` with `call`, a literal, which returns to
// `caller`; recording may be off. May be called by any thread, inside a signal
// handler too, and must make no descriptor.
using DescriptorObserver = void (*)(int fd, const char* call,
                                    const void* caller);

// Null if nobody is told. Set by whoever wants to be; there is one.
inline std::atomic<DescriptorObserver> descriptor_observer{nullptr};

}  // namespace leaktrap::internal

#endif  // LEAKTRAP_ORIGIN_DESCRIPTOR_OBSERVER_H_
