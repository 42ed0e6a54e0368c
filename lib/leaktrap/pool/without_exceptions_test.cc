// Built with -fno-exceptions, as much production code is.

#include <memory>
#include <string>

#include "gtest/gtest.h"
#include "leaktrap/pool/dirty_return.h"
#include "leaktrap/pool/lease_tracker.h"
#include "leaktrap/pool/watching.h"

#ifdef __cpp_exceptions
#error "this is about programs without exceptions"
#endif

namespace leaktrap {
namespace {

struct Inspector {
  LeaseTracker::Details Describe(const int*) const { return {"peer", {}}; }
  std::string Dirt(const int* number) const {
    return *number == 0 ? "" : "changed";
  }
};

TEST(WithoutExceptionsTest, LeasesAreTrackedAndInspected) {
  internal::WatchLeases();
  LeaseTracker tracker("db");
  const size_t dirty_before = internal::CountDirtyReturns();
  {
    auto lease = tracker.Track(std::make_unique<int>(0), Inspector());
    ASSERT_EQ(tracker.Connections().size(), 1u);
    EXPECT_EQ(tracker.Connections()[0].peer, "peer");
    *lease = 1;
  }
  EXPECT_EQ(tracker.Counts().leased, 0);
  EXPECT_EQ(internal::CountDirtyReturns(), dirty_before + 1);
}

}  // namespace
}  // namespace leaktrap
