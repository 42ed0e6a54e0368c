#include "leaktrap/report/blamed_line.h"

#include <cstdint>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "gtest/gtest.h"
#include "leaktrap/resource/kind.h"
#include "leaktrap/resource/resource.h"
#include "leaktrap/stack/capture.h"

namespace leaktrap::internal {
namespace {

uint64_t last_sequence = 0;

// As if it was made here.
__attribute__((noinline)) Resource MakeHere(Kind kind, uint64_t number,
                                            int* line) {
  Resource resource;
  resource.identity = {kind, 0, number, {}, ++last_sequence};
  resource.origin.emplace();
  resource.origin->sequence = last_sequence;
  resource.origin->call = "made-up";
  uintptr_t addresses[32];
  *line = __LINE__ + 1;
  const int count = CaptureStack(nullptr, addresses, 32);
  resource.origin->stack.assign(addresses, addresses + count);
  return resource;
}

struct Lines {
  int innermost = 0;
  int common = 0;
};

// A socket, and what sits on it, below one call.
__attribute__((noinline)) std::vector<Resource> MakeBoth(Lines* lines) {
  std::vector<Resource> leaks;
  leaks.push_back(MakeHere(Kind::kDescriptor, 7, &lines->innermost));
  leaks.push_back(MakeHere(Kind::kConnection, 1, &lines->innermost));
  leaks.back().descriptors = {7};
  return leaks;
}

__attribute__((noinline)) std::vector<Resource> Connect(Lines* lines) {
  lines->common = __LINE__ + 1;
  std::vector<Resource> leaks = MakeBoth(lines);
  asm("");
  return leaks;
}

TEST(BlamedLineTest, TheLineThatMadeIt) {
  int line = 0;
  const std::vector<Resource> leaks = {MakeHere(Kind::kDescriptor, 7, &line)};
  const std::optional<SourceLine> blamed = BlamedLine(leaks);
  ASSERT_TRUE(blamed.has_value());
  EXPECT_EQ(blamed->file, "lib/leaktrap/report/blamed_line_test.cc");
  EXPECT_EQ(blamed->line, line);
}

TEST(BlamedLineTest, TheCallBelowWhichAllOfAFindingWasMade) {
  Lines lines;
  const std::optional<SourceLine> blamed = BlamedLine(Connect(&lines));
  ASSERT_TRUE(blamed.has_value());
  EXPECT_EQ(blamed->line, lines.common);
}

TEST(BlamedLineTest, WhatAnotherThreadMadeDoesNotCount) {
  int line = 0;
  std::vector<Resource> leaks = {MakeHere(Kind::kDescriptor, 7, &line)};
  std::thread([&] {
    int other = 0;
    leaks.push_back(MakeHere(Kind::kConnection, 1, &other));
    leaks.back().descriptors = {7};
  }).join();
  const std::optional<SourceLine> blamed = BlamedLine(leaks);
  ASSERT_TRUE(blamed.has_value());
  EXPECT_EQ(blamed->line, line);
}

TEST(BlamedLineTest, NoneWithoutAStack) {
  Resource leak;
  EXPECT_FALSE(BlamedLine({leak}).has_value());
  leak.origin.emplace();
  EXPECT_FALSE(BlamedLine({leak}).has_value());
  EXPECT_FALSE(BlamedLine({}).has_value());
}

TEST(BlamedLineTest, TheFirstFindingThatHasOne) {
  Resource unknown;
  unknown.identity = {Kind::kDescriptor, 0, 3, {}};
  int line = 0;
  const Resource known = MakeHere(Kind::kDescriptor, 7, &line);
  const std::optional<SourceLine> blamed = BlamedLine({unknown, known});
  ASSERT_TRUE(blamed.has_value());
  EXPECT_EQ(blamed->line, line);
}

}  // namespace
}  // namespace leaktrap::internal
