// This program runs its own disabled tests again. Each test here is looked at
// itself: what is left of such a run would fail it.

#include "leaktrap/rerun.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "leaktrap/check/growth.h"

namespace leaktrap::internal {
namespace {

using std::chrono::milliseconds;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

// Longer than anything here lasts, if it is not broken.
constexpr milliseconds kAmple(60'000);

const std::string& FolderAtStart() {
  static const std::string folder = std::filesystem::current_path();
  return folder;
}
[[maybe_unused]] const std::string& kFolder = FolderAtStart();

int OpenNull() { return open("/dev/null", O_RDONLY | O_CLOEXEC); }

int round_of_run = 0;

TEST(Target, DISABLED_Grows) { OpenNull(); }
TEST(Target, DISABLED_FirstUse) {
  static const int kept = OpenNull();
  ASSERT_GE(kept, 0);
}
TEST(Target, DISABLED_NowAndThen) {
  if (++round_of_run == 2) OpenNull();
}
TEST(Target, DISABLED_Clean) {}
TEST(Target, DISABLED_Fails) { FAIL() << "alone it fails"; }
TEST(Target, DISABLED_Crashes) {
  if (++round_of_run == 2) std::abort();
  OpenNull();
}
TEST(Target, DISABLED_Exits) { std::_Exit(7); }
TEST(Target, DISABLED_Hangs) {
  for (;;) pause();
}
TEST(Target, DISABLED_LeavesAProcessThatHangs) {
  if (fork() == 0) {
    for (;;) pause();
  }
}

// Fails, and so never comes to its end, where it is not as it should be.
TEST(Target, DISABLED_SeesNothingOfItsStarter) {
  EXPECT_EQ(std::getenv("_LEAKTRAP_TELLS"), nullptr);
  EXPECT_EQ(std::getenv("XML_OUTPUT_FILE"), nullptr);
  EXPECT_EQ(std::getenv("SET_BY_A_TEST"), nullptr);
  EXPECT_EQ(std::filesystem::read_symlink("/proc/self/fd/0"), "/dev/null");
  for (int fd = 3; fd < 100; ++fd) EXPECT_EQ(fcntl(fd, F_GETFD), -1) << fd;
  EXPECT_NE(std::filesystem::current_path(), "/");
  EXPECT_NE(getpgid(0), getpgid(getppid()));
}

std::vector<std::string> Words(const RerunResult& result) {
  std::vector<std::string> words;
  for (const MakerGrowth& maker : result.makers) {
    words.push_back(GrowthWord(maker.growth));
  }
  return words;
}

TEST(RunAgainTest, HearsWhatBecomesOfMakers) {
  RerunResult result = RunAgain("Target.DISABLED_Grows", 3, kAmple);
  EXPECT_GT(result.took, milliseconds(0)) << "a process takes some";
  EXPECT_EQ(result.why_not, "");
  EXPECT_EQ(result.rounds, 3);
  EXPECT_THAT(Words(result), ElementsAre("growing"));
  ASSERT_THAT(result.makers, SizeIs(1));
  EXPECT_THAT(result.makers[0].signature, HasSubstr("descriptors "));
  EXPECT_EQ(result.makers[0].left, 3);
  EXPECT_EQ(result.makers[0].left_at_first, 1);
  result = RunAgain("Target.DISABLED_FirstUse", 2, kAmple);
  EXPECT_EQ(result.rounds, 2);
  EXPECT_THAT(Words(result), ElementsAre("first use"));
  result = RunAgain("Target.DISABLED_NowAndThen", 3, kAmple);
  EXPECT_THAT(Words(result), ElementsAre("now and then"));
  result = RunAgain("Target.DISABLED_Clean", 3, kAmple);
  EXPECT_EQ(result.why_not, "");
  EXPECT_EQ(result.rounds, 3);
  EXPECT_THAT(result.makers, IsEmpty());
}

TEST(RunAgainTest, SaysWhyItHeardNothing) {
  RerunResult result = RunAgain("Target.DISABLED_Crashes", 3, kAmple);
  EXPECT_EQ(result.why_not, "alone it was killed by signal 6 (Aborted)");
  EXPECT_THAT(result.output, HasSubstr("[ RUN      ] Target.DISABLED_Crashes"));
  result = RunAgain("Target.DISABLED_Exits", 3, kAmple);
  EXPECT_EQ(result.why_not, "alone it ended with exit code 7 and told nothing");
  result = RunAgain("Target.DISABLED_Hangs", 3, milliseconds(500));
  EXPECT_EQ(result.why_not,
            "alone it was not over after 500ms, and was killed");
  result = RunAgain("Target.None", 3, kAmple);
  EXPECT_EQ(result.why_not, "alone it came to its end in 0 rounds");
  result = RunAgain("Target.DISABLED_Fails", 3, kAmple);
  EXPECT_EQ(result.why_not, "alone it came to its end in 0 rounds");
  EXPECT_THAT(result.output, HasSubstr("Target.DISABLED_Fails"));
}

TEST(RunAgainTest, KillsWhatTheTestStarted) {
  EXPECT_EQ(
      RunAgain("Target.DISABLED_LeavesAProcessThatHangs", 2, kAmple).rounds, 2);
}

TEST(RunAgainTest, StartsAsThisProgramStarted) {
  const int passed_on = open("/dev/null", O_RDONLY);
  ASSERT_EQ(setenv("SET_BY_A_TEST", "1", 1), 0);
  ASSERT_EQ(chdir("/"), 0);
  const RerunResult result =
      RunAgain("Target.DISABLED_SeesNothingOfItsStarter", 2, kAmple);
  EXPECT_EQ(chdir(FolderAtStart().c_str()), 0);
  unsetenv("SET_BY_A_TEST");
  close(passed_on);
  EXPECT_EQ(result.why_not, "") << result.output;
  EXPECT_EQ(result.rounds, 2);
}

// A program may reap whatever child there is.
TEST(RunAgainTest, IsNotDisturbedByAReaper) {
  struct sigaction before;
  struct sigaction reaps = {};
  reaps.sa_handler = [](int) {
    const int error = errno;
    while (waitpid(-1, nullptr, WNOHANG | __WALL) > 0) {
    }
    errno = error;
  };
  ASSERT_EQ(sigaction(SIGCHLD, &reaps, &before), 0);
  EXPECT_EQ(RunAgain("Target.DISABLED_Grows", 2, kAmple).rounds, 2);
  signal(SIGCHLD, SIG_IGN);
  EXPECT_EQ(RunAgain("Target.DISABLED_Grows", 2, kAmple).rounds, 2);
  ASSERT_EQ(sigaction(SIGCHLD, &before, nullptr), 0);
}

TEST(RunAgainTest, ThisOneIsNone) { EXPECT_FALSE(IsRerun()); }

TEST(RerunReportTest, IsReadAsItIsWritten) {
  GrowthHistory history;
  for (int round = 0; round < 3; ++round) {
    history.StartRound();
    history.Add("threads name=\"a\tb\n\xff\"", "app.cc:1", "A.B", 2);
    history.Add("threads name=c", "", "The test suite A, outside its tests", 1);
    history.End("A.B");
    history.End("The test suite A, outside its tests");
    history.End("The program, outside its test suites");
  }
  const std::string report = RerunReport(history);
  const RerunResult result = ReadRerunReport(report, "A.B");
  EXPECT_EQ(result.why_not, "");
  EXPECT_EQ(result.rounds, 3);
  ASSERT_THAT(result.makers, SizeIs(1)) << "a suite's is no affair of a test's";
  EXPECT_EQ(result.makers[0].signature, "threads name=\"a\tb\n\xff\"");
  EXPECT_EQ(result.makers[0].growth, Growth::kGrowing);
  EXPECT_EQ(result.makers[0].rounds, 3);
  EXPECT_EQ(result.makers[0].left_in, 3);
  EXPECT_EQ(result.makers[0].left, 6);
  EXPECT_EQ(result.makers[0].left_at_first, 2);
  EXPECT_EQ(ReadRerunReport(report, "B.C").why_not,
            "its name in a filter fits A.B, too");
  // Cut anywhere, it tells nothing.
  for (size_t size = 0; size + 4 <= report.size(); ++size) {
    EXPECT_EQ(ReadRerunReport(report.substr(0, size), "A.B").why_not,
              "it told nothing");
  }
}

}  // namespace
}  // namespace leaktrap::internal
