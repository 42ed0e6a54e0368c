#include "leaktrap/report/json_for_test.h"

#include <stdexcept>
#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace leaktrap::internal {
namespace {

using testing::ElementsAre;

TEST(JsonForTestTest, ReadsEachTypeOfValue) {
  const Json json = Json::Parse(
      " {\"a\" : [ 1, -20 , true,false,null, {}, [] ],\n\"b\":\"x\\n\\u00e4"
      "\xC3\xA4\\\"\"} ");
  EXPECT_THAT(json.keys(), ElementsAre("a", "b"));
  EXPECT_EQ(json["a"].size(), 7);
  EXPECT_EQ(json["a"][1].integer(), -20);
  EXPECT_TRUE(json["a"][2].boolean());
  EXPECT_FALSE(json["a"][3].boolean());
  EXPECT_TRUE(json["a"][4].IsNull());
  EXPECT_EQ(json["b"].string(), "x\n\xC3\xA4\xC3\xA4\"");
  EXPECT_EQ(Json::Parse("\"\xF0\x9F\x98\x80\"").string(), "\xF0\x9F\x98\x80");
}

TEST(JsonForTestTest, RefusesWhatIsNoJson) {
  for (const char* text : {"",
                           "[",
                           "[1",
                           "[1,]",
                           "[1 2]",
                           "{\"a\"}",
                           "{\"a\":1,}",
                           "{a:1}",
                           "01",
                           "1.",
                           "-",
                           "tru",
                           "nul",
                           "\"",
                           "\"\n\"",
                           "\"\\x\"",
                           "\"\\u12\"",
                           "[]]",
                           "[]x",
                           "{\"a\":1,\"a\":2}",
                           "\"\xFF\"",
                           "\"\xC3\"",
                           "\"\xC0\x80\"",
                           "\"\xED\xA0\x80\"",
                           "\"\xF5\x80\x80\x80\"",
                           "\"\\ud800\"",
                           "\"\\ud83dx\"",
                           "\"\\ud83d\\u0041\"",
                           "\"\\ude00\\ud83d\"",
                           "'a'"}) {
    EXPECT_THROW(Json::Parse(text), std::runtime_error) << text;
  }
  EXPECT_THROW(Json::Parse(std::string("1\0", 2)), std::runtime_error);
}

TEST(JsonForTestTest, WhatAValueIsNotThrows) {
  const Json json = Json::Parse("{\"a\":1.5}");
  EXPECT_EQ(json["a"].number(), 1.5);
  EXPECT_THROW(json["b"], std::runtime_error);
  EXPECT_THROW(json["a"].string(), std::runtime_error);
  EXPECT_THROW(json["a"].integer(), std::runtime_error);
  EXPECT_THROW(json.array(), std::runtime_error);
}

}  // namespace
}  // namespace leaktrap::internal
