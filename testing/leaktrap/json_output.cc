#include "leaktrap/json_output.h"

#include <fcntl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>

#include "absl/strings/str_cat.h"
#include "leaktrap/free_descriptor.h"
#include "leaktrap/system/unseen_calls.h"

namespace leaktrap::internal {
namespace {

constexpr char kTail[] = "\n]}\n";
constexpr size_t kTailSize = sizeof(kTail) - 1;

// The smallest page of memory there is. A write within one is done as a whole
// or not at all; between two the kernel may let the process be killed.
constexpr size_t kPage = 4096;

constexpr size_t kLarge = 1 << 20;
constexpr size_t kShareThatMayWait = 100;

constexpr int kNoRegularFile = -1;

int WriteAll(int fd, std::string_view text, size_t offset) {
  // The kernel answers a write beyond this limit with a signal that ends the
  // process.
  rlimit limit;
  if (getrlimit(RLIMIT_FSIZE, &limit) == 0 &&
      offset + text.size() > limit.rlim_cur) {
    return EFBIG;
  }
  while (!text.empty()) {
    const ssize_t written =
        UnseenWriteAt(fd, text.data(), text.size(), static_cast<off_t>(offset));
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return errno;
    if (written == 0) return ENOSPC;
    text.remove_prefix(static_cast<size_t>(written));
    offset += static_cast<size_t>(written);
  }
  return 0;
}

// A device or a folder is not to be replaced by a file.
int WhyNotReplaceable(const char* path) {
  struct stat status;
  if (stat(path, &status) != 0) return errno == ENOENT ? 0 : errno;
  return S_ISREG(status.st_mode) ? 0 : kNoRegularFile;
}

std::string ErrorText(int error) {
  if (error == kNoRegularFile) return "what is there is no regular file";
  return std::generic_category().message(error);
}

// For writing; closed at the end of its life.
class OutputFile {
 public:
  OutputFile(const std::string& path, int flags) {
    const auto open = [&] {
      fd_ = UnseenOpen(path.c_str(), flags | O_WRONLY | O_CLOEXEC | O_NOFOLLOW,
                       0666);
      return fd_ >= 0;
    };
    if (open() || errno != EMFILE) return;
    free_descriptor_.emplace();
    open();
  }
  ~OutputFile() {
    const int error = errno;
    if (fd_ >= 0) UnseenClose(fd_);
    errno = error;
  }
  OutputFile(const OutputFile&) = delete;
  OutputFile& operator=(const OutputFile&) = delete;

  int fd() const { return fd_; }

 private:
  std::optional<FreeDescriptor> free_descriptor_;
  int fd_ = -1;
};

}  // namespace

JsonOutput::JsonOutput(std::string path, const std::string& head)
    : path_(std::move(path)), pid_(getpid()), document_(head + kTail) {
  Write();
}

bool JsonOutput::IsOfThisProcess() const { return pid_ == getpid(); }

void JsonOutput::Add(const std::string& entry, When when) {
  document_.resize(document_.size() - kTailSize);
  absl::StrAppend(&document_, has_entries_ ? ",\n" : "\n", entry, kTail);
  has_entries_ = true;
  const size_t waiting = document_.size() - written_;
  if (when == When::kSoon && written_ > kLarge &&
      waiting < written_ / kShareThatMayWait) {
    return;
  }
  Write();
}

void JsonOutput::Write() {
  if (Append()) {
    problem_.clear();
    return;
  }
  const int error = Replace();
  problem_ = error == 0 ? "" : ErrorText(error);
}

// In place, where that is done at once. False if it was not done; then the file
// is as it was.
bool JsonOutput::Append() {
  if (written_ == 0) return false;
  const size_t begin = written_ - kTailSize;
  if (begin / kPage != (document_.size() - 1) / kPage) return false;
  const OutputFile file(path_, 0);
  struct stat status;
  // Somebody may have removed it, or have written to the same path.
  if (file.fd() < 0 || UnseenStat(file.fd(), &status) != 0 ||
      status.st_dev != device_ || status.st_ino != inode_ ||
      static_cast<size_t>(status.st_size) != written_) {
    return false;
  }
  const std::string_view piece = std::string_view(document_).substr(begin);
  if (WriteAll(file.fd(), piece, begin) != 0) return false;
  written_ = document_.size();
  return true;
}

// As a new file that takes the place of the old one. Returns what went wrong,
// like errno; then the old one is as it was.
int JsonOutput::Replace() {
  if (const int error = WhyNotReplaceable(path_.c_str()); error != 0) {
    return error;
  }
  const std::string path = absl::StrCat(path_, ".", pid_, ".new");
  struct stat status;
  int error = 0;
  {
    const OutputFile file(path, O_CREAT | O_TRUNC);
    if (file.fd() < 0) return errno;
    error = WriteAll(file.fd(), document_, 0);
    if (error == 0 && UnseenStat(file.fd(), &status) != 0) error = errno;
  }
  if (error == 0 && std::rename(path.c_str(), path_.c_str()) != 0) {
    error = errno;
  }
  if (error != 0) {
    unlink(path.c_str());
    return error;
  }
  device_ = status.st_dev;
  inode_ = status.st_ino;
  written_ = document_.size();
  return 0;
}

}  // namespace leaktrap::internal
