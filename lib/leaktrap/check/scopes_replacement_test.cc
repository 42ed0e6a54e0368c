// A log that is rotated, a worker that is renewed: who is charged with the
// last.

#include <algorithm>
#include <cstdint>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "leaktrap/check/made_up.h"
#include "leaktrap/check/options.h"
#include "leaktrap/check/probe_set.h"
#include "leaktrap/check/scopes.h"
#include "leaktrap/check/verifier.h"
#include "leaktrap/resource/identity.h"
#include "leaktrap/resource/resource.h"

namespace leaktrap::internal {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

class ReplacementInScopesTest : public testing::Test {
 protected:
  void Make(uint64_t number) { identities().push_back(Descriptor(number)); }
  void Release(uint64_t number) {
    auto& all = identities();
    all.erase(std::remove(all.begin(), all.end(), Descriptor(number)),
              all.end());
  }
  void Replace(uint64_t number, uint64_t by) {
    Release(number);
    Make(by);
  }
  Scopes::Id Open(Scopes::By by = Scopes::By::kLeaktrap) {
    return scopes_.Open(by);
  }

  // That what is new in the scope is there in the place of another.
  void ExpectReplaced(Scopes::Id id) {
    const Verdict verdict = scopes_.Close(id, "scope");
    EXPECT_THAT(Leaks(verdict), IsEmpty());
    EXPECT_THAT(verdict.judgement.tolerated, SizeIs(1));
    EXPECT_THAT(verdict.foreign_releases, IsEmpty());
  }
  void ExpectClean(Scopes::Id id) {
    const Verdict verdict = scopes_.Close(id, "scope");
    EXPECT_THAT(Leaks(verdict), IsEmpty());
    EXPECT_THAT(verdict.judgement.tolerated, IsEmpty());
    EXPECT_THAT(verdict.foreign_releases, IsEmpty());
  }
  static std::vector<uint64_t> Leaks(const Verdict& verdict) {
    std::vector<uint64_t> numbers;
    for (const Resource& leak : verdict.judgement.leaks) {
      numbers.push_back(leak.identity.number);
    }
    return numbers;
  }

 private:
  static Identity Descriptor(uint64_t number) {
    return {Kind::kDescriptor, 0, number, {1}};
  }
  std::vector<Identity>& identities() { return world_.listing.identities; }

  MadeUpWorld world_;
  MadeUpClock clock_;
  MadeUpProof proof_{true};
  ProbeSet probes_ = MadeUpProbes(Kind::kDescriptor, &world_);
  Verifier verifier_{&probes_, &clock_, &proof_};

