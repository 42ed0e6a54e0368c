// The verdicts on what a watched pool lends: what is lost or comes back in the
// middle of something is told, with the lines to mend; its twin passes.

#include <cstdlib>
#include <map>
#include <string>

#include "child/child.h"
#include "child/child_matchers.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "leaktrap/scenarios/marked_lines.h"

namespace leaktrap::libpq {
namespace {

using leaktrap::child::ChildOptions;
using leaktrap::child::ChildResult;
using leaktrap::child::ExitedWith;
using leaktrap::child::FailuresOutsideTests;
using leaktrap::child::RunChild;
using leaktrap::child::TestFailed;
using leaktrap::child::TestPassed;
using leaktrap::scenarios::MarkedLines;
using testing::AllOf;
using testing::ContainsRegex;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

constexpr char kChild[] = "lib/leaktrap/adapters/libpq/leases_child";
constexpr char kSource[] = "lib/leaktrap/adapters/libpq/leases_for_test.cc";
constexpr char kConnection[] =
    "connection of pool \"db\" to 127.0.0.1:[0-9]+, database postgres, ";

// What stands in the report of each.
const std::map<std::string, std::string>& Leaks() {
  static const auto* const leaks = new std::map<std::string, std::string>{
      {"Lost", "left behind 1 connection:\n  " + std::string(kConnection) +
                   "lease [0-9]+, on descriptor [0-9]+\n"},
      {"InTransaction", "given back inside a transaction\n"},
      {"InFailedTransaction", "given back inside a failed transaction\n"},
      {"ResultNotRead",
       "given back with a command not finished .a result not read, or COPY.\n"},
      {"InPipelineMode", "given back in pipeline mode\n"},
      {"Broken", "given back broken .CONNECTION_BAD.\n"},
      {"NotFinished",
       "left behind 1 descriptor:\n  descriptor [0-9]+: TCP socket 127.0.0.1"},
  };
  return *leaks;
}

void ExpectVerdicts(const ChildResult& run) {
  EXPECT_THAT(run, ExitedWith(1));
  EXPECT_THAT(run, FailuresOutsideTests(IsEmpty()));
  EXPECT_THAT(run.tests, SizeIs(13));
  for (const auto& [name, words] : Leaks()) {
    const bool dirty = words.rfind("given back ", 0) == 0;
    EXPECT_THAT(run,
                TestFailed("Leaking." + name,
                           ElementsAre(ContainsRegex(
                               dirty ? "gave back 1 connection dirty:\n  " +
                                           std::string(kConnection) + words
                                     : words))));
  }
  for (const char* name : {"GivenBack", "TransactionEnded", "ResultRead",
                           "PipelineModeLeft", "MadeAnew", "Finished"}) {
    EXPECT_THAT(run, TestPassed(std::string("Fixed.") + name));
  }
}

TEST(LeasesTest, EachLeakIsToldAndEachTwinPasses) {
  ExpectVerdicts(RunChild(kChild));
}

TEST(LeasesTest, InAnyOrder) {
  ChildOptions options;
  options.args = {"--gtest_shuffle", "--gtest_random_seed=7"};
  ExpectVerdicts(RunChild(kChild, options));
}

TEST(LeasesTest, TheLinesToMendAreNamed) {
  if (std::getenv("LEAKTRAP_RECORD") != nullptr) {
    GTEST_SKIP() << "nothing knows them";
  }
  const ChildResult run = RunChild(kChild);
  const auto leaks = MarkedLines({kSource}, "LEAK");
  EXPECT_THAT(leaks, SizeIs(Leaks().size()));
  for (const auto& [name, line] : leaks) {
    EXPECT_THAT(run, TestFailed("Leaking." + name,
                                ElementsAre(HasSubstr(line + "\n"))));
  }
  const auto taken = MarkedLines({kSource}, "TAKEN");
  EXPECT_THAT(taken, SizeIs(5));
  for (const auto& [name, line] : taken) {
    EXPECT_THAT(run, TestFailed("Leaking." + name,
                                ElementsAre(AllOf(HasSubstr("checked out at"),
                                                  HasSubstr(line + "\n")))));
  }
}

}  // namespace
}  // namespace leaktrap::libpq
