// Ways to make descriptors, each tried alike.

#ifndef LEAKTRAP_ORIGIN_DESCRIPTOR_WAYS_FOR_TEST_H_
#define LEAKTRAP_ORIGIN_DESCRIPTOR_WAYS_FOR_TEST_H_

#include <cerrno>
#include <cstdint>
#include <cstring>
#include <functional>
#include <iterator>
#include <ostream>
#include <set>
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "leaktrap/origin/descriptor_ledger.h"
#include "leaktrap/origin/recorded_for_test.h"
#include "leaktrap/origin/recording.h"

namespace leaktrap::internal {

struct DescriptorWay {
  const char* name;

  // What the records of the descriptors that it makes say, in any order; "":
  // there is no record.
  std::vector<std::string> calls;

  // Makes them; an Undo of null if that cannot be had on this machine.
  Make make;

  bool may_be_missing = false;
};

inline void PrintTo(const DescriptorWay& way, std::ostream* out) {
  *out << way.name;
}

inline std::string NameOfWay(
    const testing::TestParamInfo<DescriptorWay>& info) {
  return info.param.name;
}

class DescriptorWays : public testing::TestWithParam<DescriptorWay> {
 protected:
  // The maker of each is known, and its stack; after the proper release there
  // is no record of it.
  void Try(int most_frames = 2) {
    const std::set<int> before = OpenNumbers();
    const Undo undo = CallMake(GetParam().make);
    if (undo == nullptr && GetParam().may_be_missing) {
      GTEST_SKIP() << "cannot be had here: " << std::strerror(errno);
    }
    ASSERT_TRUE(undo != nullptr) << std::strerror(errno);

    std::vector<int> made;
    for (const int fd : OpenNumbers()) {
      if (before.count(fd) == 0) made.push_back(fd);
    }
    std::vector<std::string> calls;
    for (const int fd : made) {
      calls.push_back(CallThatMade(fd));
      if (calls.back().empty()) continue;
      const CreationRecord record = FindDescriptor(fd).made;
      EXPECT_EQ(record.tid, CurrentTid());
      EXPECT_TRUE(IsFromMake(StackOf(record.stack), most_frames))
          << calls.back();
    }
    EXPECT_THAT(calls, testing::UnorderedElementsAreArray(GetParam().calls));

    undo();
    EXPECT_THAT(OpenNumbers(), testing::ContainerEq(before));
    for (const int fd : made) {
      EXPECT_EQ(CallThatMade(fd), "") << "there is still a record";
    }
  }
};

}  // namespace leaktrap::internal

#endif  // LEAKTRAP_ORIGIN_DESCRIPTOR_WAYS_FOR_TEST_H_
