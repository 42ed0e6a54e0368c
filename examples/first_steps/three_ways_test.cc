// The page shows nothing but what is built and run in this folder, and leaves
// none of it out.

#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <sstream>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace {

using testing::_;
using testing::Each;
using testing::Ge;
using testing::IsEmpty;
using testing::Not;
using testing::Pair;
using testing::SizeIs;

constexpr char kFolder[] = "examples/first_steps";
constexpr char kPage[] = "docs/three_ways.md";
constexpr char kFence[] = "```";

std::string Contents(const std::string& path) {
  std::ifstream file(path);
  return std::string(std::istreambuf_iterator<char>(file), {});
}

struct Block {
  std::string language;
  std::string text;
};

std::vector<Block> BlocksOf(const std::string& page) {
  std::vector<Block> blocks;
  bool inside = false;
  std::istringstream lines(page);
  for (std::string line; std::getline(lines, line);) {
    if (absl::StartsWith(line, kFence)) {
      inside = !inside;
      if (inside) blocks.push_back({line.substr(sizeof(kFence) - 1), ""});
    } else if (inside) {
      blocks.back().text += line + "\n";
    }
  }
  EXPECT_FALSE(inside) << "the last block has no end";
  return blocks;
}

// The files that a block of `language` may be taken from; of none of them a
// block has been found.
std::map<std::string, int> FilesFor(const std::string& language) {
  // Another page has the rest of the folder.
  const std::string beginning = language == "cpp" ? "by_" : "BUILD";
  const std::string ending = language == "cpp" ? ".cc" : ".bazel";
  std::map<std::string, int> files;
  for (const auto& entry : std::filesystem::directory_iterator(kFolder)) {
    const std::string name = entry.path().filename();
    if (absl::StartsWith(name, beginning) && absl::EndsWith(name, ending)) {
      files[entry.path()] = 0;
    }
  }
  return files;
}

// Whether `file` has `text`, in whole lines.
bool Shows(const std::string& file, const std::string& text) {
  return !text.empty() && absl::StrContains("\n" + file, "\n" + text);
}

class ThreeWaysTest : public testing::TestWithParam<const char*> {};

TEST_P(ThreeWaysTest, EachExampleIsBuiltAndRun) {
  std::map<std::string, int> files = FilesFor(GetParam());
  for (const Block& block : BlocksOf(Contents(kPage))) {
    if (block.language != GetParam()) continue;
    bool found = false;
    for (auto& [path, blocks] : files) {
      if (!Shows(Contents(path), block.text)) continue;
      found = true;
      ++blocks;
    }
    EXPECT_TRUE(found) << "in no file of " << kFolder << ":\n" << block.text;
  }
  EXPECT_THAT(files, Not(IsEmpty()));
  EXPECT_THAT(files, Each(Pair(_, Ge(1)))) << "not shown";
}

INSTANTIATE_TEST_SUITE_P(Languages, ThreeWaysTest,
                         testing::Values("cpp", "python"),
                         [](const auto& info) {
                           return std::string(info.param);
                         });

// A block in another language would go unchecked.
TEST(ThreeWaysPageTest, HasNoOtherBlocks) {
  std::map<std::string, int> languages;
  for (const Block& block : BlocksOf(Contents(kPage))) {
    ++languages[block.language];
  }
  EXPECT_THAT(languages, SizeIs(3)) << "cpp, python, and sh for a command line";
  EXPECT_EQ(languages.count("sh"), 1u);
}

}  // namespace
