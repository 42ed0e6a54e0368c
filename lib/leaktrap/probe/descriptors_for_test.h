// Descriptors that tests open: closed at the end, few or all there are.

#ifndef LEAKTRAP_PROBE_DESCRIPTORS_FOR_TEST_H_
#define LEAKTRAP_PROBE_DESCRIPTORS_FOR_TEST_H_

#include <fcntl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <utility>
#include <vector>

#include "gtest/gtest.h"

namespace leaktrap::internal {

// Owns a descriptor. A negative one, from a call that failed, fails the test.
class ScopedFd {
 public:
  explicit ScopedFd(int fd) : fd_(fd) {
    EXPECT_GE(fd, 0) << std::strerror(errno);
  }
  ScopedFd(ScopedFd&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  ScopedFd& operator=(ScopedFd&&) = delete;
  ~ScopedFd() { Close(); }

  int get() const { return fd_; }
  void Close() {
    if (fd_ >= 0) close(std::exchange(fd_, -1));
  }

 private:
  int fd_;
};

// Lowers the number of descriptors that the process may open, for a scope.
class SoftLimit {
 public:
  explicit SoftLimit(rlim_t limit) {
    EXPECT_EQ(getrlimit(RLIMIT_NOFILE, &before_), 0);
    rlimit lower = before_;
    lower.rlim_cur = limit;
    EXPECT_EQ(setrlimit(RLIMIT_NOFILE, &lower), 0);
  }
  SoftLimit(const SoftLimit&) = delete;
  SoftLimit& operator=(const SoftLimit&) = delete;
  ~SoftLimit() { EXPECT_EQ(setrlimit(RLIMIT_NOFILE, &before_), 0); }

 private:
  rlimit before_;
};

// Opens what may still be opened. Nothing that opens a file works until the
// result is gone, so make it under a SoftLimit and check afterwards.
inline std::vector<ScopedFd> UseUpDescriptors() {
  std::vector<ScopedFd> all;
  for (;;) {
    const int fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
    if (fd < 0) return all;
    all.emplace_back(fd);
  }
}

// The open numbers below `end`, as fcntl(2) tells them one by one. Needs no
// descriptor.
inline std::vector<uint64_t> OpenBelow(int end) {
  std::vector<uint64_t> numbers;
  for (int number = 0; number < end; ++number) {
    if (fcntl(number, F_GETFD) != -1) numbers.push_back(number);
  }
  return numbers;
}

// A folder for one test, under /tmp: a Unix socket's path must be short.
class ScopedFolder {
 public:
  ScopedFolder() : path_("/tmp/leaktrap_XXXXXX") {
    EXPECT_NE(mkdtemp(path_.data()), nullptr);
  }
  ScopedFolder(const ScopedFolder&) = delete;
  ScopedFolder& operator=(const ScopedFolder&) = delete;
  ~ScopedFolder() {
    for (const std::string& path : made_) remove(path.c_str());
    rmdir(path_.c_str());
  }

  const std::string& path() const { return path_; }

  // The path of `name` in the folder, which is removed at the end.
  std::string Path(const std::string& name) {
    made_.push_back(path_ + "/" + name);
    return made_.back();
  }

 private:
  std::string path_;
  std::vector<std::string> made_;
};

}  // namespace leaktrap::internal

#endif  // LEAKTRAP_PROBE_DESCRIPTORS_FOR_TEST_H_
