#include "leaktrap/report/makers.h"

#include <cstdint>
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "leaktrap/resource/kind.h"
#include "leaktrap/resource/resource.h"
#include "leaktrap/stack/capture.h"

namespace leaktrap::internal {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

uint64_t last_sequence = 0;
int line_of_open = 0;

// As if it was made here.
__attribute__((noinline)) Resource Open(uint64_t number) {
  Resource resource;
  resource.identity = {Kind::kDescriptor, 0, number, {}, ++last_sequence};
  resource.name = "/tmp/" + std::to_string(number);
  resource.likeness = "files in /tmp";
  resource.origin.emplace();
  resource.origin->sequence = last_sequence;
  resource.origin->call = "made-up";
  uintptr_t addresses[32];
  line_of_open = __LINE__ + 1;
  const int count = CaptureStack(nullptr, addresses, 32);
  resource.origin->stack.assign(addresses, addresses + count);
  return resource;
}

__attribute__((noinline)) Resource OpenElsewhere(uint64_t number) {
  Resource resource = Open(number);
  resource.origin->sequence = ++last_sequence;
  return resource;
}

TEST(MakersTest, OneForAllThatOneFunctionMade) {
  const std::vector<Resource> leaks = {Open(7), OpenElsewhere(8), Open(9)};
  const std::vector<MadeByOne> makers = MakersOf(leaks);
  ASSERT_THAT(makers, SizeIs(1));
  EXPECT_EQ(makers[0].signature,
            "descriptors maker=\"leaktrap::internal::(anonymous "
            "namespace)::Open\"");
  EXPECT_EQ(makers[0].place, "lib/leaktrap/report/makers_test.cc:" +
                                 std::to_string(line_of_open));
  EXPECT_THAT(makers[0].roots, SizeIs(3));
  EXPECT_THAT(makers[0].parts, IsEmpty());
}

TEST(MakersTest, WhatGoesWithItIsNoMakerOfItsOwn) {
  Resource lease;
  lease.identity.kind = Kind::kConnection;
  lease.identity.number = 1;
  lease.name = "db";
  lease.descriptors = {7};
  const std::vector<MadeByOne> makers = MakersOf({Open(7), lease});
  ASSERT_THAT(makers, SizeIs(1));
  EXPECT_EQ(makers[0].signature, "connections name=db");
  EXPECT_EQ(makers[0].place, "");
  ASSERT_THAT(makers[0].roots, SizeIs(1));
  EXPECT_EQ(makers[0].roots[0], lease.identity);
  ASSERT_THAT(makers[0].parts, SizeIs(1));
  EXPECT_EQ(makers[0].parts[0].number, 7u);
  EXPECT_THAT(makers[0].part_signatures,
              ElementsAre(MakersOf({Open(7)}).at(0).signature));
}

TEST(MakersTest, NoneOfNothing) { EXPECT_THAT(MakersOf({}), IsEmpty()); }

}  // namespace
}  // namespace leaktrap::internal
