#include "leaktrap/report/github_annotation.h"

#include <string>

#include "gtest/gtest.h"

namespace leaktrap::internal {
namespace {

TEST(GithubCommandTest, OfALine) {
  EXPECT_EQ(GithubCommand({"error", "a/b.cc", 12, "A.B left behind 1 thread",
                           "thread 7\n  to release it: join it"}),
            "::error file=a/b.cc,line=12,title=A.B left behind 1 thread::"
            "thread 7%0A  to release it: join it");
}

TEST(GithubCommandTest, OfNoLine) {
  EXPECT_EQ(GithubCommand({"warning", "", 0, "title", "message"}),
            "::warning title=title::message");
}

TEST(GithubCommandTest, EscapesWhatSeparates) {
  EXPECT_EQ(GithubCommand({"error", "a,b:c%.cc", 1, "1%: a, b", "50%: a, b"}),
            "::error file=a%2Cb%3Ac%25.cc,line=1,title=1%25%3A a%2C b::"
            "50%25: a, b");
}

// Neither ends it, nor begins another one.
TEST(GithubCommandTest, HoldsWhateverTheTextsDo) {
  const std::string hostile =
      "x\r\n::stop-commands::t\n ##[error]%0A\x1b[2J\xff";
  const std::string command =
      GithubCommand({"error", hostile, 1, hostile, hostile});
  EXPECT_EQ(command.find_first_of("\r\n\x1b\xff"), command.npos) << command;
  EXPECT_EQ(command.find("##["), command.npos) << command;
  EXPECT_EQ(command.find("::", 2), command.find("::x\\r"))
      << "the properties have no separator: " << command;
  EXPECT_NE(command.find("%250A"), command.npos) << command;
}

TEST(PathInRepositoryTest, IsRelativeToTheWorkspaceOrTheFolder) {
  EXPECT_EQ(PathInRepository("/w/r/a/b.cc", "/w/r", "/w/r/build"), "a/b.cc");
  EXPECT_EQ(PathInRepository("/w/r/build/../a/b.cc", "/w/r/", "/"), "a/b.cc");
  EXPECT_EQ(PathInRepository("/w/r/a/b.cc", "", "/w/r/a"), "b.cc");
  EXPECT_EQ(PathInRepository("/w/r/a/b.cc", "/other", "/w/r"), "a/b.cc");
}

TEST(PathInRepositoryTest, IsLeftAloneElsewhere) {
  EXPECT_EQ(PathInRepository("a/./b.cc", "/w/r", "/w/r"), "a/b.cc");
  EXPECT_EQ(PathInRepository("/w/rest/b.cc", "/w/r", "/w/r"), "/w/rest/b.cc");
  EXPECT_EQ(PathInRepository("/w/b.cc", "/w/r", "/w/r/a"), "/w/b.cc");
  EXPECT_EQ(PathInRepository("/w/r", "/w/r", ""), "/w/r");
  EXPECT_EQ(PathInRepository("/b.cc", "", ""), "/b.cc");
  EXPECT_EQ(PathInRepository("/b/c.cc", "/w/r", "/"), "/b/c.cc");
}

}  // namespace
}  // namespace leaktrap::internal
