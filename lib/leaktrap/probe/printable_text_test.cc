#include "leaktrap/probe/printable_text.h"

#include <algorithm>
#include <cstddef>
#include <iterator>
#include <random>
#include <regex>
#include <string>
#include <string_view>

#include "gtest/gtest.h"
#include "leaktrap/probe/character.h"

namespace leaktrap::internal {
namespace {

using std::string_view_literals::operator""sv;

TEST(PrintableTest, PlainTextStays) {
  EXPECT_EQ(Printable(""), "");
  EXPECT_EQ(Printable(R"(it's "a\b" ~)"), R"(it's "a\b" ~)");
}

TEST(PrintableTest, Utf8Stays) {
  EXPECT_EQ(Printable("h\u00e4user \u20ac \U0001F600"),
            "h\u00e4user \u20ac \U0001F600");
}

TEST(PrintableTest, ControlCharactersAreEscaped) {
  EXPECT_EQ(Printable("a\nb\rc\td\0e\x1b[0m\x7f"sv),
            R"(a\nb\rc\td\x00e\x1b[0m\x7f)");
  EXPECT_EQ(Printable("\u0085"), R"(\xc2\x85)");
}

TEST(PrintableTest, BytesThatAreNotUtf8AreEscaped) {
  EXPECT_EQ(Printable("cut \xe2\x82"), R"(cut \xe2\x82)");
  EXPECT_EQ(Printable("\xe2\x28\xa1"), R"(\xe2(\xa1)");
  EXPECT_EQ(Printable("\xc0\xaf"), R"(\xc0\xaf)") << "overlong";
  EXPECT_EQ(Printable("\xe0\x80\xaf"), R"(\xe0\x80\xaf)") << "overlong";
  EXPECT_EQ(Printable("\xed\xa0\x80"), R"(\xed\xa0\x80)") << "surrogate";
  EXPECT_EQ(Printable("\xf5\x80\x80\x80"), R"(\xf5\x80\x80\x80)");
  EXPECT_EQ(Printable("\xff"), R"(\xff)");
}

TEST(PrintableTest, WhatIsUnfitToShowIsEscaped) {
  EXPECT_EQ(Printable("a\u2028b"), R"(a\xe2\x80\xa8b)") << "ends a line";
  EXPECT_EQ(Printable("a\u202eb"), R"(a\xe2\x80\xaeb)") << "turns the rest";
  EXPECT_EQ(Printable("a\u200bb"), R"(a\xe2\x80\x8bb)") << "shows nothing";
  EXPECT_EQ(Printable("a\uffffb"), R"(a\xef\xbf\xbfb)") << "is none";
  const std::string family = "\U0001F468\u200d\U0001F469";
  EXPECT_EQ(Printable(family), family);
}

TEST(PrintableLinesTest, LinesStayLines) {
  EXPECT_EQ(PrintableLines(""), "");
  EXPECT_EQ(PrintableLines("\n"), "\n");
  EXPECT_EQ(PrintableLines("\na\r\n  b\x1b[2J\n\n"), "\na\\r\n  b\\x1b[2J\n\n");
}

TEST(PrintableLinesTest, ALongLineLosesItsMiddle) {
  const std::string longest(kLongestLine, 'x');
  EXPECT_EQ(PrintableLines(longest), longest);
  const std::string shown =
      PrintableLines("a\n\"b" + longest + "c\", 2s old\nd");
  EXPECT_EQ(shown, "a\n\"b" + std::string(598, 'x') +
                       "...(62 bytes left out)..." + std::string(340, 'x') +
                       "c\", 2s old\nd");
}

TEST(PrintableLinesTest, CutsBetweenCharacters) {
  for (const std::string character : {"\u00e4", "\u20ac", "\U0001F600"}) {
    for (size_t shift = 0; shift < 4; ++shift) {
      for (size_t tail = 0; tail < 4; ++tail) {
        std::string line(shift, 'a');
        while (line.size() < 2 * kLongestLine) line += character;
        line += std::string(tail, 'z');
        const std::string shown = PrintableLines(line);
        EXPECT_LE(shown.size(), kLongestLine);
        EXPECT_EQ(shown, Printable(shown)) << "an escape would be a cut one";
        EXPECT_EQ(shown.find("\\x"), shown.npos) << shown;
      }
    }
  }
}

TEST(PrintableLinesTest, CutsBetweenEscapes) {
  for (const std::string escaped : {"\n", "\x1b"}) {
    for (size_t shift = 0; shift < 4; ++shift) {
      for (size_t tail = 0; tail < 4; ++tail) {
        const std::string head(shift, 'a');
        const std::string end(tail, 'z');
        std::string text = head;
        while (text.size() < kLongestLine) text += escaped;
        std::string shown = PrintableLines(Printable(text + end));
        EXPECT_LE(shown.size(), kLongestLine);
        EXPECT_NE(shown.find("bytes left out"), shown.npos);
        // All that is left is whole escapes and the gap.
        shown = std::regex_replace(
            shown,
            std::regex(R"(\\n|\\x1b|\.\.\.\(\d+ bytes left out\)\.\.\.)"), "");
        EXPECT_EQ(shown, head + end);
      }
    }
  }
}

bool IsUtf8(std::string_view text) {
  while (!text.empty()) {
    const size_t length = FirstCharacter(text).length;
    if (length == 0) return false;
    text.remove_prefix(length);
  }
  return true;
}

// Bytes of all sorts, the special ones above all.
std::string RandomText(std::mt19937* random) {
  constexpr std::string_view kSpecial[] = {
      "\0"sv,     "\n"sv,     "\r"sv,         "\x1b["sv, "\\"sv,
      "\\x"sv,    "\x7f"sv,   "\xbf"sv,       "\xc2"sv,  "\xe2\x80"sv,
      "\xe2"sv,   "\xed"sv,   "\xf0"sv,       "\xff"sv,  "\xc2\x9b"sv,
      "\u202e"sv, "\u2028"sv, "\ufffe"sv,     "\""sv,    "%n"sv,
      "]]>"sv,    "\u20ac"sv, "\U0001F600"sv, "::"sv,    "\n ::"sv,
      "##["sv,    "##vso["sv, "\u3000"sv};
  std::string text;
  for (size_t pieces = (*random)() % 100; pieces > 0; --pieces) {
    if ((*random)() % 2 == 0) {
      text += kSpecial[(*random)() % std::size(kSpecial)];
    } else {
      text.push_back(static_cast<char>((*random)()));
    }
  }
  // Some long enough to be cut.
  if ((*random)() % 10 == 0) {
    for (int doubled = 0; doubled < 5; ++doubled) text += text;
  }
  return text;
}

TEST(PrintableTest, AnyBytesBecomeOneLineOfUtf8) {
  std::mt19937 random(20250102);
  for (int round = 0; round < 10'000; ++round) {
    const std::string text = RandomText(&random);
    const std::string shown = Printable(text);
    ASSERT_TRUE(IsUtf8(shown)) << testing::PrintToString(text);
    for (const unsigned char byte : shown) {
      ASSERT_TRUE(byte >= ' ' && byte != 0x7f) << testing::PrintToString(text);
    }
    for (const char* unfit : {"\xc2\x9b", "\u2028", "\u202e", "\ufffe"}) {
      ASSERT_EQ(shown.find(unfit), shown.npos) << testing::PrintToString(text);
    }
    ASSERT_EQ(Printable(shown), shown) << testing::PrintToString(text);
  }
}

TEST(PrintableLinesTest, NoLineIsACommand) {
  EXPECT_EQ(PrintableLines("::error::x"), "\\x3a:error::x");
  EXPECT_EQ(PrintableLines("a\n  \u00a0\u2003\u3000::error::x\n::b"),
            "a\n  \u00a0\u2003\u3000\\x3a:error::x\n\\x3a:b");
  EXPECT_EQ(PrintableLines("a ##[error]x ###[y ##vso[z ##teamcity[t"),
            "a \\x23#[error]x #\\x23#[y \\x23#vso[z \\x23#teamcity[t");
  for (const std::string text :
       {"std::string ::x", ": :", ":", "", " ", "# # [x]", "#[x]", "##", "##a",
        "## [x]", "##a b[x]", "\t::x"}) {
    EXPECT_EQ(PrintableLines(text), Printable(text));
  }
}

// Cutting makes none.
TEST(PrintableLinesTest, ALongLineIsNoCommandEither) {
  for (size_t size = 900; size < 1100; ++size) {
    for (const std::string_view piece : {"##[", "#", "##vso[", "::"}) {
      std::string text = " ::";
      while (text.size() < size) text += piece;
      const std::string shown = PrintableLines(text);
      EXPECT_LE(shown.size(), kLongestLine);
      EXPECT_EQ(shown.find("##["), shown.npos) << shown;
      EXPECT_EQ(shown.find("##vso["), shown.npos) << shown;
      EXPECT_EQ(PrintableLines(shown), shown);
    }
  }
}

TEST(PrintableLinesTest, AnyBytesBecomeShortLinesOfUtf8) {
  std::mt19937 random(20250103);
  size_t cut = 0;
  for (int round = 0; round < 10'000; ++round) {
    const std::string text = RandomText(&random);
    const std::string shown = PrintableLines(text);
    ASSERT_TRUE(IsUtf8(shown)) << testing::PrintToString(text);
    ASSERT_EQ(std::count(shown.begin(), shown.end(), '\n'),
              std::count(text.begin(), text.end(), '\n'));
    for (size_t begin = 0; begin <= shown.size();) {
      const size_t end = std::min(shown.find('\n', begin), shown.size());
      ASSERT_LE(end - begin, kLongestLine) << testing::PrintToString(text);
      begin = end + 1;
    }
    ASSERT_EQ(PrintableLines(shown), shown) << testing::PrintToString(text);
    ASSERT_EQ(("\n" + shown).find("\n::"), shown.npos);
    ASSERT_EQ(shown.find("##["), shown.npos) << testing::PrintToString(text);
    if (shown.find("bytes left out") != shown.npos) ++cut;
  }
  EXPECT_GT(cut, 100) << "the texts are not long enough to test cutting";
}

}  // namespace
}  // namespace leaktrap::internal
