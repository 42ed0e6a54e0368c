// The verdicts on the stories: each leak is caught at its line, with what to
// call, and each twin passes.

#include <map>
#include <string>

#include "child/child.h"
#include "child/child_matchers.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "leaktrap/scenarios/marked_lines.h"

namespace leaktrap::curl {
namespace {

using child::ChildResult;
using child::Console;
using child::ExitedWith;
using child::RunChild;
using child::TestFailed;
using child::TestPassed;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;
using testing::SizeIs;
using testing::StartsWith;

constexpr char kStories[] =
    "lib/leaktrap/adapters/curl/auto_stories_for_test.cc";

TEST(AutoVerdictTest, EachLeakIsCaughtAndEachTwinIsClean) {
  const ChildResult run =
      RunChild("lib/leaktrap/adapters/curl/auto_stories_for_test");
  EXPECT_THAT(run, ExitedWith(1));
  const std::map<std::string, std::string> leaks =
      scenarios::MarkedLines({kStories}, "LEAK");
  const std::map<std::string, std::string> advice = {
      {"EasyNeverCleanedUp", "call curl_easy_cleanup(3)"},
      {"EasyNeverPerformed", "call curl_easy_cleanup(3)"},
      {"MultiNeverCleanedUp", "call curl_multi_cleanup(3)"},
      {"ShareNeverCleanedUp", "call curl_share_cleanup(3)"},
      {"TransferNeverRemoved", "call curl_multi_remove_handle(3)"},
  };
  EXPECT_THAT(leaks, SizeIs(advice.size() + 1));
  for (const auto& [name, text] : advice) {
    // One leak each: what it sits on is told with it.
    EXPECT_THAT(
        run,
        TestFailed("Leaking." + name,
                   ElementsAre(AllOf(StartsWith(leaks.at(name) + "\n"),
                                     HasSubstr("left behind 1 connection:"),
                                     HasSubstr(text)))));
  }
  EXPECT_THAT(
      run, TestFailed("Leaking.CleanedUpInItsTransfer",
                      ElementsAre(AllOf(
                          StartsWith(leaks.at("CleanedUpInItsTransfer") + "\n"),
                          HasSubstr("gave back 1 connection dirty:"),
                          HasSubstr("given back with its answer still to "
                                    "come"),
                          Not(HasSubstr("left behind"))))));
  for (const char* name :
       {"Fixed.EasyCleanedUp", "Fixed.MultiCleanedUp", "Fixed.TransferRemoved",
        "Fixed.RemovedFromItsTransferAndCleanedUp"}) {
    EXPECT_THAT(run, TestPassed(name));
  }
}

// What the report is about; gone where libcurl is mended.
TEST(AutoVerdictTest, TheNextUserGetsTheAnswerToTheFirst) {
  child::ChildOptions options;
  options.args = {"--gtest_filter=*.CleanedUpInItsTransfer"};
  EXPECT_THAT(
      RunChild("lib/leaktrap/adapters/curl/auto_stories_for_test", options),
      Console(HasSubstr("the second got /held/secret-of-the-first")));
}

}  // namespace
}  // namespace leaktrap::curl
