#include "child/child.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <set>
#include <stdexcept>
#include <string>

#include "child/child_matchers.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace leaktrap::child {
namespace {

using ::testing::AllOf;
using ::testing::ContainsRegex;
using ::testing::ElementsAre;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::ThrowsMessage;

constexpr char kSample[] = "testing/child/sample_child";

ChildResult RunSample(const std::string& test, ChildOptions options = {}) {
  options.args.push_back("--gtest_filter=Sample." + test);
  return RunChild(kSample, options);
}

std::set<std::string> FilesOfChildren() {
  std::set<std::string> names;
  for (const auto& entry :
       std::filesystem::directory_iterator(getenv("TEST_TMPDIR"))) {
    names.insert(entry.path());
  }
  return names;
}

class ScopedEnv {
 public:
  ScopedEnv(const char* name, const char* value) : name_(name) {
    const char* const before = getenv(name);
    had_ = before != nullptr;
    if (had_) before_ = before;
    setenv(name, value, 1);
  }
  ~ScopedEnv() { had_ ? setenv(name_, before_.c_str(), 1) : unsetenv(name_); }

 private:
  const char* const name_;
  bool had_;
  std::string before_;
};

TEST(RunChildTest, ReadsAPass) {
  const ChildResult child = RunSample("Passes");
  EXPECT_EQ(child.exit_code, 0);
  EXPECT_EQ(child.signal, 0);
  EXPECT_FALSE(child.timed_out);
  EXPECT_TRUE(child.has_xml);
  EXPECT_THAT(child.failures_outside_tests, IsEmpty());
  ASSERT_EQ(child.tests.size(), 1);
  EXPECT_EQ(child.tests[0].suite, "Sample");
  EXPECT_EQ(child.tests[0].name, "Passes");
  EXPECT_TRUE(child.tests[0].ran);
  EXPECT_FALSE(child.tests[0].skipped);
  EXPECT_THAT(child.tests[0].failures, IsEmpty());
  EXPECT_FALSE(child.Failed("Sample.Passes"));
  EXPECT_THAT(child.console, HasSubstr("[       OK ] Sample.Passes"));
}

TEST(RunChildTest, ReadsTheWholeTextOfEachFailure) {
  const ChildResult child = RunSample("Fails");
  EXPECT_EQ(child.exit_code, 1);
  EXPECT_TRUE(child.Failed("Sample.Fails"));
  EXPECT_THAT(
      child.Test("Sample.Fails").failures,
      ElementsAre(AllOf(ContainsRegex("sample_child\\.cc:[0-9]+\nFailed\n"),
                        EndsWith("first & <foremost> ]]> end")),
                  EndsWith("Failed\nsecond\nof two lines")));
  EXPECT_THAT(child.console, HasSubstr("[  FAILED  ] Sample.Fails"));
}

TEST(RunChildTest, ReadsASkip) {
  const ChildResult child = RunSample("Skips");
  EXPECT_EQ(child.exit_code, 0);
  EXPECT_TRUE(child.Test("Sample.Skips").ran);
  EXPECT_TRUE(child.Test("Sample.Skips").skipped);
  EXPECT_FALSE(child.Failed("Sample.Skips"));
}

TEST(RunChildTest, DisabledTestDidNotRun) {
  const ChildResult child = RunSample("*Disabled");
  EXPECT_EQ(child.exit_code, 0);
  EXPECT_FALSE(child.Test("Sample.DISABLED_Disabled").ran);
}

TEST(RunChildTest, ReadsSeveralTests) {
  const ChildResult child = RunSample("Passes:Sample.Fails:Sample.Skips");
  EXPECT_EQ(child.tests.size(), 3);
  EXPECT_FALSE(child.Failed("Sample.Passes"));
  EXPECT_TRUE(child.Failed("Sample.Fails"));
}

TEST(RunChildTest, TellsOfASignal) {
  const ChildResult child = RunSample("Aborts");
  EXPECT_EQ(child.exit_code, -1);
  EXPECT_EQ(child.signal, SIGABRT);
  EXPECT_FALSE(child.timed_out);
  EXPECT_FALSE(child.has_xml);
  EXPECT_THAT(child.tests, IsEmpty());
  EXPECT_THAT(child.console, HasSubstr("about to abort\n"));
}

TEST(RunChildTest, TellsOfAnExitCode) {
  const ChildResult child = RunSample("Exits3");
  EXPECT_EQ(child.exit_code, 3);
  EXPECT_EQ(child.signal, 0);
  EXPECT_FALSE(child.has_xml);
}

TEST(RunChildTest, KillsWhatHangs) {
  ChildOptions options;
  options.timeout = std::chrono::seconds(1);
  for (const char* test : {"Hangs", "HangsInTheCallersGroup"}) {
    const ChildResult child = RunSample(test, options);
    EXPECT_TRUE(child.timed_out);
    EXPECT_EQ(child.exit_code, -1);
    EXPECT_EQ(child.signal, SIGKILL);
    EXPECT_FALSE(child.has_xml);
    EXPECT_THAT(child.console, HasSubstr("about to hang\n"));
  }
}

TEST(RunChildTest, WaitsForAChildThatClosedItsOutput) {
  const ChildResult child = RunSample("ClosesItsOutputAndGoesOn");
  EXPECT_EQ(child.exit_code, 5);
  EXPECT_FALSE(child.timed_out);
}

TEST(RunChildTest, ReadsFailuresOutsideTests) {
  ChildOptions options;
  options.args = {"--fail_in_environment"};
  const ChildResult child = RunSample("Passes", options);
  EXPECT_EQ(child.exit_code, 1);
  EXPECT_FALSE(child.Failed("Sample.Passes"));
  EXPECT_EQ(child.tests.size(), 1);
  EXPECT_THAT(child.failures_outside_tests,
              ElementsAre(EndsWith("raised in TearDown")));
}

TEST(RunChildTest, ConsoleIsInTheOrderOfWriting) {
  std::string turns;
  for (int i = 0; i < 100; ++i) turns += "oe";
  EXPECT_THAT(RunSample("WritesByTurns").console, HasSubstr(turns + "\n"));
}

TEST(RunChildTest, ReadsMoreThanAPipeHolds) {
  const ChildResult child = RunSample("WritesAMegabyte");
  EXPECT_EQ(child.exit_code, 0);
  EXPECT_TRUE(child.console.find(std::string(1024 * 1024, 'x') + "the end\n") !=
              std::string::npos)
      << child.console.size() << " bytes";
}

TEST(RunChildTest, KillsWhatIsLeftOfTheGroup) {
  const std::string fifo = std::string(getenv("TEST_TMPDIR")) + "/fifo";
  ASSERT_EQ(mkfifo(fifo.c_str(), 0600), 0);
  const int fd = open(fifo.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC);
  ASSERT_NE(fd, -1);
  ChildOptions options;
  options.env["SAMPLE_FIFO"] = fifo;
  const ChildResult child = RunSample("LeavesAProcess", options);
  EXPECT_EQ(child.exit_code, 0) << child;
  EXPECT_FALSE(child.timed_out);

  // The end of the FIFO comes when its last writer is gone. The process may
  // have been killed before it wrote its byte.
  char byte;
  pollfd writer = {fd, POLLIN, 0};
  ssize_t n;
  do {
    ASSERT_EQ(poll(&writer, 1, 30'000), 1) << "the process is still there";
    n = read(fd, &byte, 1);
  } while (n == 1);
  EXPECT_EQ(n, 0);
  close(fd);
}

TEST(RunChildTest, ChildStartsAfresh) {
  constexpr int kOwn = 200;
  ASSERT_EQ(dup2(1, kOwn), kOwn);
  sigset_t usr1;
  sigemptyset(&usr1);
  sigaddset(&usr1, SIGUSR1);
  ASSERT_EQ(pthread_sigmask(SIG_BLOCK, &usr1, nullptr), 0);
  const auto before = signal(SIGPIPE, SIG_IGN);
  const ChildResult child = RunSample("PrintsItsSurroundings");
  signal(SIGPIPE, before);
  pthread_sigmask(SIG_UNBLOCK, &usr1, nullptr);
  close(kOwn);

  EXPECT_THAT(child.console,
              HasSubstr("descriptor 0\ndescriptor 1\ndescriptor 2\n"
                        "stdin gives 0\n"
                        "leads its group: 1\n"
                        "SIGUSR1 blocked: 0\n"
                        "SIGPIPE ignored: 0\n"));
  EXPECT_THAT(child.console,
              HasSubstr("directory " +
                        std::filesystem::current_path().string() + "\n"));
}

TEST(RunChildTest, RunsInTheGivenDirectory) {
  ChildOptions options;
  options.working_dir = "/";
  const ChildResult child = RunSample("PrintsItsSurroundings", options);
  EXPECT_THAT(child.console, HasSubstr("directory /\n"));
  EXPECT_TRUE(child.has_xml);
}

TEST(RunChildTest, RunsThroughAWrapper) {
  ChildOptions options;
  options.wrapper = {"/usr/bin/env", "SAMPLE_WRAPPED=1"};
  const ChildResult child = RunSample("PrintsItsSurroundings", options);
  EXPECT_FALSE(child.Failed("Sample.PrintsItsSurroundings"));
  EXPECT_THAT(child.console, HasSubstr("variable SAMPLE_WRAPPED=1\n"));
}

TEST(RunChildTest, WhatSteersTheCallerStaysWithIt) {
  const ScopedEnv filter("GTEST_REPEAT", "2");
  const ScopedEnv mode("LEAKTRAP_MODE", "report");
  const ScopedEnv shards("TEST_TOTAL_SHARDS", "2");
  const ScopedEnv shard("TEST_SHARD_INDEX", "1");
  const ScopedEnv bridge("TESTBRIDGE_TEST_ONLY", "Nothing.*");
  const ScopedEnv xml("XML_OUTPUT_FILE", "/nowhere/test.xml");
  const ScopedEnv own("SAMPLE_OWN", "kept");
  const ScopedEnv out("SAMPLE_OUT", "gone");
  const ScopedEnv replaced("SAMPLE_REPLACED", "before");
  ChildOptions options;
  options.unset = {"SAMPLE_OUT"};
  options.env = {{"SAMPLE_REPLACED", "after"}, {"LEAKTRAP_LINGER", "5s"}};
  const std::string console =
      RunSample("PrintsItsSurroundings", options).console;
  EXPECT_THAT(console, Not(HasSubstr("variable GTEST_")));
  EXPECT_THAT(console, Not(HasSubstr("variable LEAKTRAP_MODE")));
  EXPECT_THAT(console, Not(HasSubstr("variable TEST_TOTAL_SHARDS")));
  EXPECT_THAT(console, Not(HasSubstr("variable TEST_SHARD_INDEX")));
  EXPECT_THAT(console, Not(HasSubstr("variable TESTBRIDGE_")));
  EXPECT_THAT(console, Not(HasSubstr("variable XML_OUTPUT_FILE")));
  EXPECT_THAT(console, Not(HasSubstr("variable SAMPLE_OUT")));
  EXPECT_THAT(console, HasSubstr("variable SAMPLE_OWN=kept\n"));
  EXPECT_THAT(console, HasSubstr("variable SAMPLE_REPLACED=after\n"));
  EXPECT_THAT(console, HasSubstr("variable LEAKTRAP_LINGER=5s\n"));
  EXPECT_THAT(console, HasSubstr(std::string("variable TEST_TMPDIR=") +
                                 getenv("TEST_TMPDIR") + "\n"));
}

TEST(RunChildTest, AsksForNoXmlWhenTold) {
  ChildOptions options;
  options.xml = false;
  const ChildResult child = RunSample("Passes", options);
  EXPECT_EQ(child.exit_code, 0);
  EXPECT_FALSE(child.has_xml);
  EXPECT_THAT(child.tests, IsEmpty());
}

TEST(RunChildTest, LeavesNoFilesBehind) {
  const std::set<std::string> before = FilesOfChildren();
  RunSample("Passes");
  EXPECT_EQ(FilesOfChildren(), before);
}

TEST(RunChildTest, SpoiltXmlThrowsAndShowsTheConsole) {
  ChildOptions options;
  options.args = {"--spoil_xml"};
  EXPECT_THAT([&] { RunSample("Passes", options); },
              ThrowsMessage<std::runtime_error>(
                  AllOf(HasSubstr("XML"), HasSubstr("Sample.Passes"))));
}

TEST(RunChildTest, MissingBinaryThrows) {
  EXPECT_THAT([] { RunChild("testing/child/no_such_child"); },
              ThrowsMessage<std::runtime_error>(
                  HasSubstr("testing/child/no_such_child")));
}

TEST(RunChildTest, FileThatIsNoProgramThrows) {
  EXPECT_THAT([] { RunChild("testing/child/testdata/not_a_program.txt"); },
              ThrowsMessage<std::runtime_error>(HasSubstr("cannot run")));
}

TEST(RunChildTest, MissingWorkingDirectoryThrows) {
  ChildOptions options;
  options.working_dir = "/no/such/directory";
  EXPECT_THAT([&] { RunSample("Passes", options); },
              ThrowsMessage<std::runtime_error>(HasSubstr("cannot run")));
}

TEST(RunChildTest, FindsItsBinaryFromAnotherDirectory) {
  const std::filesystem::path before = std::filesystem::current_path();
  std::filesystem::current_path("/");
  ChildResult child;
  EXPECT_NO_THROW(child = RunSample("Passes"));
  std::filesystem::current_path(before);
  EXPECT_EQ(child.exit_code, 0);
}

}  // namespace
}  // namespace leaktrap::child
