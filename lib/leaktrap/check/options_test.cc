#include "leaktrap/check/options.h"

#include <chrono>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace leaktrap {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

TEST(OptionsTest, DefaultsForgiveNothing) {
  const Options options;
  for (Kind kind : kAllKinds) {
    EXPECT_EQ(options.mode(kind), Mode::kFail);
    EXPECT_EQ(options.tolerance(kind).count, 0);
  }
  EXPECT_THAT(options.ignores(), IsEmpty());
  EXPECT_EQ(options.linger(), std::nullopt);
  EXPECT_THAT(options.errors(), IsEmpty());
}

TEST(OptionsTest, PatternsAddUp) {
  Options outer;
  outer.IgnoreThread("log-*", "a");
  outer.Append(Options()
                   .IgnoreDescriptor("/tmp/*", "b")
                   .IgnoreConnection("db", "c")
                   .IgnoreProcess("sh", "d"));
  ASSERT_THAT(outer.ignores(), SizeIs(4));
  EXPECT_EQ(outer.ignores()[0].kind, Kind::kThread);
  EXPECT_EQ(outer.ignores()[1].kind, Kind::kDescriptor);
  EXPECT_EQ(outer.ignores()[2].kind, Kind::kConnection);
  EXPECT_EQ(outer.ignores()[2].glob, "db");
  EXPECT_EQ(outer.ignores()[2].reason, "c");
  EXPECT_EQ(outer.ignores()[3].kind, Kind::kProcess);
}

TEST(OptionsTest, ACopyIsChangedWithoutTheOther) {
  Options first;
  first.IgnoreThread("log-*", "a").SetMode(Kind::kProcess, Mode::kOff);
  Options second = first;
  second.IgnoreThread("pool-*", "b").SetMode(Kind::kProcess, Mode::kFail);
  EXPECT_THAT(first.ignores(), SizeIs(1));
  EXPECT_EQ(first.mode(Kind::kProcess), Mode::kOff);
  first.IgnoreThread("db-*", "c").AddError("only here");
  EXPECT_THAT(second.ignores(), SizeIs(2));
  EXPECT_EQ(second.ignores()[1].glob, "pool-*");
  EXPECT_EQ(second.mode(Kind::kProcess), Mode::kFail);
  EXPECT_THAT(second.errors(), IsEmpty());
}

TEST(OptionsTest, WhatWasLaidOverNothingIsChangedWithoutTheOther) {
  const Options inner = Options().IgnoreThread("log-*", "a");
  Options outer;
  outer.Append(inner).IgnoreThread("pool-*", "b");
  EXPECT_THAT(inner.ignores(), SizeIs(1));
  EXPECT_THAT(outer.ignores(), SizeIs(2));
}

TEST(OptionsTest, OptionsMayBeLaidOverThemselves) {
  Options options;
  options.IgnoreThread("log-*", "a").SetPlace("Suite.Name");
  options.Append(options);
  EXPECT_THAT(options.ignores(), SizeIs(2));
  EXPECT_EQ(options.place(), "Suite.Name");
}

TEST(OptionsTest, InnermostCountModeAndTimeWin) {
  Options outer;
  outer.Tolerate(Kind::kThread, 2, "outer")
      .SetMode(Kind::kThread, Mode::kOff)
      .Linger(std::chrono::seconds(5));
  Options inner;
  inner.Tolerate(Kind::kThread, 1, "inner")
      .SetMode(Kind::kThread, Mode::kReport)
      .Linger(std::chrono::seconds(1));
  Options both = outer;
  both.Append(inner);
  EXPECT_EQ(both.tolerance(Kind::kThread).count, 1);
  EXPECT_EQ(both.tolerance(Kind::kThread).reason, "inner");
  EXPECT_EQ(both.mode(Kind::kThread), Mode::kReport);
  EXPECT_EQ(both.linger(), std::chrono::seconds(1));
  // What the inner options leave open stays as it is outside.
  both = outer;
  both.Append(Options());
  EXPECT_EQ(both.tolerance(Kind::kThread).count, 2);
  EXPECT_EQ(both.mode(Kind::kThread), Mode::kOff);
  EXPECT_EQ(both.linger(), std::chrono::seconds(5));
}

