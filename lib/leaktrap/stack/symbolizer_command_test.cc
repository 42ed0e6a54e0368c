#include "leaktrap/stack/symbolizer_command.h"

#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "gtest/gtest.h"

namespace leaktrap::internal {
namespace {

using Dialect = SymbolizerCommand::Dialect;

// A folder of the test's own with a file in it.
std::string FolderWith(const std::string& folder, const std::string& name,
                       mode_t mode) {
  const std::string path = testing::TempDir() + "/" + folder;
  std::filesystem::create_directories(path);
  std::ofstream(path + "/" + name) << "#!/bin/sh\n";
  EXPECT_EQ(chmod((path + "/" + name).c_str(), mode), 0);
  return path;
}

TEST(SymbolizerCommandTest, DialectGoesByTheName) {
  EXPECT_EQ(SymbolizerAt("/x/llvm-symbolizer-14").dialect,
            Dialect::kLlvmSymbolizer);
  EXPECT_EQ(SymbolizerAt("/addr2line/mine").dialect, Dialect::kLlvmSymbolizer);
  for (const char* path : {"/x/addr2line", "/x/llvm-addr2line-14", "addr2line",
                           "/x/aarch64-linux-gnu-addr2line"}) {
    EXPECT_EQ(SymbolizerAt(path).dialect, Dialect::kAddr2line) << path;
    EXPECT_EQ(SymbolizerAt(path).path, path);
  }
}

TEST(SymbolizerCommandTest, FirstInPathIsTaken) {
  const std::string first = FolderWith("first", "llvm-symbolizer", 0755);
  const std::string second = FolderWith("second", "llvm-symbolizer", 0755);
  FolderWith("second", "addr2line", 0755);
  const auto found = FindSymbolizers("/no/such:" + first + ":" + second);
  ASSERT_EQ(found.size(), 2);
  EXPECT_EQ(found[0].path, first + "/llvm-symbolizer");
  EXPECT_EQ(found[0].dialect, Dialect::kLlvmSymbolizer);
  EXPECT_EQ(found[1].path, second + "/addr2line");
  EXPECT_EQ(found[1].dialect, Dialect::kAddr2line);
}

TEST(SymbolizerCommandTest, WhatCannotBeExecutedIsPassedBy) {
  const std::string not_executable =
      FolderWith("not_executable", "addr2line", 0644);
  const std::string folder = testing::TempDir() + "/folder";
  std::filesystem::create_directories(folder + "/addr2line");
  const std::string good = FolderWith("good", "addr2line", 0755);
  const auto found =
      FindSymbolizers(not_executable + ":" + folder + "::relative:" + good);
  ASSERT_FALSE(found.empty());
  EXPECT_EQ(found.back().path, good + "/addr2line");
}

TEST(SymbolizerCommandTest, UsualPlacesAreLookedThroughWithoutPath) {
  const auto found = FindSymbolizers("");
  ASSERT_FALSE(found.empty()) << "binutils come with g++";
  EXPECT_EQ(found.back().dialect, Dialect::kAddr2line);
}

}  // namespace
}  // namespace leaktrap::internal
