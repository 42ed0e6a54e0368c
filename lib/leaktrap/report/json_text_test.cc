#include "leaktrap/report/json_text.h"

#include <cstdint>
#include <random>
#include <string>

#include "gtest/gtest.h"
#include "leaktrap/report/json_for_test.h"

namespace leaktrap::internal {
namespace {

TEST(JsonStringTest, WhatNeedsNoEscapeStaysAsItIs) {
  for (const std::string text :
       {"", "worker-1", "/tmp/a b", "\xC3\xA4\xE2\x82\xAC\xF0\x9F\x98\x80"}) {
    EXPECT_EQ(JsonString(text), "\"" + text + "\"");
    EXPECT_EQ(Json::Parse(JsonString(text)).string(), text);
  }
}

TEST(JsonStringTest, QuotesBackslashesAndControls) {
  EXPECT_EQ(JsonString("a\"b\\c"), "\"a\\\"b\\\\c\"");
  EXPECT_EQ(JsonString("\n\r\t\x1b\x7f"), "\"\\n\\r\\t\\u001b\\u007f\"");
  const std::string all_controls = [] {
    std::string text;
    for (char c = 0; c < 0x20; ++c) text.push_back(c);
    return text;
  }();
  EXPECT_EQ(Json::Parse(JsonString(all_controls)).string(), all_controls);
}

TEST(JsonStringTest, WhatIsNotUtf8IsReplacedByteByByte) {
  const std::string mark = "\xEF\xBF\xBD";
  EXPECT_EQ(JsonString("a\xFFz"), "\"a" + mark + "z\"");
  // Cut in the middle of a character, as the kernel cuts a thread's name.
  EXPECT_EQ(JsonString("a\xE2\x82"), "\"a" + mark + mark + "\"");
  // An overlong slash, a surrogate, and beyond Unicode.
  EXPECT_EQ(JsonString("\xC0\xAF"), "\"" + mark + mark + "\"");
  EXPECT_EQ(JsonString("\xED\xA0\x80"), "\"" + mark + mark + mark + "\"");
  EXPECT_EQ(JsonString("\xF4\x90\x80\x80"),
            "\"" + mark + mark + mark + mark + "\"");
  // A broken character does not take the next one with it.
  EXPECT_EQ(JsonString("\xE2\x82\""), "\"" + mark + mark + "\\\"\"");
}

TEST(JsonStringTest, WhatIsUnfitToShowIsSpelledInNumbers) {
  EXPECT_EQ(JsonString("\u0085\u2028\u202e\ufffe"),
            "\"\\u0085\\u2028\\u202e\\ufffe\"");
  EXPECT_EQ(JsonString("\U000e0041\U0010ffff"),
            "\"\\udb40\\udc41\\udbff\\udfff\"");
  for (const std::string text :
       {"a\u0085\u2028\u202e\ufffez", "\U000e0041\U0010ffff"}) {
    EXPECT_EQ(Json::Parse(JsonString(text)).string(), text);
  }
}

// Bytes of all sorts, mostly what is special somewhere.
std::string RandomBytes(std::mt19937* random) {
  constexpr unsigned char kSpecial[] = {0x00, 0x22, 0x5C, 0x7F, 0x80,
                                        0xAE, 0xBF, 0xC2, 0xE0, 0xE2,
                                        0xED, 0xEF, 0xF0, 0xF4, 0xFF};
  std::string bytes((*random)() % 64, '\0');
  for (char& byte : bytes) {
    byte = static_cast<char>((*random)() % 2 == 0
                                 ? kSpecial[(*random)() % sizeof(kSpecial)]
                                 : (*random)() % 256);
  }
  return bytes;
}

TEST(JsonStringTest, AnyBytesGiveValidJson) {
  std::mt19937 random(20250101);
  for (int round = 0; round < 10'000; ++round) {
    const std::string bytes = RandomBytes(&random);
    std::string back;
    ASSERT_NO_THROW(back = Json::Parse(JsonString(bytes)).string())
        << testing::PrintToString(bytes);
    // What could be had back once stays.
    ASSERT_EQ(Json::Parse(JsonString(back)).string(), back)
        << testing::PrintToString(bytes);
  }
}

TEST(JsonWriterTest, AnyBytesGiveValidJson) {
  std::mt19937 random(20250104);
  for (int round = 0; round < 10'000; ++round) {
    const std::string key = RandomBytes(&random);
    JsonWriter json;
    json.BeginObject().Key(key).BeginArray();
    json.String(RandomBytes(&random)).String(RandomBytes(&random));
    json.EndArray().EndObject();
    Json read;
    ASSERT_NO_THROW(read = Json::Parse(json.text()))
        << testing::PrintToString(json.text());
    ASSERT_EQ(read.keys().size(), 1);
    ASSERT_EQ(read.keys()[0], Json::Parse(JsonString(key)).string());
  }
}

TEST(JsonWriterTest, CommasStandBetweenAndNowhereElse) {
  JsonWriter json;
  json.BeginObject().Key("a").BeginArray().EndArray();
  json.Key("b").BeginArray().Int(-1).Uint(UINT64_MAX).Bool(true).Null();
  json.BeginObject().EndObject().BeginObject().Key("c").String("x\n");
  json.Key("d").Bool(false).EndObject().EndArray().Key("e").Value("[0]");
  json.EndObject();
  EXPECT_EQ(json.text(),
            "{\"a\":[],\"b\":[-1,18446744073709551615,true,null,{},"
            "{\"c\":\"x\\n\",\"d\":false}],\"e\":[0]}");
}

}  // namespace
}  // namespace leaktrap::internal
