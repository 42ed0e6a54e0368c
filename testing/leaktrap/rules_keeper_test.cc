#include "leaktrap/rules_keeper.h"

#include <cstdlib>
#include <fstream>
#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "leaktrap/check/options.h"

namespace leaktrap::internal {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

std::string FileOf(const std::string& text) {
  std::string path = testing::TempDir() + "/keeper.rules";
  std::ofstream(path) << text;
  return path;
}

Options Settled(Options options) {
  SettleRules(&options);
  return options;
}

TEST(RulesKeeperTest, AnEmptyFileIsFilledAndOneWithRulesShrinks) {
  const RulesUpdate shrink = RulesUpdate::kShrink;
  EXPECT_EQ(Settled(Options().ReadRules("no.rules").UpdateRules(shrink))
                .rules_update(),
            RulesUpdate::kGrow);
  EXPECT_EQ(Settled(Options().ReadRules(FileOf("")).UpdateRules(shrink))
                .rules_update(),
            RulesUpdate::kGrow);
  // One that has become clean.
  EXPECT_EQ(Settled(Options().ReadRules(FileOf("# none\n")).UpdateRules(shrink))
                .rules_update(),
            RulesUpdate::kShrink);
  EXPECT_EQ(Settled(Options()
                        .ReadRules(FileOf("any name=a reason=r\n"))
                        .UpdateRules(shrink))
                .rules_update(),
            RulesUpdate::kShrink);
}

TEST(RulesKeeperTest, AMissingFileIsAnErrorUnlessItIsToBeWritten) {
  EXPECT_THAT(Settled(Options().ReadRules("no.rules")).errors(),
              ElementsAre(HasSubstr("there is no file of rules no.rules")));
  EXPECT_THAT(
      Settled(Options().ReadRules("no.rules").UpdateRules(RulesUpdate::kGrow))
          .errors(),
      IsEmpty());
  EXPECT_THAT(Settled(Options().UpdateRules(RulesUpdate::kGrow)).errors(),
              ElementsAre(HasSubstr("none is named")));
}

TEST(RulesKeeperTest, TheListSaysWhatIsOff) {
  const std::string list =
      ListOfRules(Options().IgnoreThread("a", "why").DisableRule("same_maker"));
  EXPECT_THAT(list,
              AllOf(HasSubstr("\n  IgnoreThread(\"a\", \"why\")\n"),
                    HasSubstr("\n  same_maker (off): "),
                    HasSubstr("\n  pool_threads: "), Not(HasSubstr("  none"))));
  EXPECT_THAT(ListOfRules(Options()), HasSubstr("Rules of this program:\n"
                                                "  none\n"));
}

TEST(RulesKeeperTest, WithoutRecordsAndWithKindsOffNothingIsMissed) {
  const std::string path = FileOf(
      "threads made_by=f test=T.a count=1 reason=r\n"
      "descriptors name=/a test=T.a count=1 reason=r\n");
  const auto notes = [&](const Options& options, bool records) {
    RulesKeeper keeper;
    keeper.Start(options, records);
    keeper.ratchet().End("T.a", true);
    return keeper.Notes();
  };
  Options options = Options().ReadRules(path);
  EXPECT_THAT(
      notes(options, true),
      ElementsAre(AllOf(HasSubstr("2 rules know more leaks"),
                        HasSubstr("made_by=f"), HasSubstr("name=/a "))));
  EXPECT_THAT(
      notes(options, false),
      ElementsAre(HasSubstr("maker= and made_by= match nothing"),
                  AllOf(HasSubstr("1 rule knows"), HasSubstr("name=/a "))));
  options.SetMode(Kind::kDescriptor, Mode::kOff);
  EXPECT_THAT(notes(options, true),
              ElementsAre(AllOf(HasSubstr("1 rule knows"),
                                Not(HasSubstr("name=/a ")))));
}

TEST(RulesKeeperTest, InStrictModeTooManyFailTheRun) {
  RulesKeeper keeper;
  keeper.Start(Options()
                   .ReadRules(FileOf("any name=a test=T.a count=2 reason=r\n"))
                   .Strict(),
               /*records=*/true);
  EXPECT_EQ(keeper.EndLastRound(), "");
  keeper.ratchet().End("T.a", true);
  EXPECT_THAT(keeper.EndLastRound(), HasSubstr("1 rule knows more leaks"));
  EXPECT_THAT(keeper.Notes(), IsEmpty());  // it has been said
}

}  // namespace
}  // namespace leaktrap::internal
