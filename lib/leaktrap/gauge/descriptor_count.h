// How many descriptors are open.

#ifndef LEAKTRAP_GAUGE_DESCRIPTOR_COUNT_H_
#define LEAKTRAP_GAUGE_DESCRIPTOR_COUNT_H_

#include <cstdint>
#include <optional>

namespace leaktrap::internal {

// See Count(Kind::kDescriptor). May change errno.
std::optional<int64_t> CountDescriptors();

// While one lives the kernel counts no descriptors, as before Linux 6.2, and
// CountDescriptors() has to list them. One at a time.
class ListingForTest {
 public:
  ListingForTest();
  ~ListingForTest();

  ListingForTest(const ListingForTest&) = delete;
  ListingForTest& operator=(const ListingForTest&) = delete;
};

}  // namespace leaktrap::internal

#endif  // LEAKTRAP_GAUGE_DESCRIPTOR_COUNT_H_
