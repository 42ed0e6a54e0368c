#include "leaktrap/check/rule_of.h"

#include <string>

#include "gtest/gtest.h"
#include "leaktrap/check/rules_file.h"
#include "leaktrap/resource/resource.h"

namespace leaktrap::internal {
namespace {

// By the maker is tested where there is one, in testing/leaktrap.
std::string TextOf(Kind kind, const std::string& name) {
  Resource resource;
  resource.identity.kind = kind;
  resource.name = name;
  return RuleLine(RuleOf(resource));
}

TEST(RuleOfTest, ANameHasNoNumbers) {
  EXPECT_EQ(TextOf(Kind::kThread, "worker-12"),
            "threads name=worker-* reason=");
  EXPECT_EQ(TextOf(Kind::kDescriptor, "TCP socket 127.0.0.1:80 LISTEN"),
            "descriptors name=\"TCP socket *.*.*.*:* LISTEN\" reason=");
  EXPECT_EQ(TextOf(Kind::kProcess, ""), "processes name=* reason=");
}

TEST(RuleOfTest, HowItWasGivenBack) {
  Resource resource;
  resource.identity.kind = Kind::kConnection;
  resource.name = "db";
  resource.dirt = "with 2 answers unread";
  EXPECT_EQ(RuleLine(RuleOf(resource)),
            "connections name=db dirt=\"with * answers unread\" reason=");
}

// Read again, it matches the same.
TEST(RuleOfTest, WhatWouldMatchOtherThingsIsEscaped) {
  const std::string line = TextOf(Kind::kDescriptor, "/tmp/a[b]*4\\");
  const RulesFile file = ParseRules("", line + "r");
  ASSERT_EQ(file.rules.size(), 1u) << line;
  EXPECT_EQ(file.rules.front().glob, "/tmp/a\\[b]\\**\\\\");
}

}  // namespace
}  // namespace leaktrap::internal
