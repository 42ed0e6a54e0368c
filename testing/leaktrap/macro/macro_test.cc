// leaktrap_cc_test: its tests are checked, and have lines.

#include <fstream>
#include <iterator>
#include <stdexcept>
#include <string>

#include "child/child.h"
#include "child/child_matchers.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "leaktrap/scenarios/marked_lines.h"

namespace leaktrap {
namespace {

using child::ChildResult;
using child::ExitedWith;
using child::RunChild;
using child::TestFailed;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::StartsWith;

constexpr char kFolder[] = "testing/leaktrap/macro/";

TEST(MacroTest, ALeakFailsItsTestAndNamesItsLine) {
  const std::string line =
      scenarios::MarkedLines({std::string(kFolder) + "leaking_test.cc"}, "LEAK")
          .at("Descriptor");
  const ChildResult child = RunChild(std::string(kFolder) + "leaking_test");
  EXPECT_THAT(child,
              AllOf(ExitedWith(1),
                    TestFailed("Leaking.Descriptor",
                               ElementsAre(AllOf(
                                   StartsWith(line + "\n"),
                                   HasSubstr("TestBody " + line + "\n"))))));
}

// By the name of the section that has them.
bool HasLines(const std::string& program) {
  std::ifstream file(kFolder + program, std::ios::binary);
  const std::string content((std::istreambuf_iterator<char>(file)),
                            std::istreambuf_iterator<char>());
  if (content.empty()) throw std::runtime_error("cannot read " + program);
  return content.find(std::string("\0.debug_line\0", 13)) != std::string::npos;
}

TEST(MacroTest, BringsLinesWhereBazelGivesNone) {
  EXPECT_FALSE(HasLines("small_without_lines"));
  EXPECT_TRUE(HasLines("small_by_macro_without_lines"));
}

}  // namespace
}  // namespace leaktrap
