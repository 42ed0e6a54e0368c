#include "leaktrap/check/replacements.h"

#include <cstdint>
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "leaktrap/check/options.h"
#include "leaktrap/resource/identity.h"
#include "leaktrap/resource/kind.h"
#include "leaktrap/resource/origin.h"
#include "leaktrap/resource/resource.h"

namespace leaktrap::internal {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

Identity File(uint64_t number, uint64_t sequence) {
  return {Kind::kDescriptor, 0, number, {1}, sequence};
}

Resource Made(uint64_t number, uint64_t sequence, uintptr_t place,
              const std::string& name = "/var/log/app.log") {
  Resource resource;
  resource.identity = File(number, sequence);
  resource.name = name;
  resource.origin.emplace();
  resource.origin->sequence = sequence;
  resource.origin->call = "open";
  resource.origin->stack = {place};
  return resource;
}

// Of what Made() with the same arguments stands for.
Release Closed(uint64_t number, uint64_t sequence, uintptr_t place) {
  Release release;
  release.number = number;
  release.made = *Made(number, sequence, place).origin;
  return release;
}

TEST(ReplacementsTest, OfTheSameMaker) {
  std::vector<Resource> resources = {Made(9, 20, 0x1)};
  const Replacements taken = TakeReplacements(
      {File(7, 10)}, {Closed(7, 10, 0x1)}, Options(), &resources);
  EXPECT_THAT(taken.by_same_maker, SizeIs(1));
  EXPECT_THAT(taken.not_replaced, IsEmpty());
  EXPECT_THAT(resources, IsEmpty());
}

TEST(ReplacementsTest, OfAnotherMakerAreLeaksWithAHint) {
  std::vector<Resource> resources = {Made(9, 20, 0x2)};
  const Replacements taken = TakeReplacements(
      {File(7, 10)}, {Closed(7, 10, 0x1)}, Options(), &resources);
  EXPECT_THAT(taken.by_same_maker, IsEmpty());
  EXPECT_THAT(taken.not_replaced, ElementsAre(File(7, 10)));
  ASSERT_THAT(resources, SizeIs(1));
  EXPECT_THAT(resources[0].hint,
              HasSubstr("AllowReplacement(Kind::kDescriptor, "
                        "\"/var/log/app.log\", reason)"));
}

TEST(ReplacementsTest, EachPlaceIsGivenOnce) {
  std::vector<Resource> resources = {Made(8, 20, 0x1), Made(9, 21, 0x1)};
  EXPECT_THAT(TakeReplacements({File(7, 10)}, {Closed(7, 10, 0x1)}, Options(),
                               &resources)
                  .by_same_maker,
              SizeIs(1));
  EXPECT_THAT(resources, SizeIs(1));
}

// One at a time against each would never come to an end.
TEST(ReplacementsTest, ThousandsComeInThePlaceOfThousands) {
  constexpr uint64_t kCount = 10'000;
  std::vector<Identity> gone;
  std::vector<Release> releases;
  std::vector<Resource> resources;
  for (uint64_t i = 1; i <= kCount; ++i) {
    gone.push_back(File(i, i));
    releases.push_back(Closed(i, i, i % 3));
    resources.push_back(Made(i, kCount + i, i % 2));
  }
  const Replacements taken =
      TakeReplacements(gone, releases, Options(), &resources);
  // Of the makers 0 and 1 there are as many places as for a third of them, and
  // the rest gets hints of the same number, or of the first that is left.
  EXPECT_THAT(taken.by_same_maker, SizeIs(kCount / 3 * 2 + 1));
  EXPECT_THAT(resources, SizeIs(kCount - taken.by_same_maker.size()));
  EXPECT_THAT(taken.not_replaced, SizeIs(resources.size()));
  EXPECT_THAT(resources[0].hint, HasSubstr("which was there before, is gone"));
}

TEST(ReplacementsTest, WhoseMakerIsNotKnownProveNothing) {
  std::vector<Resource> resources = {Made(9, 20, 0x1), Made(8, 21, 0x1)};
  resources[0].origin.reset();
  resources[1].origin->stack.clear();
  EXPECT_THAT(TakeReplacements({File(7, 10), File(6, 9)}, {Closed(7, 10, 0x1)},
                               Options(), &resources)
                  .by_same_maker,
              IsEmpty());
  EXPECT_THAT(resources, SizeIs(2));
}

TEST(ReplacementsTest, AreAllowedByARuleIfSomethingIsGone) {
  const Options options =
      Options().AllowReplacement(Kind::kDescriptor, "/var/log/*", "rotated");
  std::vector<Resource> resources = {Made(9, 20, 0x2), Made(8, 21, 0x2)};
  const Replacements taken =
      TakeReplacements({File(7, 10)}, {}, options, &resources);
  ASSERT_THAT(taken.allowed, SizeIs(1));
  EXPECT_EQ(taken.allowed[0].reason, "rotated");
  EXPECT_THAT(resources, SizeIs(1));
  EXPECT_THAT(resources[0].hint, IsEmpty());
}

TEST(ReplacementsTest, OfAnotherKindAreNone) {
  std::vector<Resource> resources = {Made(9, 20, 0x1)};
  Identity thread = File(7, 10);
  thread.kind = Kind::kThread;
  EXPECT_THAT(
      TakeReplacements({thread}, {Closed(7, 10, 0x1)}, Options(), &resources)
          .not_replaced,
      ElementsAre(thread));
  EXPECT_THAT(resources[0].hint, IsEmpty());
}

}  // namespace
}  // namespace leaktrap::internal
