// Built without debug information, unlike what it calls.

#include "leaktrap/report/missing_lines.h"

#include <unistd.h>

#include <cstdint>
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "leaktrap/report/lines_for_test.h"

namespace app {

void Run() {}

}  // namespace app

namespace leaktrap::internal {
namespace {

using Stack = std::vector<uintptr_t>;

// As if it had called the next one.
uintptr_t In(uintptr_t function) { return function + 1; }

const Stack kUsers = {In(reinterpret_cast<uintptr_t>(&app::Run))};
const Stack kLibrarys = {In(reinterpret_cast<uintptr_t>(&getppid))};
const Stack kOurs = {In(reinterpret_cast<uintptr_t>(&MissingLinesText))};

TEST(MissingLinesTest, OneStackOfTheUsersIsRemarkedOn) {
  EXPECT_THAT(MissingLinesText({kLibrarys, kUsers, kUsers}),
              testing::StartsWith("\n  no lines: this code has no debug "
                                  "information; \"build --copt=-g1\""));
}

// A library without lines, called by a test that has them.
TEST(MissingLinesTest, ALineFurtherOutIsNoHelp) {
  const uintptr_t with_lines = In(reinterpret_cast<uintptr_t>(&WithLines));
  EXPECT_THAT(MissingLinesText({{kLibrarys[0], kUsers[0], with_lines}}),
              testing::StartsWith("\n  no lines: "));
  EXPECT_EQ(MissingLinesText({{kLibrarys[0], with_lines, kUsers[0]}}), "");
}

TEST(MissingLinesTest, LibrariesHaveNoneAndNeedNone) {
  EXPECT_EQ(MissingLinesText({kLibrarys, kOurs}), "");
}

TEST(MissingLinesTest, NothingIsMissedWhereThereIsNoStack) {
  EXPECT_EQ(MissingLinesText({}), "");
  EXPECT_EQ(MissingLinesText({Stack()}), "");
}

}  // namespace
}  // namespace leaktrap::internal
