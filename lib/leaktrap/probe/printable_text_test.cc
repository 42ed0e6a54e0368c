#include "leaktrap/probe/printable_text.h"

#include <string>
#include <string_view>

#include "gtest/gtest.h"

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

}  // namespace
}  // namespace leaktrap::internal
