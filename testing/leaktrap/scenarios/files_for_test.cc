// Files and memory whose owner does not let go of them.

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cstdio>
#include <string>
#include <utility>

#include "gtest/gtest.h"

namespace scenarios {
namespace {

std::string TemporaryPath(const std::string& name) {
  return testing::TempDir() + name + "." + std::to_string(getpid());
}

// Writes in blocks.
class LogFile {
 public:
  explicit LogFile(const std::string& path)
      : fd_(open(path.c_str(), kFlags, 0600)) {}  // LEAK: FlushOnly
  ~LogFile() { Flush(); }
  LogFile(const LogFile&) = delete;
  LogFile& operator=(const LogFile&) = delete;

  void Append(const std::string& text) { buffer_ += text; }

 protected:
  void Flush() {
    if (buffer_.empty()) return;
    EXPECT_EQ(write(fd_, buffer_.data(), buffer_.size()), buffer_.size());
    buffer_.clear();
  }

  const int fd_;

 private:
  static constexpr int kFlags = O_WRONLY | O_CREAT | O_CLOEXEC;
  std::string buffer_;
};

class ClosedLogFile : public LogFile {
 public:
  using LogFile::LogFile;
  ~ClosedLogFile() {
    Flush();
    close(fd_);
  }
};

template <typename Log>
void WriteALine() {
  const std::string path = TemporaryPath("scenario.log");
  {
    Log log(path);
    log.Append("begins\n");
  }
  EXPECT_EQ(unlink(path.c_str()), 0);
}

TEST(Leaking, FlushOnly) { WriteALine<LogFile>(); }
TEST(Fixed, FlushOnly) { WriteALine<ClosedLogFile>(); }

// Shared memory that can be handed on.
class Segment {
 public:
  explicit Segment(const char* name)
      : fd_(memfd_create(name, MFD_CLOEXEC)) {}  // LEAK: LostInMove
  ~Segment() { Close(); }
  Segment(Segment&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}

  // What it held so far is forgotten.
  Segment& operator=(Segment&& other) noexcept {
    fd_ = std::exchange(other.fd_, -1);
    return *this;
  }

 protected:
  void Close() {
    if (fd_ >= 0) close(std::exchange(fd_, -1));
  }

 private:
  int fd_;
};

class ReleasingSegment : public Segment {
 public:
  using Segment::Segment;
  ReleasingSegment(ReleasingSegment&&) = default;
  ReleasingSegment& operator=(ReleasingSegment&& other) noexcept {
    Close();
    Segment::operator=(std::move(other));
    return *this;
  }
};

TEST(Leaking, LostInMove) {
  Segment segment("replaced");
  segment = Segment("replacing");
}
TEST(Fixed, LostInMove) {
  ReleasingSegment segment("replaced");
  segment = ReleasingSegment("replacing");
}

// Takes what is written to standard output into a file for a while.
class Capture {
 public:
  Capture() : file_(std::tmpfile()) {
    std::fflush(stdout);
    output_ = dup(STDOUT_FILENO);  // LEAK: DupKept
    dup2(fileno(file_), STDOUT_FILENO);
  }
  ~Capture() { std::fclose(file_); }
  Capture(const Capture&) = delete;
  Capture& operator=(const Capture&) = delete;

  std::string End() {
    std::fflush(stdout);
    dup2(output_, STDOUT_FILENO);
    std::rewind(file_);
    std::string text(64, '\0');
    text.resize(std::fread(text.data(), 1, text.size(), file_));
    return text;
  }

 protected:
  int output_ = -1;

 private:
  std::FILE* const file_;
};

class ClosedCapture : public Capture {
 public:
  ~ClosedCapture() { close(output_); }
};

template <typename C>
void CaptureALine() {
  C capture;
  std::printf("captured\n");
  EXPECT_EQ(capture.End(), "captured\n");
}

TEST(Leaking, DupKept) { CaptureALine<Capture>(); }
TEST(Fixed, DupKept) { CaptureALine<ClosedCapture>(); }

}  // namespace
}  // namespace scenarios
