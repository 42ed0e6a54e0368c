// The slot of the reserve, for a moment.

#ifndef LEAKTRAP_FREE_DESCRIPTOR_H_
#define LEAKTRAP_FREE_DESCRIPTOR_H_

#include "leaktrap/probe/descriptor_reserve.h"

namespace leaktrap::internal {

// A test may have left no descriptor to look up functions and lines with, or to
// write a report. Within one that has made a slot free another does nothing.
class FreeDescriptor {
 public:
  FreeDescriptor() : given_up_(GiveUpDescriptorReserve()) {}
  ~FreeDescriptor() {
    if (given_up_) TakeDescriptorReserve();
  }
  FreeDescriptor(const FreeDescriptor&) = delete;
  FreeDescriptor& operator=(const FreeDescriptor&) = delete;

 private:
  const bool given_up_;
};

}  // namespace leaktrap::internal

#endif  // LEAKTRAP_FREE_DESCRIPTOR_H_
