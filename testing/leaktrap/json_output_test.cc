#include "leaktrap/json_output.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <random>
#include <sstream>
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "leaktrap/check/clock.h"
#include "leaktrap/probe/descriptor_reserve.h"
#include "leaktrap/report/json_for_test.h"

namespace leaktrap::internal {
namespace {

namespace fs = std::filesystem;
using testing::AllOf;
using testing::Each;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

constexpr char kHead[] = "{\"entries\":[";

std::string Read(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

// An entry that says its number, about `size` bytes long.
std::string Entry(int number, size_t size) {
  return "[" + std::to_string(number) + ",\"" + std::string(size, 'x') + "\"]";
}

Json ReadEntries(const std::string& path) {
  return Json::Parse(Read(path))["entries"];
}

MATCHER_P(IsText, text, "") { return arg.string() == text; }

// How many entries there are; they have to be numbered from zero on.
int CountEntries(const std::string& path) {
  const Json entries = ReadEntries(path);
  int count = 0;
  for (const Json& entry : entries.array()) {
    EXPECT_EQ(entry[0].integer(), count);
    ++count;
  }
  return count;
}

int CountDescriptors() {
  int count = 0;
  for (int fd = 0; fd < 4096; ++fd) {
    if (fcntl(fd, F_GETFD) >= 0) ++count;
  }
  return count;
}

class SoftLimit {
 public:
  SoftLimit(__rlimit_resource which, rlim_t limit) : which_(which) {
    EXPECT_EQ(getrlimit(which_, &before_), 0);
    const rlimit lower = {limit, before_.rlim_max};
    EXPECT_EQ(setrlimit(which_, &lower), 0);
  }
  ~SoftLimit() { setrlimit(which_, &before_); }

 private:
  const __rlimit_resource which_;
  rlimit before_;
};

class JsonOutputTest : public testing::Test {
 protected:
  JsonOutputTest() { fs::create_directory(folder_); }
  ~JsonOutputTest() override { fs::remove_all(folder_); }

  std::vector<std::string> Files() const {
    std::vector<std::string> files;
    for (const auto& entry : fs::directory_iterator(folder_)) {
      files.push_back(entry.path().filename().string());
    }
    return files;
  }

  const fs::path folder_ =
      fs::path(testing::TempDir()) / ("json." + std::to_string(getpid()));
  const std::string path_ = folder_ / "report.json";
};

TEST_F(JsonOutputTest, IsThereFromTheBeginning) {
  const JsonOutput output(path_, kHead, &SystemClock());
  EXPECT_THAT(output.problem(), IsEmpty());
  EXPECT_EQ(CountEntries(path_), 0);
}

TEST_F(JsonOutputTest, EachEntryIsThereAtOnce) {
  std::mt19937 random(20250101);
  JsonOutput output(path_, kHead, &SystemClock());
  for (int i = 0; i < 100; ++i) {
    // Mostly within a page, often over its border, now and then over several.
    const size_t size = random() % (i % 10 == 0 ? 20'000 : 400);
    output.Add(Entry(i, size), JsonOutput::When::kNow);
    ASSERT_EQ(CountEntries(path_), i + 1);
  }
  EXPECT_THAT(output.problem(), IsEmpty());
  EXPECT_THAT(Files(), testing::ElementsAre("report.json"));
}

// A millisecond passes each time that somebody asks, so a write takes one.
class TickingClock : public Clock {
 public:
  std::chrono::steady_clock::time_point Now() override {
    return now_ += std::chrono::milliseconds(1);
  }
  void Sleep(std::chrono::nanoseconds duration) override { now_ += duration; }

 private:
  std::chrono::steady_clock::time_point now_;
};

TEST_F(JsonOutputTest, WhatMayWaitIsThereWithTheNextThatMayNot) {
  TickingClock clock;
  JsonOutput output(path_, kHead, &clock);
  output.Add(Entry(0, 100), JsonOutput::When::kSoon);
  output.Add(Entry(1, 10'000), JsonOutput::When::kSoon);
  EXPECT_EQ(CountEntries(path_), 0);
  output.Add(Entry(2, 100), JsonOutput::When::kNow);
  EXPECT_EQ(CountEntries(path_), 3);
  output.Add(Entry(3, 100), JsonOutput::When::kSoon);
  EXPECT_EQ(CountEntries(path_), 3);
}

TEST_F(JsonOutputTest, WhatMayWaitIsWrittenWhenThatTakesAHundredthOfTheTime) {
  TickingClock clock;
  JsonOutput output(path_, kHead, &clock);
  int count = 0;
  for (int turn = 1; turn <= 3; ++turn) {
    for (int i = 1; i < 100; ++i) {
      output.Add(Entry(count++, 100), JsonOutput::When::kSoon);
    }
    EXPECT_EQ(CountEntries(path_), (turn - 1) * 100);
    output.Add(Entry(count++, 100), JsonOutput::When::kSoon);
    EXPECT_EQ(CountEntries(path_), count);
  }
  clock.Sleep(std::chrono::milliseconds(99));
  output.Add(Entry(count++, 100), JsonOutput::When::kSoon);
  EXPECT_EQ(CountEntries(path_), count);
}

TEST_F(JsonOutputTest, WhatWaitsIsWrittenWhenItIsAskedTo) {
  TickingClock clock;
  JsonOutput output(path_, kHead, &clock);
  output.Add(Entry(0, 100), JsonOutput::When::kSoon);
  EXPECT_EQ(CountEntries(path_), 0);
  output.Flush();
  EXPECT_EQ(CountEntries(path_), 1);
  fs::remove(path_);
  output.Flush();
  EXPECT_THAT(Files(), IsEmpty()) << "nothing waited";
  output.Add(Entry(1, 100), JsonOutput::When::kSoon);
  fs::remove(folder_);
  EXPECT_THAT(output.problem(), IsEmpty());
  output.Flush();
  EXPECT_EQ(output.problem(), "No such file or directory");
}

TEST_F(JsonOutputTest, WhereWritingFailsItIsNotTriedAllTheTime) {
  TickingClock clock;
  JsonOutput output(path_, kHead, &clock);
  {
    const SoftLimit limit(RLIMIT_FSIZE, 1000);
    output.Add(Entry(0, 2000), JsonOutput::When::kNow);
    EXPECT_EQ(output.problem(), "File too large");
  }
  output.Add(Entry(1, 10), JsonOutput::When::kSoon);
  EXPECT_EQ(output.problem(), "File too large");
  clock.Sleep(std::chrono::milliseconds(99));
  output.Add(Entry(2, 10), JsonOutput::When::kSoon);
  EXPECT_THAT(output.problem(), IsEmpty());
  EXPECT_EQ(CountEntries(path_), 3);
}

TEST_F(JsonOutputTest, LeavesNoDescriptorOpen) {
  const int before = CountDescriptors();
  JsonOutput output(path_, kHead, &SystemClock());
  output.Add(Entry(0, 10), JsonOutput::When::kNow);
  output.Add(Entry(1, 10'000), JsonOutput::When::kNow);
  EXPECT_EQ(CountDescriptors(), before);
}

TEST_F(JsonOutputTest, AFileThatWasRemovedComesBackWhole) {
  JsonOutput output(path_, kHead, &SystemClock());
  output.Add(Entry(0, 10), JsonOutput::When::kNow);
  fs::remove(path_);
  output.Add(Entry(1, 10), JsonOutput::When::kNow);
  EXPECT_EQ(CountEntries(path_), 2);
}

TEST_F(JsonOutputTest, OfTwoWritersTheLastWins) {
  // Of the same length: the files differ in nothing but what they are.
  JsonOutput one(path_, kHead, &SystemClock());
  JsonOutput other(path_, kHead, &SystemClock());
  for (int i = 0; i < 20; ++i) {
    one.Add("\"one\"", JsonOutput::When::kNow);
    EXPECT_THAT(ReadEntries(path_).array(),
                AllOf(SizeIs(i + 1), Each(IsText("one"))));
    other.Add("\"two\"", JsonOutput::When::kNow);
    EXPECT_THAT(ReadEntries(path_).array(),
                AllOf(SizeIs(i + 1), Each(IsText("two"))));
  }
}

TEST_F(JsonOutputTest, WhatSomebodyAppendedIsNotLeftBehindIt) {
  JsonOutput output(path_, kHead, &SystemClock());
  std::ofstream(path_, std::ios::app) << std::string(1000, '?');
  output.Add(Entry(0, 10), JsonOutput::When::kNow);
  EXPECT_EQ(CountEntries(path_), 1);
}

TEST_F(JsonOutputTest, AnOldReportIsReplaced) {
  std::ofstream(path_) << std::string(10'000, '?');
  const JsonOutput output(path_, kHead, &SystemClock());
  EXPECT_EQ(CountEntries(path_), 0);
}

TEST_F(JsonOutputTest, WhatIsNoFileIsLeftAlone) {
  ASSERT_EQ(mkfifo(path_.c_str(), 0600), 0);
  JsonOutput to_pipe(path_, kHead, &SystemClock());
  to_pipe.Add(Entry(0, 10), JsonOutput::When::kNow);
  EXPECT_THAT(to_pipe.problem(), HasSubstr("no regular file"));
  EXPECT_TRUE(fs::is_fifo(path_));
  const JsonOutput to_folder(folder_, kHead, &SystemClock());
  EXPECT_THAT(to_folder.problem(), HasSubstr("no regular file"));
  const JsonOutput nowhere(folder_ / "none" / "report.json", kHead,
                           &SystemClock());
  EXPECT_EQ(nowhere.problem(), "No such file or directory");
  const JsonOutput below_a_file("/proc/self/stat/x", kHead, &SystemClock());
  EXPECT_EQ(below_a_file.problem(), "Not a directory");
}

TEST_F(JsonOutputTest, WithoutRoomTheOldFileStaysAndNothingIsLost) {
  JsonOutput output(path_, kHead, &SystemClock());
  output.Add(Entry(0, 10), JsonOutput::When::kNow);
  {
    // No SIGXFSZ: it would end the test.
    const SoftLimit limit(RLIMIT_FSIZE, 1000);
    output.Add(Entry(1, 2000), JsonOutput::When::kNow);
    EXPECT_EQ(output.problem(), "File too large");
    EXPECT_EQ(CountEntries(path_), 1);
    output.Add(Entry(2, 5000), JsonOutput::When::kNow);
    EXPECT_EQ(output.problem(), "File too large");
    EXPECT_THAT(Files(), testing::ElementsAre("report.json"));
  }
  output.Add(Entry(3, 10), JsonOutput::When::kNow);
  EXPECT_THAT(output.problem(), IsEmpty());
  EXPECT_EQ(CountEntries(path_), 4);
}

class UsesUpDescriptors {
 public:
  UsesUpDescriptors() {
    int fd;
    while ((fd = open("/dev/null", O_RDONLY | O_CLOEXEC)) >= 0) {
      fds_.push_back(fd);
    }
  }
  ~UsesUpDescriptors() {
    for (int fd : fds_) close(fd);
  }

 private:
  std::vector<int> fds_;
};

TEST_F(JsonOutputTest, WithoutADescriptorTheReserveServes) {
  const SoftLimit limit(RLIMIT_NOFILE, 64);
  JsonOutput output(path_, kHead, &SystemClock());
  ASSERT_TRUE(TakeDescriptorReserve());
  {
    const UsesUpDescriptors all;
    output.Add(Entry(0, 10), JsonOutput::When::kNow);      // in place
    output.Add(Entry(1, 10'000), JsonOutput::When::kNow);  // as a new file
    EXPECT_THAT(output.problem(), IsEmpty());
    // It has been taken again.
    EXPECT_LT(open("/dev/null", O_RDONLY | O_CLOEXEC), 0);
    EXPECT_TRUE(DescriptorReserveIdentity().has_value());
  }
  EXPECT_EQ(CountEntries(path_), 2);
  GiveUpDescriptorReserve();
}

TEST_F(JsonOutputTest, WithoutADescriptorAndAReserveItIsWrittenLater) {
  const SoftLimit limit(RLIMIT_NOFILE, 64);
  JsonOutput output(path_, kHead, &SystemClock());
  {
    const UsesUpDescriptors all;
    output.Add(Entry(0, 10), JsonOutput::When::kNow);
    EXPECT_EQ(output.problem(), "Too many open files");
  }
  output.Add(Entry(1, 10), JsonOutput::When::kNow);
  EXPECT_THAT(output.problem(), IsEmpty());
  EXPECT_EQ(CountEntries(path_), 2);
}

TEST_F(JsonOutputTest, AForkedChildIsTold) {
  const JsonOutput output(path_, kHead, &SystemClock());
  EXPECT_TRUE(output.IsOfThisProcess());
  const pid_t child = fork();
  if (child == 0) _exit(output.IsOfThisProcess() ? 1 : 0);
  int status = -1;
  ASSERT_EQ(waitpid(child, &status, 0), child);
  EXPECT_EQ(status, 0);
}

// Writes for ever, and says by a byte each when an entry is in the file.
[[noreturn]] void WriteForEver(const std::string& path, int told,
                               unsigned seed) {
  std::mt19937 random(seed);
  JsonOutput output(path, kHead, &SystemClock());
  for (int i = 0;; ++i) {
    output.Add(Entry(i, random() % (random() % 8 == 0 ? 30'000 : 1'000)),
               JsonOutput::When::kNow);
    if (write(told, "", 1) != 1) _exit(1);
  }
}

TEST_F(JsonOutputTest, IsValidWheneverItsWriterIsKilled) {
  std::mt19937 random(20250101);
  for (int round = 0; round < 100; ++round) {
    fs::remove(path_);
    int ends[2];
    ASSERT_EQ(pipe2(ends, O_CLOEXEC), 0);
    const pid_t child = fork();
    if (child == 0) WriteForEver(path_, ends[1], random());
    close(ends[1]);
    char byte;
    ASSERT_EQ(read(ends[0], &byte, 1), 1);
    usleep(random() % 5'000);
    kill(child, SIGKILL);
    ASSERT_EQ(waitpid(child, nullptr, 0), child);
    int told = 1;
    char bytes[4096];
    ssize_t got;
    while ((got = read(ends[0], bytes, sizeof(bytes))) > 0) told += got;
    close(ends[0]);
    int in_file = 0;
    ASSERT_NO_THROW(in_file = CountEntries(path_));
    EXPECT_GE(in_file, told);
    EXPECT_LE(in_file, told + 1);
  }
}

}  // namespace
}  // namespace leaktrap::internal
