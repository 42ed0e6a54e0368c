// What a tracker knows of connections that are back in their pool.

#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <string>
#include <utility>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "leaktrap/pool/lease_tracker.h"
#include "leaktrap/pool/watching.h"

namespace leaktrap {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

int Open() { return memfd_create("connection", MFD_CLOEXEC); }

struct Connection {
  int descriptor;
};

struct Inspector {
  LeaseTracker::Details Describe(const Connection* connection) const {
    if (connection->descriptor < 0) return {"peer", {}};
    return {"peer", {connection->descriptor}};
  }
  std::string Dirt(const Connection*) const { return ""; }
};

class LeaseTrackerIdleTest : public ::testing::Test {
 protected:
  static void SetUpTestSuite() { internal::WatchLeases(); }

  void TearDown() override { close(connection_.descriptor); }

  auto Lend() {
    return tracker_.Lend([this] { return &connection_; }, [](Connection*) {},
                         Inspector());
  }

  // "leased" or "idle" and the descriptors, for each connection.
  std::vector<std::string> Told() const {
    std::vector<std::string> told;
    for (const PooledConnection& connection : tracker_.Connections()) {
      std::string text = connection.leased() ? "leased" : "idle";
      for (const int number : connection.descriptors) {
        text += " " + std::to_string(number);
      }
      told.push_back(text);
    }
    return told;
  }

  LeaseTracker tracker_{"db"};
  Connection connection_{Open()};
  const std::string number_ = std::to_string(connection_.descriptor);
};

TEST_F(LeaseTrackerIdleTest, IdleFromItsReturnToTheNextCheckout) {
  for (int i = 0; i < 3; ++i) {
    const auto lease = Lend();
    EXPECT_THAT(Told(), ElementsAre("leased " + number_));
    EXPECT_EQ(tracker_.Counts().idle, 0);
  }
  EXPECT_THAT(Told(), ElementsAre("idle " + number_));
  EXPECT_EQ(tracker_.Counts().leased, 0);
  EXPECT_EQ(tracker_.Counts().idle, 1);
}

TEST_F(LeaseTrackerIdleTest, WithoutAnInspectorAsWell) {
  tracker_.CheckOut({"peer", {connection_.descriptor}}).End();
  EXPECT_THAT(Told(), ElementsAre("idle " + number_));
}

TEST_F(LeaseTrackerIdleTest, NoLongerWhenItsDescriptorIsClosed) {
  Lend().reset();
  close(connection_.descriptor);
  EXPECT_THAT(Told(), IsEmpty());
  EXPECT_EQ(tracker_.Counts().idle, 0);
}

// The number alone excuses nothing.
TEST_F(LeaseTrackerIdleTest, NoLongerWhenAnotherHasItsNumber) {
  Lend().reset();
  const int another = Open();
  ASSERT_EQ(dup2(another, connection_.descriptor), connection_.descriptor);
  EXPECT_THAT(Told(), IsEmpty());
  close(another);
}

// Some files are opened again and again, and get the same number each time.
TEST_F(LeaseTrackerIdleTest, NotWhenItsPoolClosesIt) {
  const int descriptor = connection_.descriptor;
  const int other = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
  ASSERT_EQ(dup2(other, descriptor), descriptor);
  tracker_
      .Lend([this] { return &connection_; },
            [](Connection* c) { close(c->descriptor); }, Inspector())
      .reset();
  ASSERT_EQ(dup2(other, descriptor), descriptor);
  EXPECT_THAT(Told(), IsEmpty());
  close(other);
}

TEST_F(LeaseTrackerIdleTest, OnTheDescriptorThatItHadAtLast) {
  auto lease = Lend();
  const int first = connection_.descriptor;
  connection_.descriptor = Open();
  close(first);
  lease.reset();
  EXPECT_THAT(Told(),
              ElementsAre("idle " + std::to_string(connection_.descriptor)));
}

TEST_F(LeaseTrackerIdleTest, OnTheFirstOneWhereTheLastIsNotTold) {
  auto lease = Lend();
  const int descriptor = std::exchange(connection_.descriptor, -1);
  lease.reset();
  connection_.descriptor = descriptor;
  EXPECT_THAT(Told(), ElementsAre("idle " + number_));
}

// As with a pool that lends it to a thread that was waiting for it.
TEST_F(LeaseTrackerIdleTest, LentAgainBeforeItsReturnIsTold) {
  TrackedLease again;
  {
    const auto lease =
        tracker_.Lend([this] { return &connection_; },
                      [&](Connection* c) {
                        again = tracker_.CheckOut({"peer", {c->descriptor}});
                      },
                      Inspector());
  }
  EXPECT_THAT(Told(), ElementsAre("leased " + number_));
}

TEST_F(LeaseTrackerIdleTest, OneWithoutDescriptorsIsForgotten) {
  tracker_.CheckOut({"peer", {}}).End();
  EXPECT_THAT(Told(), IsEmpty());
}

TEST_F(LeaseTrackerIdleTest, KeepsErrno) {
  auto lease = tracker_.CheckOut({"peer", {connection_.descriptor, 1 << 20}});
  errno = ENOTTY;
  lease.End();
  EXPECT_EQ(errno, ENOTTY);
  close(connection_.descriptor);
  errno = ENOTTY;
  EXPECT_THAT(tracker_.Connections(), IsEmpty());
  EXPECT_EQ(errno, ENOTTY);
}

}  // namespace
}  // namespace leaktrap
