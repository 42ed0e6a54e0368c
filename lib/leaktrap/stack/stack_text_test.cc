#include "leaktrap/stack/stack_text.h"

#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "leaktrap/stack/symbolizer.h"
#include "leaktrap/stack/user_code_for_test.h"

namespace leaktrap::internal {
namespace {

using testing::ElementsAre;
using testing::EndsWith;
using testing::HasSubstr;

constexpr char kSource[] = "lib/leaktrap/stack/user_code_for_test.cc";

Frame MakeFrame(const std::string& function, const std::string& file = "",
                int line = 0) {
  Frame frame;
  frame.function = function;
  frame.file = file;
  frame.line = line;
  frame.module = "/builds/app/bin/a_test";
  frame.module_offset = 0x12ab;
  frame.address = 0x550000;
  return frame;
}

std::string At(const std::string& file, int line) {
  return file + ":" + std::to_string(line);
}

// Of a function that is inlined, or may be. addr2line does not tell its name
// where g++ -g1 compiled it.
testing::Matcher<std::string> Inlined(const std::string& name,
                                      const std::string& place) {
  return AnyOf(AllOf(HasSubstr(name), EndsWith(place)), place);
}

TEST(StackTextTest, StackOfATest) {
  app::Trace trace;
  const int own_line = __LINE__ + 1;
  APP_CALL(&trace, "test", app::Outer(&trace));
  const std::vector<Frame> frames =
      ReadableFrames(Symbolize(trace.return_addresses));
  const std::vector<std::string> lines = StackLines(frames);
  EXPECT_THAT(
      lines,
      ElementsAre("app::(anonymous namespace)::Plain " +
                      At(kSource, trace.lines["plain"]),
                  Inlined("Inlined ", At(kSource, trace.lines["inlined"])),
                  AllOf(HasSubstr("Template<app::Trace*> "),
                        EndsWith(At(kSource, trace.lines["template"]))),
                  Inlined("operator() ", At(kSource, trace.lines["lambda"])),
                  "app::Outer " + At(kSource, trace.lines["outer"]),
                  AllOf(HasSubstr("StackTextTest_StackOfATest_Test::TestBody "),
                        EndsWith(At("lib/leaktrap/stack/stack_text_test.cc",
                                    own_line)))));
  const auto user = UserFrame(frames);
  ASSERT_TRUE(user);
  EXPECT_EQ(user->file, kSource);
  EXPECT_EQ(user->line, trace.lines["plain"]);
}

TEST(StackTextTest, StackOfAThread) {
  app::Trace trace;
  app::AppRunThreadInPlugin(&trace);
  const auto frames = ReadableFrames(Symbolize(trace.return_addresses));
  EXPECT_THAT(
      StackLines(frames),
      ElementsAre(AllOf(HasSubstr("operator() "),
                        EndsWith(At("lib/leaktrap/stack/plugin_for_test.cc",
                                    trace.lines["plugin"])))));
}

TEST(StackTextTest, RuntimeInnermostAndOurOwnAreLeftOut) {
  const auto frames = ReadableFrames(
      {{MakeFrame("pthread_create", "lib/leaktrap/origin/threads.cc", 5)},
       {MakeFrame("std::thread::_M_start_thread()")},
       {MakeFrame("thread<f>", "/usr/include/c++/12/bits/std_thread.h", 143),
        MakeFrame("Start", "src/pool.cc", 12)},
       {MakeFrame("leaktrap::ConnectionPool::Take()")},
       {MakeFrame("std::vector<int>::push_back(int)")},
       {MakeFrame("void std::__invoke_impl<void>()")},
       {MakeFrame("app::T_Does_Test::TestBody()", "src/pool_test.cc", 7)},
       {MakeFrame("testing::Test::Run()")},
       {MakeFrame("main", "src/main.cc", 3)},
       {MakeFrame("_start")}});
  EXPECT_THAT(StackLines(frames),
              ElementsAre("Start src/pool.cc:12",
                          "std::vector<int>::push_back (a_test+0x12ab)",
                          "app::T_Does_Test::TestBody src/pool_test.cc:7"));
}

TEST(LibraryCallTest, IsWhatTheUserCalled) {
  Frame inlined = MakeFrame("wait<f>", "/usr/include/c++/12/mutex", 3);
  inlined.inlined = true;
  Frame in_library = MakeFrame("pthread_cond_wait");
  in_library.module = "/lib/x86_64-linux-gnu/libc.so.6";
  Frame inside = in_library;
  inside.function = "__futex_wait";
  const Frame user = MakeFrame("app::Pool::Take()", "src/pool.cc", 12);
  EXPECT_EQ(LibraryCall({{inside},
                         {in_library},
                         {MakeFrame("std::condition_variable::wait(int&)")},
                         {inlined, user},
                         {MakeFrame("std::thread::join()")}}),
            "std::condition_variable::wait");
  EXPECT_EQ(LibraryCall(
                {{MakeFrame("void std::wait_for<int, f(int)>(int)")}, {user}}),
            "std::wait_for");
  EXPECT_EQ(LibraryCall({{inside}, {user}}), "");
  EXPECT_EQ(LibraryCall({{user}, {in_library}}), "");
  EXPECT_EQ(LibraryCall({}), "");
  // A thread of the library's own, or a stack that ends early: who called what
  // is not known, and the outermost function is none that anybody waits in.
  Frame outermost = in_library;
  outermost.function = "clone3";
  EXPECT_EQ(LibraryCall({{in_library}, {outermost}}), "");
}

TEST(StackTextTest, MainStaysWhereNoTestRuns) {
  const auto frames =
      ReadableFrames({{MakeFrame("app::Init()", "src/init.cc", 4)},
                      {MakeFrame("main", "src/main.cc", 3)},
                      {MakeFrame("__libc_start_call_main")},
                      {MakeFrame("_start")}});
  EXPECT_THAT(StackLines(frames),
              ElementsAre("app::Init src/init.cc:4", "main src/main.cc:3"));
}

TEST(StackTextTest, AllFramesWhereNoneIsTheUsers) {
  const auto frames = ReadableFrames(
      {{MakeFrame("std::thread::join()")}, {MakeFrame("_start")}});
  EXPECT_EQ(StackLines(frames).size(), 2);
  EXPECT_TRUE(ReadableFrames({}).empty());
}

TEST(StackTextTest, NoFrameWhereATestsLastCallTookItsOwn) {
  EXPECT_TRUE(ReadableFrames({{MakeFrame("std::thread::thread()")},
                              {MakeFrame("testing::Test::Run()")},
                              {MakeFrame("main", "src/main.cc", 3)}})
                  .empty());
  // That one is there, and all that is known of it is its namespace.
  EXPECT_FALSE(ReadableFrames({{MakeFrame("leaktrap::example::Make()")},
                               {MakeFrame("testing::Test::Run()")}})
                   .empty());
}

TEST(StackTextTest, NamelessOnesOfALibraryAreOneLine) {
  Frame first;
  first.module = "/usr/lib/libcurl.so.4";
  first.module_offset = 0x12;
  Frame second = first;
  Frame other = first;
  other.module = "/usr/lib/libother.so";
  const Frame named = MakeFrame("f()", "a.cc", 1);
  EXPECT_THAT(
      StackLines({named, first, second, other, named, first}),
      ElementsAre("f a.cc:1", "libcurl.so.4, 2 functions without a name",
                  "libother.so+0x12", "f a.cc:1", "libcurl.so.4+0x12"));
}

TEST(StackTextTest, DepthIsBounded) {
  const std::vector<Frame> frames(15, MakeFrame("f()", "a.cc", 1));
  const auto lines = StackLines(frames, 12);
  ASSERT_EQ(lines.size(), 13);
  EXPECT_EQ(lines[11], "f a.cc:1");
  EXPECT_EQ(lines[12], "... and 3 more");
  EXPECT_EQ(StackLines(frames, 15).size(), 15);
}

TEST(StackTextTest, WhatIsUnknownIsLeftOut) {
  Frame nowhere = MakeFrame("");
  nowhere.module.clear();
  EXPECT_THAT(StackLines({MakeFrame(""), MakeFrame("", "a.cc", 2), nowhere}),
              ElementsAre("a_test+0x12ab", "a.cc:2", "0x550000"));
}

TEST(StackTextTest, NamesAreShort) {
  EXPECT_THAT(
      StackLines({MakeFrame("void app::f<std::__cxx11::basic_string<char, "
                            "std::char_traits<char>, std::allocator<char> "
                            "> >(int)",
                            "a.cc", 1)}),
      ElementsAre("app::f<std::string > a.cc:1"));
  const std::string name(1000, 'n');
  EXPECT_THAT(StackLines({MakeFrame(name + "()", "a.cc", 1)}),
              ElementsAre(name.substr(0, 160) + "... a.cc:1"));
  std::string umlauts = "n";
  for (int i = 0; i < 100; ++i) umlauts += "\xc3\xbc";
  const std::string cut = StackLines({MakeFrame(umlauts, "a.cc", 1)})[0];
  EXPECT_EQ(cut, umlauts.substr(0, 159) + "... a.cc:1");
}

TEST(UserFrameTest, InnermostOfTheUsersOwnWithALine) {
  const auto frame =
      UserFrame({MakeFrame("a", "external/fmt/os.cc", 1), MakeFrame("b"),
                 MakeFrame("c", "src/c.cc", 3), MakeFrame("d", "src/d.cc", 4)});
  ASSERT_TRUE(frame);
  EXPECT_EQ(frame->file, "src/c.cc");
  EXPECT_EQ(frame->line, 3);
}

TEST(UserFrameTest, ThirdPartyIsBetterThanNothing) {
  const auto frame =
      UserFrame({MakeFrame("a", "/usr/include/c++/12/thread", 1),
                 MakeFrame("b", "external/fmt/os.cc", 2), MakeFrame("c")});
  ASSERT_TRUE(frame);
  EXPECT_EQ(frame->line, 2);
  EXPECT_FALSE(UserFrame({MakeFrame("c"), MakeFrame("testing::Test::Run()")}));
  EXPECT_FALSE(UserFrame({}));
}

}  // namespace
}  // namespace leaktrap::internal
