#include "leaktrap/check/known_leaks.h"

#include <cstdint>
#include <fstream>
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "leaktrap/check/judge.h"
#include "leaktrap/check/options.h"
#include "leaktrap/check/rules.h"
#include "leaktrap/resource/resource.h"

namespace leaktrap::internal {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

std::vector<std::string> Functions(const std::vector<uintptr_t>& stack) {
  return stack.empty() ? std::vector<std::string>()
                       : std::vector<std::string>{"app::Log::Open", "main"};
}

Options With(const std::string& rules, const std::string& place = "T.a") {
  const std::string path = testing::TempDir() + "/known.rules";
  std::ofstream(path) << rules;
  Options options = Options().ReadRules(path).SetPlace(place);
  EXPECT_THAT(options.errors(), IsEmpty());
  return options;
}

Resource Thread(const std::string& name) {
  Resource resource;
  resource.identity.kind = Kind::kThread;
  resource.name = name;
  return resource;
}

Judgement JudgeThreads(const Options& options,
                       const std::vector<std::string>& names,
                       const Budget& budget = Budget()) {
  std::vector<Resource> resources;
  for (const std::string& name : names) resources.push_back(Thread(name));
  return Judge(resources, options, budget, Functions);
}

TEST(KnownLeaksTest, AreToldWithRuleAndReason) {
  const Judgement judgement = JudgeThreads(
      With("\nthreads name=w* count=2 reason=the old pool\n"), {"w1", "w2"});
  EXPECT_THAT(judgement.leaks, IsEmpty());
  ASSERT_THAT(judgement.tolerated, SizeIs(2));
  EXPECT_THAT(judgement.tolerated[0].reason,
              testing::EndsWith("known.rules:2: the old pool"));
  EXPECT_FALSE(judgement.tolerated[0].is_learnt);
}

TEST(KnownLeaksTest, WithOneMoreAllAreLeaks) {
  const Judgement judgement = JudgeThreads(
      With("threads name=w* count=2 reason=r\n"), {"w1", "w2", "w3", "other"});
  ASSERT_THAT(judgement.leaks, SizeIs(4));
  EXPECT_THAT(judgement.leaks[0].hint,
              HasSubstr("knows 2 of these here, and there are 3"));
  EXPECT_THAT(judgement.leaks[3].hint, IsEmpty());
}

TEST(KnownLeaksTest, TheNextRuleTakesWhatTheFirstHasNoRoomFor) {
  const Judgement judgement =
      JudgeThreads(With("threads name=w* count=1 reason=r\n"
                        "threads name=w2 count=1 reason=s\n"),
                   {"w1", "w2"});
  EXPECT_THAT(judgement.leaks, IsEmpty());
}

TEST(KnownLeaksTest, ScopesOfOneTestShareTheCount) {
  const Options options = With("threads name=w count=1 reason=r\n");
  Budget budget;
  EXPECT_THAT(JudgeThreads(options, {"w"}, budget).leaks, IsEmpty());
  EXPECT_THAT(JudgeThreads(options, {"w"}, budget).leaks, SizeIs(1));
  budget.known.Renew();  // another test
  EXPECT_THAT(JudgeThreads(options, {"w"}, budget).leaks, IsEmpty());
  Budget apart = Apart(budget);
  EXPECT_THAT(JudgeThreads(options, {"w"}, apart).leaks, SizeIs(1));
}

TEST(KnownLeaksTest, OfItsTestsOnly) {
  const std::string rules = "threads name=w test=T.* count=1 reason=r\n";
  EXPECT_THAT(JudgeThreads(With(rules, "T.b"), {"w"}).leaks, IsEmpty());
  EXPECT_THAT(JudgeThreads(With(rules, "T"), {"w"}).leaks, SizeIs(1));
  EXPECT_THAT(JudgeThreads(With(rules, "(program)"), {"w"}).leaks, SizeIs(1));
  EXPECT_TRUE(HasKnown(Kind::kThread, With(rules)));
  EXPECT_FALSE(HasKnown(Kind::kThread, With(rules, "U.a")));
  EXPECT_FALSE(HasKnown(Kind::kProcess, With(rules)));
}

TEST(KnownLeaksTest, ByMakerAndKind) {
  Resource made = Thread("w");
  made.origin.emplace();
  made.origin->stack = {1};
  for (const auto& [rule, leaks] :
       {std::pair("threads made_by=*Log::Open count=1 reason=r\n", 0u),
        std::pair("any made_by=app::* count=1 reason=r\n", 0u),
        std::pair("descriptors made_by=*Log::Open count=1 reason=r\n", 1u),
        std::pair("threads made_by=Open count=1 reason=r\n", 1u)}) {
    EXPECT_THAT(Judge({made}, With(rule), Budget(), Functions).leaks,
                SizeIs(leaks))
        << rule;
  }
}

TEST(KnownLeaksTest, GivenBackDirtyIsAnotherFault) {
  Resource dirty;
  dirty.identity.kind = Kind::kConnection;
  dirty.name = "db";
  Resource lost = dirty;
  dirty.dirt = "inside a transaction";
  const Options any = With("connections name=db count=5 reason=r\n");
  EXPECT_THAT(Judge({lost}, any, Budget(), Functions).leaks, IsEmpty());
  EXPECT_THAT(Judge({dirty}, any, Budget(), Functions).leaks, SizeIs(1));
  const Options of_dirt =
      With("connections name=db dirt=inside* count=5 reason=r\n");
  EXPECT_THAT(Judge({lost}, of_dirt, Budget(), Functions).leaks, SizeIs(1));
  EXPECT_THAT(Judge({dirty}, of_dirt, Budget(), Functions).leaks, IsEmpty());
}

TEST(KnownLeaksTest, WithoutACountAllAreLeftOut) {
  const Options options = With("threads name=w test=T.a reason=r\n");
  EXPECT_TRUE(IsIgnored(Thread("w"), options, Functions));
  EXPECT_FALSE(IsIgnored(Thread("v"), options, Functions));
  EXPECT_TRUE(HasPatterns(Kind::kThread, options));
  EXPECT_FALSE(HasPatterns(Kind::kDescriptor, options));
  Options elsewhere = options;
  elsewhere.SetPlace("T.b");
  EXPECT_FALSE(IsIgnored(Thread("w"), elsewhere, Functions));
  EXPECT_FALSE(HasPatterns(Kind::kThread, elsewhere));
}

TEST(KnownLeaksTest, NewOnesAreLearntWhereRulesGrow) {
  Options options = With("threads name=w count=1 reason=r\n");
  options.UpdateRules(RulesUpdate::kGrow);
  const Judgement judgement = JudgeThreads(options, {"w", "w", "v"});
  EXPECT_THAT(judgement.leaks, IsEmpty());
  ASSERT_THAT(judgement.tolerated, SizeIs(3));
  EXPECT_TRUE(judgement.tolerated[2].is_learnt);
  EXPECT_THAT(judgement.known, ElementsAre(testing::Pair(testing::_, 2)));
  // A look by hand is to find what there is.
  options = Options().UpdateRules(RulesUpdate::kGrow);
  EXPECT_THAT(JudgeThreads(options, {"w"}).leaks, SizeIs(1));
}

}  // namespace
}  // namespace leaktrap::internal
