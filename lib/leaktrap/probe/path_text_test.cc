#include "leaktrap/probe/path_text.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdio>
#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "leaktrap/probe/descriptor_text.h"
#include "leaktrap/probe/descriptors_for_test.h"

namespace leaktrap::internal {
namespace {

using testing::HasSubstr;

class PathTextTest : public testing::Test {
 protected:
  ScopedFd Open(const std::string& name, int flags) {
    return ScopedFd(
        open(folder_.Path(name).c_str(), flags | O_CREAT | O_CLOEXEC, 0600));
  }

  static DescriptorText TextOf(const ScopedFd& fd) {
    struct stat status;
    EXPECT_EQ(fstat(fd.get(), &status), 0);
    return TextOfDescriptor(fd.get(), status);
  }

  ScopedFolder folder_;
  const std::string path_ = folder_.path();
};

TEST_F(PathTextTest, AFileAndHowItIsOpen) {
  const ScopedFd reads = Open("a", O_RDONLY);
  const ScopedFd writes = Open("b", O_WRONLY);
  const ScopedFd both = Open("c", O_RDWR);
  const DescriptorText text = TextOf(reads);
  EXPECT_EQ(text.name, path_ + "/a");
  EXPECT_EQ(text.description, "file " + path_ + "/a, open for reading");
  EXPECT_EQ(text.likeness, "files in " + path_);
  EXPECT_THAT(text.release, HasSubstr("close(2)"));
  EXPECT_EQ(TextOf(writes).description,
            "file " + path_ + "/b, open for writing");
  EXPECT_EQ(TextOf(both).description,
            "file " + path_ + "/c, open for reading and writing");
}

TEST_F(PathTextTest, APathOnly) {
  Open("a", O_RDWR);
  const ScopedFd fd(open((path_ + "/a").c_str(), O_PATH | O_CLOEXEC));
  EXPECT_EQ(TextOf(fd).description,
            "file " + path_ + "/a, open as a path only");
}

TEST_F(PathTextTest, ADeletedFile) {
  const ScopedFd fd = Open("a", O_RDONLY);
  ASSERT_EQ(unlink((path_ + "/a").c_str()), 0);
  const DescriptorText text = TextOf(fd);
  EXPECT_EQ(text.name, path_ + "/a");
  EXPECT_EQ(text.description, "deleted file " + path_ + "/a, open for reading");
  EXPECT_EQ(text.likeness, "deleted files in " + path_);
}

TEST_F(PathTextTest, AFileThatIsOnlyCalledDeleted) {
  const ScopedFd fd = Open("x (deleted)", O_RDONLY);
  DescriptorText text = TextOf(fd);
  EXPECT_EQ(text.name, path_ + "/x (deleted)");
  EXPECT_EQ(text.description,
            "file " + path_ + "/x (deleted), open for reading");
  ASSERT_EQ(unlink((path_ + "/x (deleted)").c_str()), 0);
  text = TextOf(fd);
  EXPECT_EQ(text.name, path_ + "/x (deleted)");
  EXPECT_EQ(text.description,
            "deleted file " + path_ + "/x (deleted), open for reading");
}

TEST_F(PathTextTest, AFileThatHasAnotherNameLeft) {
  const ScopedFd fd = Open("a", O_RDONLY);
  ASSERT_EQ(link((path_ + "/a").c_str(), folder_.Path("b").c_str()), 0);
  ASSERT_EQ(unlink((path_ + "/a").c_str()), 0);
  Open("a (deleted)", O_RDONLY);  // another file, of the name that is shown
  const DescriptorText text = TextOf(fd);
  EXPECT_EQ(text.name, path_ + "/a");
  EXPECT_EQ(text.description,
            "file " + path_ +
                "/a (this name deleted; the file has another), "
                "open for reading");
}

TEST_F(PathTextTest, NamesAreOneLine) {
  const ScopedFd fd = Open("a\nb\x01", O_RDONLY);
  EXPECT_EQ(TextOf(fd).name, path_ + R"(/a\nb\x01)");
  ASSERT_EQ(mkdir(folder_.Path("d\n").c_str(), 0700), 0);
  const ScopedFd inner(
      open((path_ + "/d\n/e").c_str(), O_CREAT | O_RDONLY | O_CLOEXEC, 0600));
  ASSERT_EQ(unlink((path_ + "/d\n/e").c_str()), 0);
  EXPECT_EQ(TextOf(inner).likeness, "deleted files in " + path_ + R"(/d\n)");
}

TEST_F(PathTextTest, ADirectory) {
  const ScopedFd fd(open(path_.c_str(), O_DIRECTORY | O_CLOEXEC));
  const DescriptorText text = TextOf(fd);
  EXPECT_EQ(text.name, path_);
  EXPECT_EQ(text.description, "directory " + path_);
  EXPECT_EQ(text.likeness, "directories in /tmp");
  EXPECT_THAT(text.release, HasSubstr("closedir(3)"));
}

TEST_F(PathTextTest, TheRoot) {
  const ScopedFd fd(open("/", O_DIRECTORY | O_CLOEXEC));
  EXPECT_EQ(TextOf(fd).description, "directory /");
  EXPECT_EQ(TextOf(fd).likeness, "directories in /");
}

TEST_F(PathTextTest, ACharacterDevice) {
  const ScopedFd fd(open("/dev/null", O_WRONLY | O_CLOEXEC));
  const DescriptorText text = TextOf(fd);
  EXPECT_EQ(text.name, "/dev/null");
  EXPECT_EQ(text.description, "character device /dev/null, open for writing");
  EXPECT_EQ(text.likeness, "character devices at /dev/null");
}

TEST_F(PathTextTest, ANamedFifo) {
  ASSERT_EQ(mkfifo(folder_.Path("f").c_str(), 0600), 0);
  const ScopedFd fd(
      open((path_ + "/f").c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC));
  const DescriptorText text = TextOf(fd);
  EXPECT_EQ(text.name, path_ + "/f");
  EXPECT_EQ(text.description, "FIFO " + path_ + "/f, open for reading");
  EXPECT_EQ(text.likeness, "FIFOs in " + path_);
}

TEST_F(PathTextTest, ASymbolicLink) {
  ASSERT_EQ(symlink("nowhere", folder_.Path("l").c_str()), 0);
  const ScopedFd fd(
      open((path_ + "/l").c_str(), O_PATH | O_NOFOLLOW | O_CLOEXEC));
  EXPECT_EQ(TextOf(fd).description,
            "symbolic link " + path_ + "/l, open as a path only");
}

}  // namespace
}  // namespace leaktrap::internal
