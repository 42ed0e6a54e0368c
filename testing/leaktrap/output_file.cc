#include "leaktrap/output_file.h"

#include <fcntl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <string>
#include <string_view>
#include <system_error>

#include "absl/strings/str_cat.h"
#include "leaktrap/system/unseen_calls.h"

namespace leaktrap::internal {
namespace {

constexpr int kNoRegularFile = -1;

// A device or a folder is not to be replaced by a file. Sets `*status` to that
// of the file that is; zero if there is none.
int WhyNotReplaceable(const char* path, struct stat* status) {
  *status = {};
  if (stat(path, status) != 0) return errno == ENOENT ? 0 : errno;
  return S_ISREG(status->st_mode) ? 0 : kNoRegularFile;
}

// Only root can give a file away; the others leave it theirs.
void MakeLike(const struct stat& before, int fd) {
  if (before.st_mode == 0) return;
  if (fchown(fd, before.st_uid, before.st_gid) == 0) {
    fchmod(fd, before.st_mode & 07777);
  }
}

}  // namespace

OutputFile::OutputFile(const std::string& path, int flags) {
  const auto open = [&] {
    fd_ = UnseenOpen(path.c_str(), flags | O_WRONLY | O_CLOEXEC | O_NOFOLLOW,
                     0666);
    return fd_ >= 0;
  };
  if (open() || errno != EMFILE) return;
  free_descriptor_.emplace();
  open();
}

OutputFile::~OutputFile() {
  const int error = errno;
  if (fd_ >= 0) UnseenClose(fd_);
  errno = error;
}

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

int ReplaceFile(const std::string& path, std::string_view text,
                struct stat* status) {
  struct stat before;
  if (const int error = WhyNotReplaceable(path.c_str(), &before); error != 0) {
    return error;
  }
  const std::string new_path = absl::StrCat(path, ".", getpid(), ".new");
  int error = 0;
  {
    const OutputFile file(new_path, O_CREAT | O_TRUNC);
    if (file.fd() < 0) return errno;
    MakeLike(before, file.fd());
    error = WriteAll(file.fd(), text, 0);
    if (error == 0 && UnseenStat(file.fd(), status) != 0) error = errno;
  }
  if (error == 0 && std::rename(new_path.c_str(), path.c_str()) != 0) {
    error = errno;
  }
  if (error != 0) unlink(new_path.c_str());
  return error;
}

std::string WriteErrorText(int error) {
  if (error == kNoRegularFile) return "what is there is no regular file";
  return std::generic_category().message(error);
}

}  // namespace leaktrap::internal
