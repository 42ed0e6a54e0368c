#include "leaktrap/output_file.h"

#include <fcntl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>

#include "gtest/gtest.h"

namespace leaktrap::internal {
namespace {

class OutputFileTest : public testing::Test {
 protected:
  OutputFileTest() {
    folder_ = testing::TempDir() + "/output_XXXXXX";
    if (mkdtemp(folder_.data()) == nullptr) std::abort();
  }
  ~OutputFileTest() override { std::filesystem::remove_all(folder_); }

  std::string path() const { return folder_ + "/file"; }
  std::string Text() const {
    std::ostringstream text;
    text << std::ifstream(path()).rdbuf();
    return text.str();
  }
  int Files() const {
    int files = 0;
    for (const auto& entry : std::filesystem::directory_iterator(folder_)) {
      files += entry.exists() ? 1 : 0;
    }
    return files;
  }

  std::string folder_;
  struct stat status_ = {};
};

TEST_F(OutputFileTest, OneIsMadeAndReplaced) {
  ASSERT_EQ(ReplaceFile(path(), "one", &status_), 0);
  EXPECT_EQ(Text(), "one");
  const ino_t first = status_.st_ino;
  std::ifstream reader(path());
  ASSERT_EQ(ReplaceFile(path(), "another", &status_), 0);
  EXPECT_EQ(Text(), "another");
  EXPECT_NE(status_.st_ino, first);
  // Who has the old one open reads it to its end.
  std::string old;
  reader >> old;
  EXPECT_EQ(old, "one");
  EXPECT_EQ(Files(), 1);
}

TEST_F(OutputFileTest, ItsModeIsKept) {
  ASSERT_EQ(ReplaceFile(path(), "one", &status_), 0);
  ASSERT_EQ(chmod(path().c_str(), 0640), 0);
  ASSERT_EQ(ReplaceFile(path(), "another", &status_), 0);
  ASSERT_EQ(stat(path().c_str(), &status_), 0);
  EXPECT_EQ(status_.st_mode & 07777, 0640u);
}

TEST_F(OutputFileTest, WhatIsNoFileIsLeftAlone) {
  std::filesystem::create_directory(path());
  EXPECT_EQ(WriteErrorText(ReplaceFile(path(), "one", &status_)),
            "what is there is no regular file");
  EXPECT_TRUE(std::filesystem::is_directory(path()));
  EXPECT_EQ(ReplaceFile(folder_ + "/no/file", "one", &status_), ENOENT);
  EXPECT_EQ(Files(), 1);
}

// The kernel would end the process at this limit.
TEST_F(OutputFileTest, OneThatCannotBeWrittenWholeStaysAsItWas) {
  ASSERT_EQ(ReplaceFile(path(), "one", &status_), 0);
  rlimit before;
  ASSERT_EQ(getrlimit(RLIMIT_FSIZE, &before), 0);
  rlimit small = before;
  small.rlim_cur = 5;
  ASSERT_EQ(setrlimit(RLIMIT_FSIZE, &small), 0);
  const int error = ReplaceFile(path(), "too much", &status_);
  ASSERT_EQ(setrlimit(RLIMIT_FSIZE, &before), 0);
  EXPECT_EQ(error, EFBIG);
  EXPECT_EQ(Text(), "one");
  EXPECT_EQ(Files(), 1);
}

TEST_F(OutputFileTest, LinksAreNotFollowed) {
  const std::string link = folder_ + "/link";
  std::filesystem::create_symlink(path(), link);
  errno = 0;
  const OutputFile file(link, O_CREAT);
  EXPECT_LT(file.fd(), 0);
  EXPECT_EQ(errno, ELOOP);
  EXPECT_FALSE(std::filesystem::exists(path()));
}

TEST_F(OutputFileTest, IsWrittenAtItsPlace) {
  std::ofstream(path()) << "0123456789";
  {
    const OutputFile file(path(), 0);
    ASSERT_GE(file.fd(), 0);
    EXPECT_EQ(fcntl(file.fd(), F_GETFD), FD_CLOEXEC);
    EXPECT_EQ(WriteAll(file.fd(), "ab", 3), 0);
  }
  EXPECT_EQ(Text(), "012ab56789");
}

}  // namespace
}  // namespace leaktrap::internal
