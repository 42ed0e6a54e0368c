#include "leaktrap/find_leaks.h"

#include <fcntl.h>
#include <unistd.h>

#include <sstream>
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "leaktrap/check/options.h"
#include "leaktrap/probe/probe.h"

namespace leaktrap {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

int OpenNull() { return open("/dev/null", O_RDONLY | O_CLOEXEC); }

std::string Text(const LeakReport& report) {
  std::ostringstream os;
  os << report;
  return os.str();
}

TEST(FindLeaksTest, NothingLeft) {
  const Snapshot before = Snapshot::Take();
  close(OpenNull());
  const LeakReport report = FindLeaks(before);
  EXPECT_TRUE(report.empty());
  EXPECT_TRUE(report.could_look());
  EXPECT_THAT(report.leaks(), IsEmpty());
  EXPECT_EQ(Text(report), "Leaktrap: nothing was left behind");
}

TEST(FindLeaksTest, ALeakIsAValueAndFailsNothing) {
  const Snapshot before = Snapshot::Take();
  const int descriptor = OpenNull();
  const LeakReport report = FindLeaks(before);
  EXPECT_FALSE(report.empty());
  ASSERT_THAT(report.leaks(), SizeIs(1));
  EXPECT_EQ(report.leaks()[0].identity.kind, Kind::kDescriptor);
  EXPECT_EQ(report.leaks()[0].identity.number,
            static_cast<uint64_t>(descriptor));
  EXPECT_THAT(Text(report), HasSubstr("left behind 1 descriptor:"));
  // It is found as often as it is asked for.
  EXPECT_FALSE(FindLeaks(before).empty());
  close(descriptor);
  EXPECT_TRUE(FindLeaks(before).empty());
}

TEST(FindLeaksTest, TakesOptions) {
  const Snapshot before = Snapshot::Take();
  const int descriptor = OpenNull();
  EXPECT_TRUE(FindLeaks(before, Options().IgnoreDescriptor("/dev/null", "why"))
                  .empty());
  EXPECT_TRUE(FindLeaks(before, Options().Tolerate(Kind::kDescriptor, 1, "why"))
                  .empty());
  close(descriptor);
}

TEST(FindLeaksTest, BadOptionsAreNoPass) {
  const LeakReport report =
      FindLeaks(Snapshot::Take(), Options().IgnoreThread("worker", ""));
  EXPECT_FALSE(report.empty());
  EXPECT_FALSE(report.could_look());
  EXPECT_THAT(report.error(), HasSubstr("the reason is empty"));
}

TEST(FindLeaksTest, WithoutASnapshotItIsNoPass) {
  EXPECT_THAT(FindLeaks(Snapshot()).error(), HasSubstr("no snapshot"));
}

TEST(FindLeaksTest, AValueFailsNothingSoTheModeIsNotAsked) {
  const Snapshot before = Snapshot::Take();
  const int descriptor = OpenNull();
  EXPECT_THAT(
      FindLeaks(before, Options().SetMode(Kind::kDescriptor, Mode::kReport))
          .leaks(),
      SizeIs(1));
  close(descriptor);
}

TEST(FindLeaksTest, CallsBeforeCheck) {
  const Snapshot before = Snapshot::Take();
  const int descriptor = OpenNull();
  EXPECT_TRUE(FindLeaks(before, Options().BeforeCheck([&] {
                close(descriptor);
              })).empty());
}

TEST(FindLeaksTest, LimitsAreRefused) {
  EXPECT_THAT(
      FindLeaks(Snapshot::Take(), Options().MaxLeased("http", 1)).error(),
      HasSubstr("limits"));
}

class BlindProbe : public Probe {
 public:
  std::string name() const override { return "blind"; }
  Listing List() override {
    Listing listing;
    listing.error = "cannot see";
    return listing;
  }
};

TEST(FindLeaksTest, ABlindLookIsNoPass) {
  const Snapshot seeing = Snapshot::Take();
  const ProbeRegistration registration(std::make_unique<BlindProbe>());
  for (const LeakReport& report :
       {FindLeaks(seeing), FindLeaks(Snapshot::Take())}) {
    EXPECT_FALSE(report.empty());
    EXPECT_EQ(report.error(), "cannot see");
    EXPECT_EQ(Text(report), "Leaktrap: could not look: cannot see");
  }
}

}  // namespace
}  // namespace leaktrap
