#include "leaktrap/probe/character.h"

#include <cstddef>
#include <string_view>

#include "gtest/gtest.h"

namespace leaktrap::internal {
namespace {

using std::string_view_literals::operator""sv;

TEST(CharacterTest, LengthAndCodeOfTheFirst) {
  for (const auto& [text, length, code] :
       {std::tuple("a"sv, size_t{1}, U'a'),
        {"\0x"sv, 1, U'\0'},
        {"\x7f"sv, 1, U'\x7f'},
        {"\u0080"sv, 2, U'\x80'},
        {"\u07ffx"sv, 2, U'\u07ff'},
        {"\u0800"sv, 3, U'\u0800'},
        {"\ud7ff\xff"sv, 3, U'\ud7ff'},
        {"\ue000"sv, 3, U'\ue000'},
        {"\U00010000"sv, 4, U'\U00010000'},
        {"\U0010ffff"sv, 4, U'\U0010ffff'}}) {
    const Character character = FirstCharacter(text);
    EXPECT_EQ(character.length, length) << testing::PrintToString(text);
    EXPECT_EQ(character.code, code) << testing::PrintToString(text);
  }
}

TEST(CharacterTest, WhatIsNotUtf8HasNoLength) {
  for (const std::string_view text :
       {"\x80"sv, "\xbf"sv, "\xff"sv, "\xf8\x88\x80\x80\x80"sv,
        // Cut, and without what belongs to it.
        "\xc3"sv, "\xe2\x82"sv, "\xf0\x9f\x98"sv, "\xe2\x82z"sv, "\xc3\xc3"sv,
        // Overlong.
        "\xc0\xaf"sv, "\xc1\xbf"sv, "\xe0\x9f\xbf"sv, "\xf0\x8f\xbf\xbf"sv,
        // Surrogates, and beyond Unicode.
        "\xed\xa0\x80"sv, "\xed\xbf\xbf"sv, "\xf4\x90\x80\x80"sv,
        "\xf7\xbf\xbf\xbf"sv}) {
    EXPECT_EQ(FirstCharacter(text).length, 0) << testing::PrintToString(text);
  }
}

TEST(CharacterTest, WhatIsUnfitToShow) {
  for (const char32_t code :
       {U'\0',     U'\n',         U'\r',         U'\t',        U'\x1b',
        U'\x1f',   U'\x7f',       U'\x80',       U'\x85',      U'\x9b',
        U'\x9f',   U'\u00ad',     U'\u061c',     U'\u200b',    U'\u200e',
        U'\u2028', U'\u2029',     U'\u202a',     U'\u202e',    U'\u2066',
        U'\u2069', U'\ufdd0',     U'\ufeff',     U'\ufffb',    U'\ufffe',
        U'\uffff', U'\U0001fffe', U'\U000e0041', U'\U0010ffff'}) {
    EXPECT_TRUE(IsUnfitToShow(code)) << std::hex << code;
  }
  for (const char32_t code :
       {U' ', U'~', U'\\', U'"', U'\u00a0', U'\u00e4', U'\u0628', U'\u200c',
        U'\u200d', U'\u20ac', U'\ufffd', U'\U0001f600', U'\U000e0100'}) {
    EXPECT_FALSE(IsUnfitToShow(code)) << std::hex << code;
  }
}

TEST(CharacterTest, WhatIsABlank) {
  for (const char32_t code : {U' ', U'\u00a0', U'\u1680', U'\u2000', U'\u200a',
                              U'\u202f', U'\u205f', U'\u3000'}) {
    EXPECT_TRUE(IsBlank(code)) << std::hex << code;
  }
  for (const char32_t code : {U'a', U'_', U'\u200c', U'\u2010', U'\u20ac'}) {
    EXPECT_FALSE(IsBlank(code)) << std::hex << code;
  }
}

}  // namespace
}  // namespace leaktrap::internal