TEST(OptionsTest, RefusesARuleWithoutAReason) {
  const Options options = Options()
                              .IgnoreThread("worker", "")
                              .IgnoreDescriptor("/x", "")
                              .IgnoreConnection("db", "")
                              .IgnoreProcess("sh", "")
                              .Tolerate(Kind::kThread, 1, "");
  EXPECT_THAT(
      options.errors(),
      ElementsAre(HasSubstr("IgnoreThread(\"worker\", \"\"): the reason"),
                  HasSubstr("IgnoreDescriptor(\"/x\", \"\"): the reason"),
                  HasSubstr("IgnoreConnection(\"db\", \"\"): the reason"),
                  HasSubstr("IgnoreProcess(\"sh\", \"\"): the reason"),
                  HasSubstr("Tolerate(threads, 1, \"\"): the reason")));
  EXPECT_THAT(options.ignores(), IsEmpty());
  EXPECT_EQ(options.tolerance(Kind::kThread).count, 0);
}

TEST(OptionsTest, RefusesWhatMakesNoSense) {
  const Options options = Options()
                              .IgnoreThread("", "why")
                              .Tolerate(Kind::kThread, -1, "why")
                              .Linger(std::chrono::milliseconds(-1))
                              .MaxLeased("", 1)
                              .MaxIdle("db", -1)
                              .TolerateInTotal(Kind::kThread, -2, "why");
  EXPECT_THAT(options.errors(),
              ElementsAre(HasSubstr("pattern is empty"),
                          HasSubstr("count is below zero"),
                          HasSubstr("Linger(-1ms): the time is below zero"),
                          HasSubstr("MaxLeased(\"\", 1): the pattern"),
                          HasSubstr("MaxIdle(\"db\", -1): the count"),
                          HasSubstr("TolerateInTotal(threads, -2")));
  EXPECT_EQ(options.linger(), std::nullopt);
}

TEST(OptionsTest, LimitsAndFunctionsAddUp) {
  Options outer;
  outer.MaxLeased("http", 4).BeforeCheck([] {}).WarmUp([] {});
  outer.Append(
      Options().MaxIdle("http", 2).MaxDiscarded("http", 0).BeforeCheck([] {}));
  EXPECT_THAT(outer.limits(), SizeIs(3));
  EXPECT_THAT(outer.before_check(), SizeIs(2));
  EXPECT_THAT(outer.warm_up(), SizeIs(1));
  EXPECT_THAT(outer.RuleUses(), SizeIs(3));
}

TEST(OptionsTest, AllScopesUnlessToldOtherwise) {
  Options options;
  EXPECT_THAT(options.scopes(),
              ElementsAre(Scope::kTest, Scope::kSuite, Scope::kProgram));
  options.Append(Options().SetScopes({Scope::kTest}));
  options.Append(Options());
  EXPECT_THAT(options.scopes(), ElementsAre(Scope::kTest));
}

TEST(OptionsTest, StrictCanBeTakenBack) {
  Options options = Options().Strict();
  EXPECT_TRUE(options.strict());
  options.Append(Options().Strict(false));
  EXPECT_FALSE(options.strict());
}

TEST(OptionsTest, ErrorsAreKeptWhenAppended) {
  Options outer;
  outer.Append(Options().AddError("one")).AddError("two");
  EXPECT_THAT(outer.errors(), ElementsAre("one", "two"));
}

TEST(OptionsTest, ErrorsAndRulesAreALineEach) {
  Options options;
  options.IgnoreThread("a\n*", "because\x1b");
  ASSERT_THAT(options.RuleUses(), SizeIs(1));
  EXPECT_EQ(options.RuleUses()[0]->rule,
            "IgnoreThread(\"a\\n*\", \"because\\x1b\")");
  options.AddError("one\ntwo\xff");
  EXPECT_THAT(options.errors(), ElementsAre("one\\ntwo\\xff"));
}

}  // namespace
}  // namespace leaktrap
