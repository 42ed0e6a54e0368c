#include "leaktrap/probe/descriptor_numbers.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cstdint>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "leaktrap/probe/descriptor_reserve.h"
#include "leaktrap/probe/descriptors_for_test.h"

namespace leaktrap::internal {
namespace {

using testing::Contains;
using testing::Not;

TEST(DescriptorNumbersTest, AreThoseThatAreOpen) {
  const ScopedFd null(open("/dev/null", O_RDONLY | O_CLOEXEC));
  const ScopedFd high(fcntl(null.get(), F_DUPFD_CLOEXEC, 900));
  std::vector<uint64_t> numbers;
  ASSERT_TRUE(OpenDescriptorNumbers(&numbers));
  EXPECT_EQ(numbers, OpenBelow(1024));
  EXPECT_THAT(numbers, Contains(high.get()));
}

TEST(DescriptorNumbersTest, AreFoundWithNoDescriptorLeft) {
  std::vector<uint64_t> numbers, expected;
  bool listed;
  int hole;
  const ScopedFd null(open("/dev/null", O_RDONLY | O_CLOEXEC));
  // Above the limit, where no slot is free for the listing either.
  const ScopedFd high(fcntl(null.get(), F_DUPFD_CLOEXEC, 900));
  {
    const SoftLimit limit(64);
    auto all = UseUpDescriptors();
    hole = open("/dev/null", O_RDONLY);
    listed = OpenDescriptorNumbers(&numbers);
    expected = OpenBelow(1024);
  }
  EXPECT_EQ(hole, -1) << "none is left";
  EXPECT_TRUE(listed);
  EXPECT_EQ(numbers, expected);
  EXPECT_THAT(numbers, Contains(63));
  EXPECT_THAT(numbers, Contains(high.get()));
}

TEST(DescriptorNumbersTest, AreFoundWithHolesBelowTheLimit) {
  const ScopedFd null(open("/dev/null", O_RDONLY | O_CLOEXEC));
  const ScopedFd a(fcntl(null.get(), F_DUPFD_CLOEXEC, 50));
  const ScopedFd b(fcntl(null.get(), F_DUPFD_CLOEXEC, 5000));
  std::vector<uint64_t> numbers;
  bool listed;
  {
    // Nothing may be opened, though most numbers are free.
    const SoftLimit limit(0);
    listed = OpenDescriptorNumbers(&numbers);
  }
  EXPECT_TRUE(listed);
  EXPECT_EQ(numbers, OpenBelow(6000));
  EXPECT_THAT(numbers, Contains(a.get()));
  EXPECT_THAT(numbers, Contains(b.get()));
  EXPECT_THAT(numbers, Not(Contains(51)));
}

}  // namespace
}  // namespace leaktrap::internal
