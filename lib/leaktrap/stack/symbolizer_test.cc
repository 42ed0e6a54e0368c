// Real addresses of real code, asked of each symbolizer that is installed.

#include "leaktrap/stack/symbolizer.h"

#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <map>
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "leaktrap/stack/function_name.h"
#include "leaktrap/stack/left_behind_for_test.h"
#include "leaktrap/stack/user_code_for_test.h"

namespace leaktrap::internal {
namespace {

using testing::EndsWith;
using testing::HasSubstr;

constexpr char kSource[] = "lib/leaktrap/stack/user_code_for_test.cc";

std::vector<Frame> Flat(const std::vector<std::vector<Frame>>& stack) {
  std::vector<Frame> flat;
  for (const auto& frames : stack) {
    flat.insert(flat.end(), frames.begin(), frames.end());
  }
  return flat;
}

// Where the frame stands that is at this place; -1 if none is.
int IndexOf(const std::vector<Frame>& frames, const std::string& file,
            int line) {
  for (size_t i = 0; i < frames.size(); ++i) {
    if (frames[i].file == file && frames[i].line == line) return i;
  }
  return -1;
}

class SymbolizerTest
    : public LeavesNothingTest,
      public testing::WithParamInterface<SymbolizerCommand::Dialect> {
 protected:
  SymbolizerTest() {
    Symbolizer::Options options = Symbolizer::OptionsFromEnvironment();
    for (const SymbolizerCommand& command : options.commands) {
      if (command.dialect == GetParam()) options_.commands = {command};
    }
    app::Outer(&trace_);
  }

  void SetUp() override {
    if (options_.commands.empty()) GTEST_SKIP() << "not installed";
  }

  Symbolizer::Options options_;
  app::Trace trace_;
};

INSTANTIATE_TEST_SUITE_P(
    , SymbolizerTest,
    testing::Values(SymbolizerCommand::Dialect::kLlvmSymbolizer,
                    SymbolizerCommand::Dialect::kAddr2line),
    [](const auto& info) {
      return info.param == SymbolizerCommand::Dialect::kAddr2line
                 ? "Addr2line"
                 : "LlvmSymbolizer";
    });

TEST_P(SymbolizerTest, EachCallStandsAtItsLine) {
  Symbolizer symbolizer(options_);
  const auto stack = symbolizer.Symbolize(trace_.return_addresses);
  ASSERT_EQ(stack.size(), trace_.return_addresses.size());
  const std::vector<Frame> frames = Flat(stack);
  int before = -1;
  for (const char* name : {"plain", "inlined", "template", "lambda", "outer"}) {
    const int index = IndexOf(frames, kSource, trace_.lines[name]);
    EXPECT_GT(index, before) << name;
    before = index;
  }
  EXPECT_THAT(symbolizer.WhyNoLines(), HasSubstr("no debug information"));
}

TEST_P(SymbolizerTest, NamesAreDemangled) {
  const auto stack = Symbolizer(options_).Symbolize(trace_.return_addresses);
  const std::vector<Frame> frames = Flat(stack);
  const std::map<std::string, std::string> names = {
      {"plain", "app::(anonymous namespace)::Plain"},
      {"template", "app::(anonymous namespace)::Template<app::Trace*>"},
      {"outer", "app::Outer"},
  };
  for (const auto& [key, name] : names) {
    const int index = IndexOf(frames, kSource, trace_.lines[key]);
    ASSERT_GE(index, 0) << key;
    EXPECT_EQ(BareName(frames[index].function), name);
  }
  EXPECT_EQ(frames.back().function, "_start");
}

TEST_P(SymbolizerTest, InlinedFrameStandsBeforeItsHost) {
  const auto stack = Symbolizer(options_).Symbolize(trace_.return_addresses);
  for (const auto& frames : stack) {
    const int index = IndexOf(frames, kSource, trace_.lines["inlined"]);
    if (index < 0) continue;
    ASSERT_LT(index + 1, frames.size());
    EXPECT_TRUE(frames[index].inlined);
    EXPECT_EQ(frames[index + 1].line, trace_.lines["template"]);
    return;
  }
  FAIL() << "no frame at the line of the inlined function";
}

TEST_P(SymbolizerTest, ThreadInASharedLibrary) {
  app::Trace trace;
  app::AppRunThreadInPlugin(&trace);
  const std::vector<Frame> frames =
      Flat(Symbolizer(options_).Symbolize(trace.return_addresses));
  const int index = IndexOf(frames, "lib/leaktrap/stack/plugin_for_test.cc",
                            trace.lines["plugin"]);
  ASSERT_GE(index, 0);
  EXPECT_THAT(frames[index].module, EndsWith("plugin_for_test.so"));
  bool through_the_library = false;
  for (const Frame& frame : frames) {
    if (frame.module.find("libstdc++") != std::string::npos) {
      through_the_library = true;
    }
  }
  EXPECT_TRUE(through_the_library);
}

TEST_P(SymbolizerTest, AddressesAndModulesAreTold) {
  const auto stack = Symbolizer(options_).Symbolize(trace_.return_addresses);
  const uintptr_t slide = stack[0][0].address - stack[0][0].module_offset;
  for (size_t i = 0; i < stack.size(); ++i) {
    for (const Frame& frame : stack[i]) {
      EXPECT_EQ(frame.address, trace_.return_addresses[i]);
      EXPECT_THAT(frame.module, HasSubstr("/"));
      if (frame.module == stack[0][0].module) {
        EXPECT_EQ(frame.address - frame.module_offset, slide);
      }
    }
  }
}

TEST_P(SymbolizerTest, WhatIsInNoModuleIsAnAddress) {
  int on_the_stack;
  const auto nowhere = reinterpret_cast<uintptr_t>(&on_the_stack);
  const auto stack =
      Symbolizer(options_).Symbolize({nowhere, trace_.return_addresses[0], 0});
  ASSERT_EQ(stack.size(), 3);
  ASSERT_EQ(stack[0].size(), 1);
  EXPECT_EQ(stack[0][0].function, "");
  EXPECT_EQ(stack[0][0].module, "");
  EXPECT_EQ(stack[0][0].address, nowhere);
  EXPECT_EQ(stack[1][0].line, trace_.lines["plain"]);
  EXPECT_EQ(stack[2].size(), 1);
}

TEST_P(SymbolizerTest, NothingIsAskedForNothing) {
  EXPECT_TRUE(Symbolizer(options_).Symbolize({}).empty());
}

TEST_P(SymbolizerTest, EachAddressIsAskedOnce) {
  const std::string log = testing::TempDir() + "/asked";
  unlink(log.c_str());
  const std::string real = options_.commands[0].path;
  const std::string wrapper =
      Script("logging-" + real.substr(real.rfind('/') + 1),
             "exec tee -a " + log + " <&0 | " + real + " \"$@\"");
  Symbolizer symbolizer({{SymbolizerAt(wrapper)}, ""});
  const std::vector<uintptr_t> one = {trace_.return_addresses[0],
                                      trace_.return_addresses[0]};
  const auto first = symbolizer.Symbolize(one);
  EXPECT_EQ(first[0][0].line, trace_.lines["plain"]);
  EXPECT_EQ(first[1][0].line, trace_.lines["plain"]);
  const std::string asked = Content(log);
  EXPECT_EQ(std::count(asked.begin(), asked.end(), '\n'), 1) << asked;
  EXPECT_EQ(symbolizer.Symbolize(one)[0][0].line, trace_.lines["plain"]);
  EXPECT_EQ(Content(log), asked);
}

TEST_P(SymbolizerTest, NoDescriptorLeftIsTriedAgainLater) {
  Symbolizer symbolizer(options_);
  std::vector<std::vector<Frame>> stack;
  std::string why;
  {
    const NoDescriptorLeft none;
    stack = symbolizer.Symbolize(trace_.return_addresses);
    why = symbolizer.WhyNoLines();
  }
  ASSERT_EQ(stack.size(), trace_.return_addresses.size());
  EXPECT_THAT(stack[0][0].module, HasSubstr("/"));
  EXPECT_EQ(stack[0][0].line, 0);
  EXPECT_THAT(why, HasSubstr("Too many open files"));
  // What the loader itself can name.
  EXPECT_TRUE(std::any_of(stack.begin(), stack.end(), [](const auto& frames) {
    return frames[0].function == "__libc_start_main";
  }));
  stack = symbolizer.Symbolize(trace_.return_addresses);
  EXPECT_EQ(stack[0][0].line, trace_.lines["plain"]);
  EXPECT_THAT(symbolizer.WhyNoLines(), HasSubstr("no debug information"));
}

// addr2line does not tell the names of inlined functions where g++ -g1 compiled
// them. Read before a test changes the environment.
const bool asks_llvm = [] {
  const auto commands = Symbolizer::OptionsFromEnvironment().commands;
  return !commands.empty() && commands.front().dialect ==
                                  SymbolizerCommand::Dialect::kLlvmSymbolizer;
}();

TEST(FunctionNamesTest, AreBareAndOfEveryFrame) {
  app::Trace trace;
  app::Outer(&trace);
  const std::vector<std::string> names = FunctionNames(trace.return_addresses);
  EXPECT_THAT(names, testing::IsSupersetOf(
                         {"app::(anonymous namespace)::Plain", "app::Outer"}));
  if (asks_llvm) {
    EXPECT_THAT(names, testing::Contains(EndsWith("Inlined")));
  }
}

}  // namespace
}  // namespace leaktrap::internal