 protected:
  Scopes scopes_{
      Options().AllowReplacement(Kind::kDescriptor, "*", "it is rotated"),
      &verifier_};
};

TEST_F(ReplacementInScopesTest, IsNotToldAsClosedByTheScopesAround) {
  Make(1);
  Make(2);
  const Scopes::Id program = Open();
  const Scopes::Id test = Open();
  const Scopes::Id block = Open(Scopes::By::kUser);
  Replace(1, 3);
  ExpectReplaced(block);
  ExpectClean(test);
  const Scopes::Id next = Open();
  Replace(2, 4);
  Release(3);
  const Verdict verdict = scopes_.Close(next, "next");
  EXPECT_THAT(verdict.judgement.tolerated, SizeIs(1));
  EXPECT_THAT(verdict.foreign_releases, SizeIs(1));
  ExpectClean(program);
}

TEST_F(ReplacementInScopesTest, WhatIsThereAgainIsToldWhenItIsClosedAgain) {
  Make(1);
  const Scopes::Id program = Open();
  for (int i = 0; i < 2; ++i) {
    const Scopes::Id test = Open();
    Release(1);
    EXPECT_THAT(scopes_.Close(test, "test").foreign_releases, SizeIs(1));
    Make(1);
  }
  ExpectClean(program);
}

TEST_F(ReplacementInScopesTest, IsChargedToTheScopeThatMadeTheFirstOne) {
  const Scopes::Id program = Open();
  const Scopes::Id suite = Open();
  Make(1);
  for (uint64_t last = 1; last < 4; ++last) {
    const Scopes::Id test = Open();
    Replace(last, last + 1);
    ExpectReplaced(test);
  }
  EXPECT_THAT(Leaks(scopes_.Close(suite, "suite")), ElementsAre(4));
  ExpectClean(program);
}

TEST_F(ReplacementInScopesTest, IsHandedOnFromSuiteToSuite) {
  const Scopes::Id program = Open();
  Make(1);
  for (uint64_t last = 1; last < 7; last += 2) {
    const Scopes::Id suite = Open();
    for (uint64_t i = 0; i < 2; ++i) {
      const Scopes::Id test = Open();
      Replace(last + i, last + i + 1);
      ExpectReplaced(test);
    }
    ExpectClean(suite);
  }
  EXPECT_THAT(Leaks(scopes_.Close(program, "program")), ElementsAre(7));
}

TEST_F(ReplacementInScopesTest, OfWhatWasThereBeforeAllIsNobodys) {
  Make(1);
  const Scopes::Id program = Open();
  const Scopes::Id suite = Open();
  const Scopes::Id test = Open();
  Replace(1, 2);
  ExpectReplaced(test);
  const Scopes::Id next = Open();
  Release(2);
  ExpectClean(Open(Scopes::By::kUser));  // looks while the place is empty
  Make(3);
  ExpectReplaced(next);
  ExpectClean(suite);
  ExpectClean(program);
}

TEST_F(ReplacementInScopesTest, HasOnePlaceInAllScopes) {
  Make(1);
  const Scopes::Id program = Open();
  const Scopes::Id test = Open();
  const Scopes::Id block = Open(Scopes::By::kUser);
  Replace(1, 2);
  ExpectReplaced(block);
  Make(3);
  EXPECT_THAT(Leaks(scopes_.Close(test, "test")), ElementsAre(3));
  const Scopes::Id next = Open();
  Replace(2, 4);
  Make(5);
  const Verdict verdict = scopes_.Close(next, "next");
  EXPECT_THAT(Leaks(verdict), SizeIs(1));
  EXPECT_THAT(verdict.judgement.tolerated, SizeIs(1));
  ExpectClean(program);
}

// What a count forgives is a leak all the same: what comes for it counts, too.
TEST_F(ReplacementInScopesTest, OfWhatWasForgivenIsCounted) {
  const Scopes::Id program = Open();
  const Scopes::Id suite =
      scopes_.Open(Scopes::By::kLeaktrap,
                   Options().Tolerate(Kind::kDescriptor, 1, "it stays open"));
  Make(1);
  const Scopes::Id test = Open();
  Replace(1, 2);
  ExpectReplaced(test);
  EXPECT_THAT(scopes_.Close(suite, "suite").judgement.tolerated, SizeIs(1));
  const Scopes::Id next = Open();
  Replace(2, 3);
  EXPECT_THAT(Leaks(scopes_.Close(next, "next")), ElementsAre(3));
  ExpectClean(program);
}

// Without the recorder: the same number, and the same file.
TEST_F(ReplacementInScopesTest, AnEmptyPlaceHidesNoLeak) {
  Make(1);
  const Scopes::Id program = Open();
  const Scopes::Id first = Open();
  Replace(1, 2);
  ExpectReplaced(first);
  const Scopes::Id suite = Open();
  const Scopes::Id second = Open();
  Release(2);
  EXPECT_THAT(scopes_.Close(second, "second").foreign_releases, SizeIs(1));
  const Scopes::Id third = Open();
  Make(2);
  EXPECT_THAT(Leaks(scopes_.Close(third, "third")), ElementsAre(2));
  ExpectClean(suite);
  ExpectClean(program);
}

TEST_F(ReplacementInScopesTest, WhatIsThereAgainHasItsPlace) {
  Make(1);
  const Scopes::Id program = Open();
  const Scopes::Id first = Open();
  Replace(1, 2);
  ExpectReplaced(first);
  const Scopes::Id second = Open();
  Release(2);
  ExpectClean(Open(Scopes::By::kUser));
  Make(2);
  ExpectClean(second);
  ExpectClean(program);
}

TEST_F(ReplacementInScopesTest, OfADisregardedScopesOwnIsNobodys) {
  const Scopes::Id suite = Open();
  const Scopes::Id test = Open();
  Make(1);
  const Scopes::Id block = Open(Scopes::By::kUser);
  Replace(1, 2);
  ExpectReplaced(block);
  scopes_.Disregard(test, "");
  ExpectClean(suite);
}

TEST_F(ReplacementInScopesTest, WhatComesBackWithinATestIsToldOnce) {
  Make(1);
  const Scopes::Id suite = Open();
  const Scopes::Id test = Open();
  Release(1);
  EXPECT_THAT(scopes_.Close(test, "test").foreign_releases, SizeIs(1));
  const Scopes::Id next = Open();
  Make(1);
  ExpectClean(Open(Scopes::By::kUser));
  Release(1);
  ExpectClean(next);
  ExpectClean(suite);
}

TEST_F(ReplacementInScopesTest, OfAnAbandonedScopesOwnIsTheOneAroundIts) {
  const Scopes::Id program = Open();
  const Scopes::Id suite = Open();
  Make(1);
  const Scopes::Id test = Open();
  Replace(1, 2);
  ExpectReplaced(test);
  scopes_.Abandon(suite);
  EXPECT_THAT(Leaks(scopes_.Close(program, "program")), ElementsAre(2));
}

}  // namespace
}  // namespace leaktrap::internal
