// A suite with 300 leaking tests comes to its end in time, and says what the
// waiting cost.

#include <algorithm>
#include <chrono>
#include <string>
#include <vector>

#include "child/child_matchers.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "leaktrap/json_child_run.h"

namespace leaktrap::internal {
namespace {

using child::Console;
using child::ExitedWith;
using std::chrono::milliseconds;
using std::chrono::nanoseconds;
using testing::AllOf;
using testing::Ge;
using testing::HasSubstr;
using testing::Le;
using testing::Not;
using testing::SizeIs;

constexpr milliseconds kLinger(200);
constexpr int kAFewMore = 25;

class ManyLeaksTest : public JsonChildTest {
 protected:
  // What each of the tests waited, in their order.
  std::vector<nanoseconds> RunAll(std::vector<std::string> args) {
    args.emplace_back("--leaktrap_linger=200ms");
    Run("many_leaks_child", "*", std::move(args));
    std::vector<nanoseconds> waited;
    for (const Json& test : Entries("test")) {
      EXPECT_EQ(test["verdict"].string(), "failed");
      EXPECT_EQ(test["leaks"].size(), 1u);
      EXPECT_EQ(test["ended"].string(), "linger");
      waited.emplace_back(test["waited_ns"].integer());
    }
    return waited;
  }

  // Halves leave room for a busy machine, on which each pause takes longer, and
  // a few more than there have to be: there a thread may begin so late that its
  // maker is not known in time.
  static int CountFull(const std::vector<nanoseconds>& waits) {
    return static_cast<int>(
        std::count_if(waits.begin(), waits.end(),
                      [](nanoseconds wait) { return wait > kLinger / 2; }));
  }
};

TEST_F(ManyLeaksTest, OfOneMakerAreWaitedForInFullOnce) {
  options_.env["LEAKTRAP_RECORD"] = "stacks";
  const std::vector<nanoseconds> waits = RunAll({});
  ASSERT_THAT(waits, SizeIs(300)) << child_;
  EXPECT_GT(waits[0], kLinger / 2);
  EXPECT_THAT(CountFull(waits), Le(1 + kAFewMore));
  EXPECT_THAT(child_, AllOf(ExitedWith(1), Console(Not(HasSubstr("used up"))),
                            Console(HasSubstr(" of it in vain."))));
  const Json summary = Entries("summary").at(0);
  EXPECT_FALSE(summary.Has("waits_cut_to_ns"));
  EXPECT_EQ(summary["waited_in_vain_ns"].integer(),
            summary["waited_ns"].integer());
}

TEST_F(ManyLeaksTest, OfUnknownMakersAreWaitedForUntilTheTimeInAllIsUsedUp) {
  options_.env["LEAKTRAP_RECORD"] = "off";
  const std::vector<nanoseconds> waits =
      RunAll({"--leaktrap_wait_in_total=900ms"});
  ASSERT_THAT(waits, SizeIs(300)) << child_;
  EXPECT_GT(waits[0], kLinger / 2);
  EXPECT_THAT(CountFull(waits), AllOf(Ge(2), Le(5 + kAFewMore)));
  EXPECT_THAT(child_, AllOf(ExitedWith(1), Console(HasSubstr(" used up. ")),
                            Console(HasSubstr("From now on it waits 10ms, and "
                                              "what ends later than that may "
                                              "be told as a leak; "
                                              "--leaktrap_wait_in_total=TIME "
                                              "gives more.")),
                            Console(HasSubstr(" of it in vain."))));
  const size_t told = child_.console.find("used up");
  EXPECT_EQ(child_.console.find("used up", told + 1), std::string::npos);
  const Json summary = Entries("summary").at(0);
  EXPECT_EQ(summary["waits_cut_to_ns"].integer(), 10'000'000);
  EXPECT_EQ(summary["waited_in_vain_ns"].integer(),
            summary["waited_ns"].integer());
}

}  // namespace
}  // namespace leaktrap::internal
