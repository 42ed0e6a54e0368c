// Symbolizers that do not do what they should.

#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "leaktrap/stack/function_name.h"
#include "leaktrap/stack/left_behind_for_test.h"
#include "leaktrap/stack/symbolizer.h"
#include "leaktrap/stack/user_code_for_test.h"

namespace leaktrap::internal {
namespace {

using testing::HasSubstr;

class SymbolizerFailureTest : public LeavesNothingTest {
 protected:
  SymbolizerFailureTest() { app::Outer(&trace_); }

  // A symbolizer with this text, which first notes that it ran.
  SymbolizerCommand Fake(const std::string& name, const std::string& text) {
    return SymbolizerAt(
        Script(name, "echo " + name + " >>" + log() + "\n" + text));
  }

  void SetUp() override { unlink(log().c_str()); }

  static std::string log() { return testing::TempDir() + "/ran"; }

  void ExpectNames(Symbolizer* symbolizer) {
    const auto stack = symbolizer->Symbolize(trace_.return_addresses);
    ASSERT_EQ(stack.size(), trace_.return_addresses.size());
    std::vector<std::string> names;
    for (const auto& frames : stack) {
      ASSERT_EQ(frames.size(), 1);
      EXPECT_EQ(frames[0].line, 0);
      names.push_back(BareName(frames[0].function));
    }
    EXPECT_THAT(names,
                testing::IsSupersetOf({"app::(anonymous namespace)::Plain",
                                       "app::Outer", "main", "_start"}));
  }

  app::Trace trace_;
};

TEST_F(SymbolizerFailureTest, NamesAreGivenWhateverItDoes) {
  struct Case {
    std::string text;
    std::string why;
  };
  for (const Case& c : std::vector<Case>{
           {"exit 0", "answered what cannot be read (0 bytes, exit code 0)"},
           {"exit 3", "exit code 3"},
           {"cat >/dev/null; echo garbage", "8 bytes"},
           {"cat", "answered what cannot be read"},
           {"kill -SEGV $$", "signal 11 (Segmentation fault)"},
           {"exec yes", "signal 25"},
           {"head -c 900000 /dev/urandom", "900000 bytes"},
           {"head -c 900000 /dev/zero | tr '\\0' '\\n'", "900000 bytes"},
       }) {
    for (const std::string name : {"fake-symbolizer", "fake-addr2line"}) {
      Symbolizer symbolizer({{Fake(name, c.text)}, ""});
      ExpectNames(&symbolizer);
      EXPECT_THAT(symbolizer.WhyNoLines(), HasSubstr(c.why)) << c.text;
      EXPECT_THAT(symbolizer.WhyNoLines(), HasSubstr(name));
    }
  }
}

TEST_F(SymbolizerFailureTest, OneThatIsNotThere) {
  Symbolizer symbolizer({{SymbolizerAt("/no/such/symbolizer")}, ""});
  ExpectNames(&symbolizer);
  EXPECT_THAT(symbolizer.WhyNoLines(),
              HasSubstr("/no/such/symbolizer could not be started: No such "
                        "file or directory"));
}

TEST_F(SymbolizerFailureTest, OneThatHangsIsKilledAndNothingTriedAgain) {
  Symbolizer::Options options;
  options.commands = {Fake("hangs", "exec sleep 1000"),
                      Fake("second", "exit 0")};
  options.time_limit = std::chrono::milliseconds(300);
  Symbolizer symbolizer(options);
  ExpectNames(&symbolizer);
  EXPECT_THAT(symbolizer.WhyNoLines(),
              HasSubstr("hangs did not end within 300 ms"));
  app::Trace other;
  app::AppRunThreadInPlugin(&other);
  symbolizer.Symbolize(other.return_addresses);
  ExpectNames(&symbolizer);
  EXPECT_EQ(Content(log()), "hangs\n");
  EXPECT_THAT(symbolizer.WhyNoLines(), HasSubstr("hangs did not end"));
}

TEST_F(SymbolizerFailureTest, NextOneIsAskedWhenOneFails) {
  Symbolizer::Options options = Symbolizer::OptionsFromEnvironment();
  options.commands.insert(options.commands.begin(),
                          Fake("crashes", "kill -SEGV $$"));
  Symbolizer symbolizer(options);
  auto stack = symbolizer.Symbolize({trace_.return_addresses[0]});
  EXPECT_EQ(stack[0][0].line, trace_.lines["plain"]);
  EXPECT_THAT(symbolizer.WhyNoLines(), HasSubstr("no debug information"));
  stack = symbolizer.Symbolize(trace_.return_addresses);
  EXPECT_EQ(stack[0][0].line, trace_.lines["plain"]);
  EXPECT_EQ(Content(log()), "crashes\n");
}

TEST_F(SymbolizerFailureTest, AnswersForFewerAddressesAreNotTrusted) {
  Symbolizer symbolizer(
      {{Fake("one-answer", "printf 'f\\n/a.cc:1:1\\n\\n'")}, ""});
  ExpectNames(&symbolizer);
}

class SymbolizerEnvironmentTest : public SymbolizerFailureTest {
 protected:
  ~SymbolizerEnvironmentTest() override { unsetenv("LEAKTRAP_SYMBOLIZER"); }
};

TEST_F(SymbolizerEnvironmentTest, EmptySwitchesLinesOff) {
  setenv("LEAKTRAP_SYMBOLIZER", "", 1);
  Symbolizer symbolizer(Symbolizer::OptionsFromEnvironment());
  ExpectNames(&symbolizer);
  EXPECT_EQ(symbolizer.WhyNoLines(),
            "files and lines are switched off (LEAKTRAP_SYMBOLIZER is empty)");
}

TEST_F(SymbolizerEnvironmentTest, PathNamesTheOnlyOne) {
  const SymbolizerCommand fake = Fake("mine-addr2line", "exit 1");
  setenv("LEAKTRAP_SYMBOLIZER", fake.path.c_str(), 1);
  Symbolizer symbolizer(Symbolizer::OptionsFromEnvironment());
  ExpectNames(&symbolizer);
  EXPECT_EQ(Content(log()), "mine-addr2line\n");
}

TEST_F(SymbolizerEnvironmentTest, OtherwiseThoseInPathAreTaken) {
  unsetenv("LEAKTRAP_SYMBOLIZER");
  EXPECT_FALSE(Symbolizer::OptionsFromEnvironment().commands.empty());
}

}  // namespace
}  // namespace leaktrap::internal
