#include "leaktrap/check/judge.h"

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "leaktrap/check/options.h"
#include "leaktrap/resource/resource.h"

namespace leaktrap::internal {
namespace {

using testing::IsEmpty;
using testing::SizeIs;

std::vector<std::string> NoFunctions(const std::vector<uintptr_t>&) {
  return {};
}

// The first judgement of a run.
Judgement JudgeFirst(std::vector<Resource> resources, const Options& options) {
  return Judge(std::move(resources), options, Budget(), NoFunctions);
}

Resource Made(Kind kind, const std::string& name, uint64_t number = 1) {
  Resource resource;
  resource.identity = {kind, 0, number, {}};
  resource.name = name;
  return resource;
}

bool Ignores(const Options& options, const Resource& resource,
             const std::vector<std::string>& functions = {}) {
  return IsIgnored(resource, options, [&](const std::vector<uintptr_t>& stack) {
    return stack.empty() ? std::vector<std::string>() : functions;
  });
}

TEST(IsIgnoredTest, ByGlobAndKind) {
  const Options options = Options()
                              .IgnoreThread("log-*", "why")
                              .IgnoreDescriptor("/var/log/*", "why")
                              .IgnoreConnection("db", "why");
  EXPECT_TRUE(Ignores(options, Made(Kind::kThread, "log-flush")));
  EXPECT_FALSE(Ignores(options, Made(Kind::kThread, "blog-flush")));
  EXPECT_TRUE(Ignores(options, Made(Kind::kDescriptor, "/var/log/a/b")));
  EXPECT_FALSE(Ignores(options, Made(Kind::kDescriptor, "log-flush")));
  EXPECT_TRUE(Ignores(options, Made(Kind::kConnection, "db")));
  EXPECT_FALSE(Ignores(options, Made(Kind::kConnection, "db2")));
  EXPECT_FALSE(Ignores(options, Made(Kind::kOther, "db")));
}

TEST(IsIgnoredTest, ByAFunctionThatCreatedIt) {
  const Options options = Options().IgnoreCreatedBy("*Logger::Open", "kept");
  Resource file = Made(Kind::kDescriptor, "/tmp/log");
  file.origin.emplace();
  file.origin->stack = {1};
  Resource thread = Made(Kind::kThread, "x");
  thread.origin = file.origin;
  EXPECT_TRUE(Ignores(options, file, {"fopen", "app::Logger::Open", "main"}));
  EXPECT_TRUE(Ignores(options, thread, {"Logger::Open"}));
  EXPECT_FALSE(Ignores(options, file, {"app::Logger::OpenAll", "main"}));
  file.origin.reset();
  EXPECT_FALSE(Ignores(options, file, {"Logger::Open"}));
  EXPECT_TRUE(HasPatterns(Kind::kProcess, options));
}

TEST(IsIgnoredTest, ByAFunctionThatAThreadIsIn) {
  const Options options = Options().IgnoreStack("*::Run", "lives on");
  Resource thread = Made(Kind::kThread, "x");
  EXPECT_FALSE(Ignores(options, thread, {"app::Loop::Run"}));
  thread.now.emplace();
  thread.now->stack = {1};
  EXPECT_TRUE(Ignores(options, thread, {"epoll_wait", "app::Loop::Run"}));
  EXPECT_FALSE(Ignores(options, thread, {"epoll_wait", "app::Loop::RunOne"}));
}

TEST(IsIgnoredTest, NothingWithoutRules) {
  EXPECT_FALSE(Ignores(Options(), Made(Kind::kThread, "log-flush")));
}

TEST(HasPatternsTest, OfThatKind) {
  const Options options = Options().IgnoreThread("log-*", "why");
  EXPECT_TRUE(HasPatterns(Kind::kThread, options));
  EXPECT_FALSE(HasPatterns(Kind::kDescriptor, options));
}

TEST(JudgeTest, EverythingIsALeakByDefault) {
  const Judgement judgement = JudgeFirst(
      {Made(Kind::kThread, "a"), Made(Kind::kDescriptor, "b")}, Options());
  EXPECT_THAT(judgement.leaks, SizeIs(2));
  EXPECT_THAT(judgement.tolerated, IsEmpty());
  EXPECT_THAT(judgement.only_reported, IsEmpty());
}

TEST(JudgeTest, TolerancePerKindUpToItsCount) {
  const Options options = Options().Tolerate(Kind::kThread, 2, "two workers");
  const std::vector<Resource> two = {Made(Kind::kThread, "a", 1),
                                     Made(Kind::kThread, "a", 2)};
  const Judgement within = JudgeFirst(two, options);
  EXPECT_THAT(within.leaks, IsEmpty());
  ASSERT_THAT(within.tolerated, SizeIs(2));
  EXPECT_EQ(within.tolerated[0].reason, "two workers");

  // Which of three is the one too many, nobody can say: all are shown.
  std::vector<Resource> three = two;
  three.push_back(Made(Kind::kThread, "a", 3));
  const Judgement beyond = JudgeFirst(three, options);
  EXPECT_THAT(beyond.leaks, SizeIs(3));
  EXPECT_THAT(beyond.tolerated, IsEmpty());

  const Judgement other_kind =
      JudgeFirst({Made(Kind::kDescriptor, "b")}, options);
  EXPECT_THAT(other_kind.leaks, SizeIs(1));
}

TEST(ForgivenTest, CopiesShareTheirCountsUntilOneIsRenewed) {
  const Forgiven outer;
  outer.Add(Kind::kThread, 2);
  Forgiven inner = outer;
  inner.Add(Kind::kThread, 1);
  EXPECT_EQ(outer.count(Kind::kThread), 3);
  inner.Renew(Kind::kThread);
  const Forgiven innermost = inner;
  innermost.Add(Kind::kThread, 5);
  innermost.Add(Kind::kProcess, 7);
  EXPECT_EQ(inner.count(Kind::kThread), 5);
  EXPECT_EQ(outer.count(Kind::kThread), 3);
  EXPECT_EQ(outer.count(Kind::kProcess), 7);
  const Forgiven apart = inner.Apart();
  inner.RenewAll();
  EXPECT_EQ(inner.count(Kind::kThread), 0);
  EXPECT_EQ(inner.count(Kind::kProcess), 0);
  EXPECT_EQ(apart.count(Kind::kThread), 5);
  EXPECT_EQ(apart.count(Kind::kProcess), 7);
  EXPECT_EQ(innermost.count(Kind::kThread), 5);
  EXPECT_EQ(outer.count(Kind::kProcess), 7);
}

TEST(JudgeTest, ToleranceInTotalIsUsedUp) {
  const Options options =
      Options().TolerateInTotal(Kind::kThread, 3, "the first three");
  const std::vector<Resource> two = {Made(Kind::kThread, "a", 1),
                                     Made(Kind::kThread, "a", 2)};
  const Budget budget;
  EXPECT_TRUE(IsForgiven(Kind::kThread, 3, options, budget));
  EXPECT_FALSE(IsForgiven(Kind::kThread, 4, options, budget));
  const Judgement first = Judge(two, options, budget, NoFunctions);
  ASSERT_THAT(first.tolerated, SizeIs(2));
  EXPECT_EQ(first.tolerated[0].reason, "the first three");
  // One is left, and two are too many for it.
  EXPECT_FALSE(IsForgiven(Kind::kThread, 2, options, budget));
  EXPECT_THAT(Judge(two, options, budget, NoFunctions).leaks, SizeIs(2));
  EXPECT_THAT(Judge({two[0]}, options, budget, NoFunctions).tolerated,
              SizeIs(1));
  EXPECT_THAT(Judge({two[0]}, options, budget, NoFunctions).leaks, SizeIs(1));
}

TEST(JudgeTest, ToleranceOfAScopeIsUsedUp) {
  const Options options = Options().Tolerate(Kind::kThread, 1, "one");
  const Budget budget;
  const Budget same = budget;
  EXPECT_THAT(
      Judge({Made(Kind::kThread, "a")}, options, budget, NoFunctions).tolerated,
      SizeIs(1));
  EXPECT_THAT(
      Judge({Made(Kind::kThread, "a")}, options, same, NoFunctions).leaks,
      SizeIs(1));
}

TEST(JudgeTest, WhatTheScopeForgivesTheTotalKeeps) {
  const Options options = Options()
                              .Tolerate(Kind::kThread, 1, "one a scope")
                              .TolerateInTotal(Kind::kThread, 2, "two a run");
  const Budget budget;
  const Judgement judgement =
      Judge({Made(Kind::kThread, "a")}, options, budget, NoFunctions);
  ASSERT_THAT(judgement.tolerated, SizeIs(1));
  EXPECT_EQ(judgement.tolerated[0].reason, "one a scope");
  EXPECT_EQ(budget.in_total.count(Kind::kThread), 0);
}

TEST(JudgeTest, CountsWhichRulesMatched) {
  const Options options = Options()
                              .IgnoreThread("used", "why")
                              .IgnoreThread("unused", "why")
                              .Tolerate(Kind::kThread, 1, "why")
                              .Tolerate(Kind::kDescriptor, 1, "why");
  Ignores(options, Made(Kind::kThread, "used"));
  JudgeFirst({Made(Kind::kThread, "a")}, options);
  std::vector<std::string> used;
  for (const auto& use : options.RuleUses()) {
    if (use->matches > 0) used.push_back(use->rule);
  }
  EXPECT_THAT(used, testing::ElementsAre("IgnoreThread(\"used\", \"why\")",
                                         "Tolerate(threads, 1, \"why\")"));
}

TEST(JudgeTest, ReportModeIsPerKind) {
  const Options options = Options().SetMode(Kind::kThread, Mode::kReport);
  const Judgement judgement = JudgeFirst(
      {Made(Kind::kThread, "a"), Made(Kind::kDescriptor, "b")}, options);
  ASSERT_THAT(judgement.only_reported, SizeIs(1));
  EXPECT_EQ(judgement.only_reported[0].name, "a");
  ASSERT_THAT(judgement.leaks, SizeIs(1));
  EXPECT_EQ(judgement.leaks[0].name, "b");
}

}  // namespace
}  // namespace leaktrap::internal
