// Built without -g: names, and words that say how to get lines.

#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "leaktrap/stack/function_name.h"
#include "leaktrap/stack/symbolizer.h"
#include "leaktrap/stack/user_code_for_test.h"

namespace leaktrap::internal {
namespace {

TEST(NoDebugInformationTest, NamesAndTheWayToLines) {
  Symbolizer symbolizer(Symbolizer::OptionsFromEnvironment());
  app::Trace trace;
  app::Outer(&trace);
  const auto stack = symbolizer.Symbolize({trace.return_addresses[0]});
  EXPECT_EQ(BareName(stack[0][0].function),
            "app::(anonymous namespace)::Plain");
  EXPECT_EQ(stack[0][0].file, "");
  EXPECT_THAT(symbolizer.WhyNoLines(),
              testing::AllOf(testing::HasSubstr("build --copt=-g1"),
                             testing::HasSubstr("build --strip=never")));
}

}  // namespace
}  // namespace leaktrap::internal
