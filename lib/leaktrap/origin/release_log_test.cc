#include "leaktrap/origin/release_log.h"

#include <atomic>
#include <cstdint>
#include <thread>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "leaktrap/resource/kind.h"

namespace leaktrap::internal {
namespace {

using testing::Ge;
using testing::IsEmpty;
using testing::SizeIs;

const char kPlaces[1024] = {};

// All fields follow from the number.
ReleaseRecord MakeRelease(uint64_t number) {
  ReleaseRecord release;
  release.kind = number % 2 == 0 ? Kind::kThread : Kind::kDescriptor;
  release.number = number;
  release.made.sequence = number + 1;
  release.made.call = "open";
  release.at = &kPlaces[number % 1024];
  release.stack = static_cast<StackId>(number * 3);
  release.tid = static_cast<int>(number * 5);
  release.first_at = &kPlaces[number * 7 % 1024];
  return release;
}

bool IsWhole(const ReleaseRecord& release) {
  const ReleaseRecord made = MakeRelease(release.number);
  return release.kind == made.kind &&
         release.made.sequence == made.made.sequence &&
         release.made.call == made.made.call && release.at == made.at &&
         release.stack == made.stack && release.tid == made.tid &&
         release.first_at == made.first_at;
}

TEST(ReleaseLog, SaysWhatIsOldEnough) {
  EXPECT_FALSE(IsLogged(1)) << "nothing is, until somebody asks for it";
  LogReleasesOfOlderThan(100);
  EXPECT_TRUE(IsLogged(100));
  EXPECT_FALSE(IsLogged(101));
  LogReleasesOfOlderThan(0);
  EXPECT_FALSE(IsLogged(100));
}

TEST(ReleaseLog, GivesWhatCameAfterInOrder) {
  EXPECT_THAT(ReleasesAfter(0), IsEmpty());
  const uint64_t before = LoggedReleases();
  for (uint64_t i = 0; i < 3; ++i) LogRelease(MakeRelease(i));
  EXPECT_EQ(LoggedReleases(), before + 3);
  const std::vector<ReleaseRecord> releases = ReleasesAfter(before + 1);
  ASSERT_THAT(releases, SizeIs(2));
  EXPECT_EQ(releases[0].number, 1u);
  EXPECT_EQ(releases[1].number, 2u);
  EXPECT_TRUE(IsWhole(releases[0]));
  EXPECT_TRUE(IsWhole(releases[1]));
  EXPECT_THAT(ReleasesAfter(before + 3), IsEmpty());
  EXPECT_THAT(ReleasesAfter(before + 300), IsEmpty());
}

TEST(ReleaseLog, KeepsTheLastOnes) {
  const uint64_t before = LoggedReleases();
  for (uint64_t i = 0; i < 3000; ++i) LogRelease(MakeRelease(i));
  EXPECT_EQ(LoggedReleases(), before + 3000) << "what was lost is counted";
  const std::vector<ReleaseRecord> releases = ReleasesAfter(before);
  ASSERT_THAT(releases, SizeIs(1024));
  for (uint64_t i = 0; i < 1024; ++i) {
    EXPECT_EQ(releases[i].number, 3000 - 1024 + i);
  }
}

TEST(ReleaseLog, IsReadWhileOthersWrite) {
  const uint64_t before = LoggedReleases();
  std::atomic<int> writing{3};
  std::vector<std::thread> writers;
  for (int i = 0; i < 3; ++i) {
    writers.emplace_back([&] {
      for (uint64_t k = 0; k < 20000; ++k) LogRelease(MakeRelease(k));
      --writing;
    });
  }
  int mixed = 0;
  do {
    for (const ReleaseRecord& release : ReleasesAfter(before)) {
      if (!IsWhole(release)) ++mixed;
    }
  } while (writing > 0);
  for (std::thread& writer : writers) writer.join();
  EXPECT_EQ(mixed, 0);
  EXPECT_EQ(LoggedReleases(), before + 60000);
  // One that is overtaken by a whole round of the others is dropped.
  EXPECT_THAT(ReleasesAfter(before), SizeIs(Ge(1000)));
}

}  // namespace
}  // namespace leaktrap::internal
