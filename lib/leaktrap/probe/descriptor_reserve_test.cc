#include "leaktrap/probe/descriptor_reserve.h"

#include <fcntl.h>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <unistd.h>

#include <optional>

#include "gtest/gtest.h"
#include "leaktrap/probe/descriptor_identity.h"
#include "leaktrap/probe/descriptors_for_test.h"
#include "leaktrap/resource/identity.h"

namespace leaktrap::internal {
namespace {

class DescriptorReserveTest : public testing::Test {
 protected:
  ~DescriptorReserveTest() override { GiveUpDescriptorReserve(); }

  static int Number() {
    return static_cast<int>(DescriptorReserveIdentity()->number);
  }
};

TEST_F(DescriptorReserveTest, HeldAtAHighNumberAndClosedOnExec) {
  ASSERT_EQ(DescriptorReserveIdentity(), std::nullopt);
  const ScopedFd lowest(eventfd(0, EFD_CLOEXEC));
  ASSERT_TRUE(TakeDescriptorReserve());
  EXPECT_GE(Number(), 900);
  EXPECT_LT(Number(), 1024);
  EXPECT_EQ(fcntl(Number(), F_GETFD), FD_CLOEXEC);
  EXPECT_EQ(DescriptorIdentity(Number()), DescriptorReserveIdentity());
  const ScopedFd next(eventfd(0, EFD_CLOEXEC));
  EXPECT_EQ(next.get(), lowest.get() + 1) << "the low number is free again";
}

TEST_F(DescriptorReserveTest, TakenTwiceIsHeldOnce) {
  ASSERT_TRUE(TakeDescriptorReserve());
  const auto first = DescriptorReserveIdentity();
  ASSERT_TRUE(TakeDescriptorReserve());
  EXPECT_EQ(DescriptorReserveIdentity(), first);
}

TEST_F(DescriptorReserveTest, GivenUpIsClosedOnce) {
  ASSERT_TRUE(TakeDescriptorReserve());
  const int number = Number();
  EXPECT_TRUE(GiveUpDescriptorReserve());
  EXPECT_EQ(fcntl(number, F_GETFD), -1);
  EXPECT_EQ(DescriptorReserveIdentity(), std::nullopt);
  EXPECT_FALSE(GiveUpDescriptorReserve());
}

TEST_F(DescriptorReserveTest, StaysBelowASmallLimit) {
  const SoftLimit limit(64);
  ASSERT_TRUE(TakeDescriptorReserve());
  EXPECT_EQ(Number(), 63);
}

TEST_F(DescriptorReserveTest, GoesLowerWhereHighNumbersAreTaken) {
  const SoftLimit limit(64);
  const ScopedFd null(open("/dev/null", O_RDONLY | O_CLOEXEC));
  const ScopedFd top(fcntl(null.get(), F_DUPFD_CLOEXEC, 63));
  ASSERT_TRUE(TakeDescriptorReserve());
  EXPECT_EQ(Number(), 62);
}

TEST_F(DescriptorReserveTest, TakesTheLastSlotWhereverItIs) {
  int last;
  bool taken;
  std::optional<Identity> held;
  {
    const SoftLimit limit(64);
    auto all = UseUpDescriptors();
    ASSERT_GT(all.size(), 2u);
    last = all[2].get();
    all[2].Close();
    taken = TakeDescriptorReserve();
    held = DescriptorReserveIdentity();
  }
  EXPECT_TRUE(taken);
  ASSERT_TRUE(held);
  EXPECT_EQ(held->number, last);
}

TEST_F(DescriptorReserveTest, NotTakenWhenNoSlotIsLeft) {
  int error = 0;
  bool taken;
  {
    const SoftLimit limit(64);
    const auto all = UseUpDescriptors();
    errno = 0;
    taken = TakeDescriptorReserve();
    error = errno;
  }
  EXPECT_FALSE(taken);
  EXPECT_EQ(error, EMFILE);
  EXPECT_EQ(DescriptorReserveIdentity(), std::nullopt);
}

TEST_F(DescriptorReserveTest, ItsNumberInOtherHandsIsLeftAlone) {
  ASSERT_TRUE(TakeDescriptorReserve());
  const int number = Number();
  const ScopedFd event(eventfd(0, EFD_CLOEXEC));
  const ScopedFd users(dup2(event.get(), number));
  EXPECT_FALSE(GiveUpDescriptorReserve());
  EXPECT_EQ(DescriptorReserveIdentity(), std::nullopt);
  EXPECT_EQ(DescriptorIdentity(number)->stamp,
            DescriptorIdentity(event.get())->stamp);
}

TEST_F(DescriptorReserveTest, TakenAnewAfterATestClosedIt) {
  ASSERT_TRUE(TakeDescriptorReserve());
  const auto first = DescriptorReserveIdentity();
  ASSERT_EQ(close(Number()), 0);
  ASSERT_TRUE(TakeDescriptorReserve());
  EXPECT_NE(DescriptorReserveIdentity(), first);
  EXPECT_EQ(DescriptorIdentity(Number()), DescriptorReserveIdentity());
}

rlim_t SoftLimitNow() {
  rlimit limit;
  return getrlimit(RLIMIT_NOFILE, &limit) == 0 ? limit.rlim_cur : 0;
}

TEST_F(DescriptorReserveTest, KeptBeneathALoweredLimitThatLeavesASlot) {
  ASSERT_TRUE(TakeDescriptorReserve());
  const auto held = DescriptorReserveIdentity();
  const SoftLimit limit(64);
  EXPECT_FALSE(GiveUpDescriptorReserve());
  EXPECT_EQ(DescriptorReserveIdentity(), held);
  EXPECT_EQ(DescriptorIdentity(Number()), held);
  EXPECT_EQ(SoftLimitNow(), 64);
}

TEST_F(DescriptorReserveTest, LiftsALoweredLimitThatLeavesNoSlot) {
  ASSERT_TRUE(TakeDescriptorReserve());
  const int number = Number();
  bool given_up, taken;
  int in_its_slot;
  rlim_t lifted, put_back;
  {
    const SoftLimit limit(64);
    const auto all = UseUpDescriptors();
    given_up = GiveUpDescriptorReserve();
    lifted = SoftLimitNow();
    in_its_slot = eventfd(0, EFD_CLOEXEC);
    close(in_its_slot);
    taken = TakeDescriptorReserve();
    put_back = SoftLimitNow();
  }
  EXPECT_TRUE(given_up);
  EXPECT_EQ(lifted, number + 1);
  EXPECT_GE(in_its_slot, 64);
  EXPECT_TRUE(taken);
  EXPECT_EQ(Number(), number);
  EXPECT_EQ(put_back, 64);
}

TEST_F(DescriptorReserveTest, LeavesALimitThatIsSetWhileItIsGivenUp) {
  ASSERT_TRUE(TakeDescriptorReserve());
  rlim_t left;
  {
    const SoftLimit limit(64);
    const auto all = UseUpDescriptors();
    GiveUpDescriptorReserve();
    const SoftLimit users(200);
    TakeDescriptorReserve();
    left = SoftLimitNow();
  }
  EXPECT_EQ(left, 200);
}

}  // namespace
}  // namespace leaktrap::internal
