// The program of docs/teach_leaktrap_your_pool.md does what the page says.

#include <fstream>
#include <iterator>
#include <string>

#include "child/child.h"
#include "child/child_matchers.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace {

using leaktrap::child::ChildResult;
using leaktrap::child::Console;
using leaktrap::child::ExitedWith;
using leaktrap::child::RunChild;
using leaktrap::child::TestFailed;
using leaktrap::child::TestPassed;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;

std::string Contents(const std::string& path) {
  std::ifstream file(path);
  return std::string(std::istreambuf_iterator<char>(file), {});
}

TEST(YourPoolTest, ForgottenAndDirtyConnectionsFailTheirTests) {
  const ChildResult child = RunChild("examples/first_steps/your_pool");
  EXPECT_THAT(child, ExitedWith(1));
  EXPECT_THAT(child, TestPassed("Orders.AreCounted"));
  EXPECT_THAT(
      child,
      TestFailed("Orders.ForgetTheConnection",
                 ElementsAre(AllOf(
                     HasSubstr("connection of pool \"db\" to 127.0.0.1:5432"),
                     HasSubstr("checked out at"),
                     HasSubstr("examples/first_steps/your_pool.cc:")))));
  EXPECT_THAT(
      child,
      TestFailed("Orders.AreNotCommitted",
                 ElementsAre(AllOf(HasSubstr("gave back 1 connection dirty"),
                                   HasSubstr("given back inside a transaction"),
                                   HasSubstr("given back at")))));
}

TEST(YourPoolTest, ThePageShowsTheProgram) {
  const std::string program = Contents("examples/first_steps/your_pool.cc");
  ASSERT_NE(program, "");
  EXPECT_THAT(Contents("docs/teach_leaktrap_your_pool.md"),
              HasSubstr("\n```cpp\n" + program + "```\n"));
}

TEST(YourPoolTest, ThePageShowsWhatItSays) {
#ifdef __clang__
  GTEST_SKIP() << "with g++ a call has the line in which it ends";
#endif
  const std::string page = Contents("docs/teach_leaktrap_your_pool.md");
  const size_t begin = page.find("\nLeaktrap: Orders.ForgetTheConnection");
  ASSERT_NE(begin, std::string::npos);
  const std::string report =
      page.substr(begin, page.find("```", begin) - begin);
  EXPECT_THAT(RunChild("examples/first_steps/your_pool"),
              Console(HasSubstr(report)));
}

}  // namespace
