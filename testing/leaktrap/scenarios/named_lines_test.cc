#include "leaktrap/scenarios/named_lines.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace leaktrap::scenarios {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

constexpr char kReport[] =
    "A.B left behind 2 descriptors:\n"
    "  descriptor 7: eventfd\n"
    "    made by eventfd() at\n"
    "      Library::Make lib/library.cc:3\n"
    "      (anonymous namespace)::Inner own/a.cc:10\n"
    "      Outer own/a.cc:20\n"
    "    to release it: own/a.cc:30\n"
    "  descriptor 8: epoll\n"
    "    made by epoll_create1() at\n"
    "      libc.so.6+0x12\n"
    "    closed first at\n"
    "      Close own/a.cc:40\n";

TEST(NamedLinesTest, TheInnermostOfTheFolderOrTheHeadline) {
  EXPECT_THAT(NamedLines(kReport, "made by", "own/"),
              ElementsAre("own/a.cc:10", "made by epoll_create1() at"));
}

TEST(NamedLinesTest, OnlyBehindItsHeadline) {
  EXPECT_THAT(NamedLines(kReport, "closed first at", "own/"),
              ElementsAre("own/a.cc:40"));
  EXPECT_THAT(NamedLines(kReport, "and again", "own/"), IsEmpty());
}

}  // namespace
}  // namespace leaktrap::scenarios
