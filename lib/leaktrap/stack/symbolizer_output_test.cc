#include "leaktrap/stack/symbolizer_output.h"

#include <string>

#include "gtest/gtest.h"

namespace leaktrap::internal {
namespace {

TEST(LlvmSymbolizerOutputTest, InlinedFramesInnermostFirst) {
  const auto answers = ReadLlvmSymbolizerOutput(
      "Inlined\n/proc/self/cwd/a/b.cc:10:62\n"
      "_ZN3app5OuterEv\n/proc/self/cwd/a/c.h:11:85\n"
      "\n"
      "??\n??:0:0\n"
      "\n",
      2);
  ASSERT_TRUE(answers);
  const auto& frames = (*answers)[0];
  ASSERT_EQ(frames.size(), 2);
  EXPECT_EQ(frames[0].function, "Inlined");
  EXPECT_EQ(frames[0].file, "a/b.cc");
  EXPECT_EQ(frames[0].line, 10);
  EXPECT_TRUE(frames[0].inlined);
  EXPECT_EQ(frames[1].function, "app::Outer()");
  EXPECT_EQ(frames[1].file, "a/c.h");
  EXPECT_EQ(frames[1].line, 11);
  EXPECT_FALSE(frames[1].inlined);
  ASSERT_EQ((*answers)[1].size(), 1);
  EXPECT_EQ((*answers)[1][0].function, "");
  EXPECT_EQ((*answers)[1][0].file, "");
  EXPECT_EQ((*answers)[1][0].line, 0);
}

TEST(LlvmSymbolizerOutputTest, NamesMayBeStrange) {
  const auto answers = ReadLlvmSymbolizerOutput("??\n/a:b c:7:1\n\n", 1);
  ASSERT_TRUE(answers);
  EXPECT_EQ((*answers)[0][0].file, "/a:b c");
  EXPECT_EQ((*answers)[0][0].line, 7);
}

// The folder of the build, which is no file.
TEST(LlvmSymbolizerOutputTest, ALineIsOfAFile) {
  const auto answers = ReadLlvmSymbolizerOutput("f\n./:5:1\n\n", 1);
  ASSERT_TRUE(answers);
  EXPECT_EQ((*answers)[0][0].file, "");
  EXPECT_EQ((*answers)[0][0].line, 0);
}

TEST(LlvmSymbolizerOutputTest, GarbageIsRefused) {
  const std::string good = "f\n/a.cc:1:1\n\n";
  ASSERT_TRUE(ReadLlvmSymbolizerOutput(good, 1));
  for (size_t size = 0; size < good.size(); ++size) {
    EXPECT_FALSE(ReadLlvmSymbolizerOutput(good.substr(0, size), 1)) << size;
  }
  for (const std::string text :
       {"\n", "\n\n\n", "f\n/a.cc\n\n", "f\n/a.cc:1\n\n", "f\n/a.cc:x:1\n\n",
        "f\n/a.cc:1:-1\n\n", "f\n/a.cc:99999999999:1\n\n", "f\n:1\n\n",
        "f\x1b[31m\n/a.cc:1:1\n\n", "f\n/a\r.cc:1:1\n\n", "one line\n",
        "f\n/a.cc:1:1\n\n\n", "f\n/a.cc:1:1\n\nf\n/a.cc:1:1\n\n"}) {
    EXPECT_FALSE(ReadLlvmSymbolizerOutput(text, 1)) << text;
  }
  EXPECT_FALSE(ReadLlvmSymbolizerOutput(good, 2));
  EXPECT_FALSE(ReadLlvmSymbolizerOutput(std::string("f\0\n/a:1:1\n\n", 11), 1));
}

TEST(Addr2lineOutputTest, InlinedFramesInnermostFirst) {
  const auto answers = ReadAddr2lineOutput(
      "0x0000000000001334\n"
      "_ZN3app7InlinedEv\n/proc/self/cwd/a.cc:9 (discriminator 2)\n"
      "_ZN3app5OuterEv\n/x/a.cc:10\n"
      "0x0000000000001335\n"
      "main\n??:?\n"
      "0x0000000000001336\n"
      "??\n??:0\n",
      3);
  ASSERT_TRUE(answers);
  const auto& frames = (*answers)[0];
  ASSERT_EQ(frames.size(), 2);
  EXPECT_EQ(frames[0].function, "app::Inlined()");
  EXPECT_EQ(frames[0].file, "a.cc");
  EXPECT_EQ(frames[0].line, 9);
  EXPECT_TRUE(frames[0].inlined);
  EXPECT_EQ(frames[1].function, "app::Outer()");
  EXPECT_EQ(frames[1].line, 10);
  EXPECT_FALSE(frames[1].inlined);
  // It may be another function's name.
  EXPECT_EQ((*answers)[1][0].function, "");
  EXPECT_EQ((*answers)[1][0].file, "");
  EXPECT_EQ((*answers)[2][0].function, "");
}

// What addr2line says of g++'s -g1.
TEST(Addr2lineOutputTest, SymbolIsTheOutermostFunctions) {
  const auto answers = ReadAddr2lineOutput(
      "0x1\n_ZN3app5OuterEv\n/a.cc:9\nMiddle\n/a.cc:10\nOuter\n/a.cc:11\n", 1);
  ASSERT_TRUE(answers);
  const auto& frames = (*answers)[0];
  ASSERT_EQ(frames.size(), 3);
  EXPECT_EQ(frames[0].function, "");
  EXPECT_EQ(frames[0].line, 9);
  EXPECT_EQ(frames[1].function, "Middle");
  EXPECT_EQ(frames[2].function, "app::Outer()");
}

TEST(Addr2lineOutputTest, GarbageIsRefused) {
  const std::string good = "0x1\nf\n/a.cc:1\n";
  ASSERT_TRUE(ReadAddr2lineOutput(good, 1));
  for (size_t size = 0; size < good.size(); ++size) {
    EXPECT_FALSE(ReadAddr2lineOutput(good.substr(0, size), 1)) << size;
  }
  for (const std::string text :
       {"f\n/a.cc:1\n", "0x1\n0x1\nf\n/a.cc:1\n", "0x1\nf\n/a.cc\n",
        "0x1\n\n/a.cc:1\n", "0x1\nf\n/a.cc:1\ng\n", "0x1\nf\n\x7f:1\n"}) {
    EXPECT_FALSE(ReadAddr2lineOutput(text, 1)) << text;
  }
  EXPECT_FALSE(ReadAddr2lineOutput(good, 0));
  EXPECT_FALSE(ReadAddr2lineOutput(good, 2));
}

}  // namespace
}  // namespace leaktrap::internal
