// For each way a test that forgets what it made, and one that releases it.

#include <cerrno>
#include <cstring>
#include <string>

#include "children/conformance/way.h"
#include "gtest/gtest.h"

namespace leaktrap::conformance {
namespace {

class Leak : public testing::TestWithParam<Way> {};
class Clean : public testing::TestWithParam<Way> {};

TEST_P(Leak, Way) {
  auto* const undo = new Undo(GetParam().make());
  if (*undo == nullptr) {
    GTEST_SKIP() << "cannot be had here: " << std::strerror(errno);
  }
}

TEST_P(Clean, Way) {
  if (*GetParam().released == '\0') GTEST_SKIP() << "cannot be released";
  const Undo undo = GetParam().make();
  if (undo == nullptr) {
    GTEST_SKIP() << "cannot be had here: " << std::strerror(errno);
  }
  undo();
}

std::string NameOfWay(const testing::TestParamInfo<Way>& info) {
  return info.param.name;
}

#define EACH_WAY_OF(table)                                                  \
  INSTANTIATE_TEST_SUITE_P(table, Leak, testing::ValuesIn(WaysOf(#table)),  \
                           NameOfWay);                                      \
  INSTANTIATE_TEST_SUITE_P(table, Clean, testing::ValuesIn(WaysOf(#table)), \
                           NameOfWay)

EACH_WAY_OF(Files);
EACH_WAY_OF(Kernel);
EACH_WAY_OF(Libraries);
EACH_WAY_OF(Threads);
EACH_WAY_OF(Processes);
EACH_WAY_OF(Runtime);
EACH_WAY_OF(Rings);
EACH_WAY_OF(Limits);

}  // namespace
}  // namespace leaktrap::conformance
