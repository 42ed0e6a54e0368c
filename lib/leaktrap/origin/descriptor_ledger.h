// Who made each open descriptor.

#ifndef LEAKTRAP_ORIGIN_DESCRIPTOR_LEDGER_H_
#define LEAKTRAP_ORIGIN_DESCRIPTOR_LEDGER_H_

#include <cstdint>

#include "leaktrap/origin/recording.h"

namespace leaktrap::internal {

// What the ledger knows of one open descriptor.
struct DescriptorRecord {
  CreationRecord made;  // an empty one if it is not known
  // The creation of the open file that it refers to: that of the descriptor
  // whose duplicate it is. Zero if it is not known.
  uint64_t file = 0;
  // The function that took it over, so that it is closed with what that made
  // of it: "fdopen"; null if none did.
  const char* taken_by = nullptr;
};

// All functions are lock-free, use no heap, keep errno, and may be called by
// any thread and by signal handlers. In the child of vfork(2) they do nothing.

// `fd` was made by the creating call that BeginCreation() gave the number
// `sequence`. Does nothing if either says that there is nothing.
void RecordDescriptor(uint64_t sequence, int fd, const CallSite& site);

// The same for a duplicate of `original`.
void RecordDuplicate(uint64_t sequence, int fd, int original,
                     const CallSite& site);

// `fd` was open when this program began; its record says "exec".
void RecordInherited(int fd);

// `fd` belongs from now on to what `call`, a literal, made of it.
void RecordTakenOver(int fd, const char* call);

// A call that closes a descriptor, begun and not yet ended.
struct ClosingDescriptor {
  int fd = -1;
  CreationRecord made;  // of what is closed; of the last holder of the number,
                        // if that is closed already
  // Where it was closed already; null if it was not.
  const void* first_at = nullptr;
};

// To be called before `fd` is closed, by a call that returns to `caller`: as
// soon as it is, another thread may be given its number.
ClosingDescriptor BeginClose(int fd, const void* caller);

// After the call. `error` is what it left in errno, or zero.
void EndClose(const ClosingDescriptor& closing, int error, const void* caller);

// Instead of EndClose(): the descriptor was not closed after all.
void CancelClose(const ClosingDescriptor& closing);

// Those of [first, last] are about to be closed.
void ForgetRange(unsigned first, unsigned last, const void* caller);

// An empty record if `fd` is not known.
DescriptorRecord FindDescriptor(int fd);

}  // namespace leaktrap::internal

#endif  // LEAKTRAP_ORIGIN_DESCRIPTOR_LEDGER_H_
