#include "leaktrap/check/persistence.h"

#include <chrono>
#include <map>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace leaktrap::internal {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

Persistence::Time At(int second) {
  return Persistence::Time(std::chrono::seconds(second));
}

Identity Thread(uint64_t number) { return {Kind::kThread, 0, number, {}}; }

// So many threads from before the scope are gone.
std::map<Kind, int> Gone(int threads) { return {{Kind::kThread, threads}}; }

TEST(PersistenceTest, WhatIsSeenThroughoutLasts) {
  Persistence persistence;
  std::vector<Identity> left = {Thread(1)};
  persistence.Observe(At(0), left, Gone(1));
  persistence.Observe(At(2), left, Gone(1));
  EXPECT_THAT(persistence.TakePassing(At(1), &left), IsEmpty());
  EXPECT_THAT(left, ElementsAre(Thread(1)));
}

TEST(PersistenceTest, WhatIsAlwaysAnotherPasses) {
  Persistence persistence;
  persistence.Observe(At(0), {Thread(1)}, Gone(1));
  persistence.Observe(At(1), {Thread(2)}, Gone(0));
  persistence.Observe(At(2), {Thread(3)}, Gone(1));
  std::vector<Identity> left = {Thread(3)};
  EXPECT_THAT(persistence.TakePassing(At(1), &left), ElementsAre(Thread(3)));
  EXPECT_THAT(left, IsEmpty());
}

TEST(PersistenceTest, WhatOnlyCameLateAndReplacesNothingLasts) {
  Persistence persistence;
  persistence.Observe(At(0), {Thread(1)}, Gone(1));
  persistence.Observe(At(1), {Thread(1)}, Gone(1));
  persistence.Observe(At(2), {Thread(1), Thread(2)}, Gone(1));
  std::vector<Identity> left = {Thread(1), Thread(2)};
  EXPECT_THAT(persistence.TakePassing(At(1), &left), IsEmpty());
  EXPECT_THAT(left, ElementsAre(Thread(1), Thread(2)));
}

// A test joins an old thread and leaks a descriptor, which comes late.
TEST(PersistenceTest, OneKindDoesNotExcuseAnother) {
  const Identity descriptor = {Kind::kDescriptor, 0, 4, {}};
  Persistence persistence;
  persistence.Observe(At(0), {Thread(1)}, Gone(1));
  persistence.Observe(At(1), {Thread(1)}, Gone(1));
  persistence.Observe(At(2), {descriptor}, Gone(1));
  std::vector<Identity> left = {descriptor};
  EXPECT_THAT(persistence.TakePassing(At(1), &left), IsEmpty());
  EXPECT_THAT(left, ElementsAre(descriptor));
}

TEST(PersistenceTest, LastingAndPassingAreToldApart) {
  Persistence persistence;
  persistence.Observe(At(0), {Thread(1), Thread(2)}, Gone(1));
  persistence.Observe(At(2), {Thread(1), Thread(3)}, Gone(1));
  std::vector<Identity> left = {Thread(1), Thread(3)};
  EXPECT_THAT(persistence.TakePassing(At(1), &left), ElementsAre(Thread(3)));
  EXPECT_THAT(left, ElementsAre(Thread(1)));
}

// A test that left a thread behind which renews itself for ever.
TEST(PersistenceTest, OneTooManyAtEachLookLastsWhoeverItIs) {
  Persistence persistence;
  persistence.Observe(At(0), {Thread(1)}, Gone(0));
  persistence.Observe(At(1), {Thread(2)}, Gone(0));
  persistence.Observe(At(2), {Thread(3), Thread(4)}, Gone(0));
  std::vector<Identity> left = {Thread(3), Thread(4)};
  EXPECT_THAT(persistence.TakePassing(At(1), &left), IsEmpty());
  EXPECT_THAT(left, ElementsAre(Thread(3), Thread(4)));
}

}  // namespace
}  // namespace leaktrap::internal
