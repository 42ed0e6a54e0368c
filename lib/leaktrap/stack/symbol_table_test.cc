#include "leaktrap/stack/symbol_table.h"

#include <filesystem>
#include <fstream>
#include <random>
#include <sstream>
#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "leaktrap/stack/left_behind_for_test.h"

namespace leaktrap::internal {
namespace {

using testing::ElementsAre;

class BrokenSymbolTableTest : public LeavesNothingTest {
 protected:
  // A real shared object, which is small.
  BrokenSymbolTableTest() : text_(Content("/lib/x86_64-linux-gnu/libdl.so.2")) {
    if (text_.empty()) text_ = Content("/proc/self/exe");
  }

  // Must return, whatever the answer.
  void Look(const std::string& text) {
    const std::string path = testing::TempDir() + "/broken.so";
    std::ofstream(path, std::ios::binary) << text;
    EXPECT_EQ(FunctionSymbols(path, {0, 0x1000, 0x1100, 0x2000}).size(), 4);
  }

  std::string text_;
};

TEST_F(BrokenSymbolTableTest, NoFileNamesNothing) {
  EXPECT_THAT(FunctionSymbols("/no/such/file", {1, 2}), ElementsAre("", ""));
  EXPECT_THAT(FunctionSymbols("/etc/passwd", {1}), ElementsAre(""));
  EXPECT_THAT(FunctionSymbols("/dev/null", {1}), ElementsAre(""));
  EXPECT_THAT(FunctionSymbols("/proc/self", {1}), ElementsAre(""));
}

TEST_F(BrokenSymbolTableTest, CutAnywhere) {
  for (size_t size = 0; size < text_.size(); size += 1 + text_.size() / 200) {
    Look(text_.substr(0, size));
  }
}

TEST_F(BrokenSymbolTableTest, RandomBytesInTheHeaders) {
  std::mt19937 random(4);
  for (int i = 0; i < 500; ++i) {
    std::string text = text_;
    for (int j = 0; j < 8; ++j) {
      // The file's header stands at the front, the sections' at the end.
      const size_t at =
          random() % 2 ? random() % 64 : text.size() - 1 - random() % 2000;
      text[at] = static_cast<char>(random());
    }
    Look(text);
  }
}

}  // namespace
}  // namespace leaktrap::internal
