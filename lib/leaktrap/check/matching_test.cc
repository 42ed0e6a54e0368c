#include "leaktrap/check/matching.h"

#include <cstdint>
#include <string>
#include <vector>

#include "gtest/gtest.h"
#include "leaktrap/check/rules_file.h"
#include "leaktrap/resource/resource.h"
#include "leaktrap/stack/capture.h"

namespace leaktrap::internal {
namespace {

std::vector<std::string> Functions(const std::vector<uintptr_t>& stack) {
  if (stack.empty()) return {};
  return {stack.front() == 1 ? "app::Made" : "app::Now", "main"};
}

Resource Thread() {
  Resource thread;
  thread.identity.kind = Kind::kThread;
  thread.name = "worker";
  thread.origin.emplace();
  thread.origin->stack = {1};
  thread.now.emplace();
  thread.now->stack = {2};
  return thread;
}

bool MatchesLine(const std::string& line, const Resource& resource,
                 const std::string& place) {
  const RulesFile file = ParseRules("", line + " reason=r");
  if (file.rules.size() != 1) ADD_FAILURE() << line;
  Subject subject(resource, Functions);
  return Matches(file.rules.front(), place, &subject);
}

TEST(MatchingTest, EachPatternMatchesItsOwn) {
  EXPECT_TRUE(MatchesLine("threads name=work*", Thread(), "T.a"));
  EXPECT_TRUE(MatchesLine("threads made_by=*Made", Thread(), "T.a"));
  EXPECT_TRUE(MatchesLine("threads stack=*Now", Thread(), "T.a"));
  EXPECT_TRUE(MatchesLine("any stack=main", Thread(), "T.a"));
  EXPECT_FALSE(MatchesLine("threads name=*Made", Thread(), "T.a"));
  EXPECT_FALSE(MatchesLine("threads made_by=*Now", Thread(), "T.a"));
  EXPECT_FALSE(MatchesLine("threads stack=*Made", Thread(), "T.a"));
  EXPECT_FALSE(MatchesLine("processes name=work*", Thread(), "T.a"));
}

__attribute__((noinline)) Resource MadeByInner() {
  Resource thread = Thread();
  uintptr_t addresses[32];
  const int count = CaptureStack(nullptr, addresses, 32);
  thread.origin->stack.assign(addresses, addresses + count);
  return thread;
}

__attribute__((noinline)) Resource MadeByOuter() {
  Resource thread = MadeByInner();
  thread.identity.number = 1;
  return thread;
}

TEST(MatchingTest, AMakerIsTheInnermostFunction) {
  const Resource thread = MadeByOuter();
  EXPECT_TRUE(MatchesLine("threads maker=*::MadeByInner", thread, "T.a"));
  EXPECT_FALSE(MatchesLine("threads maker=*::MadeByOuter", thread, "T.a"));
  // Who is on its stack now has not made it.
  EXPECT_FALSE(MatchesLine("threads maker=*Now", thread, "T.a"));
  EXPECT_FALSE(MatchesLine("threads maker=main", thread, "T.a"));
}

TEST(MatchingTest, WhatIsNotKnownMatchesNoFunction) {
  Resource thread = Thread();
  thread.origin.reset();
  thread.now.reset();
  EXPECT_FALSE(MatchesLine("threads made_by=*", thread, "T.a"));
  EXPECT_FALSE(MatchesLine("threads stack=*", thread, "T.a"));
}

TEST(MatchingTest, FunctionsAreLookedUpOnceForAllRules) {
  int looked_up = 0;
  auto functions_of = [&](const std::vector<uintptr_t>& stack) {
    ++looked_up;
    return Functions(stack);
  };
  const Resource thread = Thread();
  Subject subject(thread, functions_of);
  const RulesFile file =
      ParseRules("",
                 "any made_by=a reason=r\nany made_by=b reason=r\n"
                 "any stack=a reason=r\nany stack=b reason=r\n");
  for (const FileRule& rule : file.rules) {
    EXPECT_FALSE(Matches(rule, "T.a", &subject));
  }
  EXPECT_EQ(looked_up, 2);
}

TEST(MatchingTest, WhatWasGivenBackDirty) {
  Resource lease = Thread();
  lease.identity.kind = Kind::kConnection;
  EXPECT_FALSE(MatchesLine("any name=* dirt=*transaction", lease, "T.a"));
  lease.dirt = "inside a transaction";
  EXPECT_TRUE(MatchesLine("any name=* dirt=*transaction", lease, "T.a"));
  EXPECT_FALSE(MatchesLine("any name=* dirt=*lock", lease, "T.a"));
  EXPECT_TRUE(MatchesLine("any name=*", lease, "T.a"));
}

TEST(MatchingTest, OfItsTestsOnly) {
  EXPECT_TRUE(MatchesLine("any name=* test=T.*", Thread(), "T.a/0"));
  EXPECT_FALSE(MatchesLine("any name=* test=T.*", Thread(), "T"));
  EXPECT_TRUE(MatchesLine("any name=*", Thread(), ""));
  EXPECT_FALSE(MatchesLine("any name=* test=T.a", Thread(), ""));
}

TEST(MatchingTest, AGlobOfATextMatchesThatTextAlone) {
  for (const std::string text :
       {"plain", "operator*", "a[b]", "what?", "back\\slash"}) {
    Resource thread = Thread();
    FileRule rule;
    rule.glob = GlobOf(text);
    thread.name = text;
    Subject same(thread, Functions);
    EXPECT_TRUE(Matches(rule, "", &same)) << rule.glob;
    EXPECT_EQ(HasWildcards(text), text != "plain");
    thread.name = "operator*s";
    Subject other(thread, Functions);
    EXPECT_FALSE(Matches(rule, "", &other)) << rule.glob;
  }
}

}  // namespace
}  // namespace leaktrap::internal
