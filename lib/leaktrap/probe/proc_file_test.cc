#include "leaktrap/probe/proc_file.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <fstream>
#include <optional>
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "leaktrap/probe/descriptor_reserve.h"
#include "leaktrap/probe/descriptors_for_test.h"

namespace leaktrap::internal {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::Not;
using testing::UnorderedElementsAre;

constexpr char kFds[] = "/proc/self/fd";

class ProcFileTest : public testing::Test {
 protected:
  ~ProcFileTest() override { GiveUpDescriptorReserve(); }
};

void Write(const std::string& path, const std::string& text) {
  std::ofstream(path) << text;
}

TEST_F(ProcFileTest, ReadsTextOfAnyLength) {
  ScopedFolder folder;
  for (const size_t size : {0u, 1u, 4095u, 4096u, 4097u, 1000000u}) {
    std::string text(size, 'x');
    if (size > 0) text.back() = '\n';
    const std::string path = folder.Path("text");
    Write(path, text);
    std::string read = "before";
    ASSERT_TRUE(ReadProcFile(path.c_str(), &read));
    EXPECT_EQ(read, text);
    read = "before";
    ASSERT_TRUE(ReadProcRecord(path.c_str(), &read));
    EXPECT_EQ(read, text);
  }
}

TEST_F(ProcFileTest, ReadsAllOfWhatIsWrittenAsOneRecord) {
  const std::string folder = "/proc/thread-self/";
  for (const char* name : {"comm", "status", "wchan", "cmdline"}) {
    std::string file, record;
    EXPECT_TRUE(ReadProcFile((folder + name).c_str(), &file));
    EXPECT_TRUE(ReadProcRecord((folder + name).c_str(), &record));
    // What is counted goes on.
    EXPECT_EQ(record.substr(0, 60), file.substr(0, 60));
    EXPECT_EQ(record.empty() ? '\n' : record.back(),
              file.empty() ? '\n' : file.back());
  }
  std::string text;
  EXPECT_FALSE(ReadProcRecord("/proc/self/task/0/stat", &text));
  EXPECT_EQ(errno, ENOENT);
}

TEST_F(ProcFileTest, ReadsProc) {
  std::string text;
  ASSERT_TRUE(ReadProcFile("/proc/self/status", &text));
  EXPECT_THAT(text,
              testing::HasSubstr("\nPid:\t" + std::to_string(getpid()) + "\n"));
}

TEST_F(ProcFileTest, SaysWhyItCannotRead) {
  std::string text;
  EXPECT_FALSE(ReadProcFile("/proc/self/task/0/stat", &text));
  EXPECT_EQ(errno, ENOENT);
  EXPECT_FALSE(ReadProcFile("/proc/self", &text));
  EXPECT_EQ(errno, EISDIR);
  // Can be opened, but not read at its start.
  EXPECT_FALSE(ReadProcFile("/proc/self/mem", &text));
  EXPECT_EQ(errno, EIO);
}

TEST_F(ProcFileTest, ListsOnlyPlainNumbersAfterWhatWasThere) {
  ScopedFolder folder;
  for (const char* name : {"12", "0", "x1", "1x", "-3", "+4", "", " 5",
                           "18446744073709551615", "18446744073709551616"}) {
    if (*name != '\0') Write(folder.Path(name), "");
  }
  std::vector<uint64_t> numbers = {7};
  ASSERT_TRUE(ListProcNumbers(folder.path().c_str(), &numbers));
  EXPECT_EQ(numbers[0], 7);
  EXPECT_THAT(numbers, UnorderedElementsAre(7, 12, 0, UINT64_MAX));
}

TEST_F(ProcFileTest, ListsMoreThanOneBuffer) {
  ScopedFolder folder;
  // 24 bytes for each, and a buffer of 32,768.
  constexpr int kFiles = 1500;
  for (int i = 0; i < kFiles; ++i) {
    const std::string path = folder.Path(std::to_string(i));
    ASSERT_EQ(symlink("nowhere", path.c_str()), 0);
  }
  std::vector<uint64_t> numbers;
  ASSERT_TRUE(ListProcNumbers(folder.path().c_str(), &numbers));
  std::sort(numbers.begin(), numbers.end());
  ASSERT_EQ(numbers.size(), kFiles);
  for (int i = 0; i < kFiles; ++i) EXPECT_EQ(numbers[i], i);
}

TEST_F(ProcFileTest, LeavesOutItsOwnDescriptorAndNoOther) {
  const ScopedFd next(open("/dev/null", O_RDONLY | O_CLOEXEC));
  DIR* const users = opendir(kFds);
  ASSERT_NE(users, nullptr);
  ScopedFd free(open("/dev/null", O_RDONLY | O_CLOEXEC));
  const int its_number = free.get();
  free.Close();

  std::vector<uint64_t> numbers;
  ASSERT_TRUE(ListProcNumbers(kFds, &numbers));
  EXPECT_THAT(numbers, Contains(next.get()));
  EXPECT_THAT(numbers, Contains(dirfd(users)));
  EXPECT_THAT(numbers, Not(Contains(its_number)));
  closedir(users);
}

TEST_F(ProcFileTest, KeepsAnEntryThatOnlyHasTheNumber) {
  ScopedFolder folder;
  ScopedFd free(open("/dev/null", O_RDONLY | O_CLOEXEC));
  const int its_number = free.get();
  Write(folder.Path(std::to_string(its_number)), "");
  free.Close();
  std::vector<uint64_t> numbers;
  ASSERT_TRUE(ListProcNumbers(folder.path().c_str(), &numbers));
  EXPECT_THAT(numbers, ElementsAre(its_number));
}

TEST_F(ProcFileTest, SaysWhyItCannotList) {
  std::vector<uint64_t> numbers = {7};
  EXPECT_FALSE(ListProcNumbers("/proc/self/no-such-folder", &numbers));
  EXPECT_EQ(errno, ENOENT);
  EXPECT_FALSE(ListProcNumbers("/proc/self/stat", &numbers));
  EXPECT_EQ(errno, ENOTDIR);
  EXPECT_THAT(numbers, ElementsAre(7));
}

TEST_F(ProcFileTest, BorrowsTheReserveWhenNoDescriptorIsLeft) {
  bool read = false, listed = false;
  std::string text;
  std::vector<uint64_t> numbers, expected;
  std::optional<Identity> reserve;
  size_t used;
  {
    const SoftLimit limit(64);
    ASSERT_TRUE(TakeDescriptorReserve());
    const auto all = UseUpDescriptors();
    used = all.size();
    expected = OpenBelow(1024);
    read = ReadProcFile("/proc/self/stat", &text);
    listed = ListProcNumbers(kFds, &numbers);
    reserve = DescriptorReserveIdentity();
  }
  EXPECT_GT(used, 30u);
  EXPECT_TRUE(read);
  EXPECT_FALSE(text.empty());
  EXPECT_TRUE(listed);
  expected.erase(std::find(expected.begin(), expected.end(), 63u));
  EXPECT_EQ(numbers, expected) << "all but its own, in the reserve's place";
  ASSERT_TRUE(reserve) << "taken again";
  EXPECT_EQ(reserve->number, 63u);
}

TEST_F(ProcFileTest, FailsWhenNoDescriptorIsLeftAndNoneHeld) {
  bool read, listed;
  int read_error, list_error;
  std::string text;
  std::vector<uint64_t> numbers;
  {
    const SoftLimit limit(64);
    const auto all = UseUpDescriptors();
    read = ReadProcFile("/proc/self/stat", &text);
    read_error = errno;
    listed = ListProcNumbers(kFds, &numbers);
    list_error = errno;
  }
  EXPECT_FALSE(read);
  EXPECT_EQ(read_error, EMFILE);
  EXPECT_FALSE(listed);
  EXPECT_EQ(list_error, EMFILE);
}

TEST_F(ProcFileTest, LeavesNothingOpen) {
  std::vector<uint64_t> before, after;
  std::string text;
  ASSERT_TRUE(ListProcNumbers(kFds, &before));
  EXPECT_TRUE(ReadProcFile("/proc/self/stat", &text));
  EXPECT_FALSE(ReadProcFile("/proc/self/mem", &text));
  ASSERT_TRUE(ListProcNumbers(kFds, &after));
  EXPECT_EQ(after, before);
}

TEST_F(ProcFileTest, ReadsLinksOfAnyLength) {
  ScopedFolder folder;
  for (const size_t size : {1u, 255u, 256u, 257u, 4000u}) {
    const std::string target(size, 'y');
    const std::string path = folder.Path(std::to_string(size));
    ASSERT_EQ(symlink(target.c_str(), path.c_str()), 0);
    std::string text = "before";
    ASSERT_TRUE(ReadProcLink(path.c_str(), &text));
    EXPECT_EQ(text, target);
  }
}

TEST_F(ProcFileTest, SaysWhyItCannotReadALink) {
  std::string text;
  EXPECT_FALSE(ReadProcLink("/proc/self/fd/x", &text));
  EXPECT_EQ(errno, ENOENT);
  EXPECT_FALSE(ReadProcLink("/proc/self/stat", &text));
  EXPECT_EQ(errno, EINVAL);
}

}  // namespace
}  // namespace leaktrap::internal
