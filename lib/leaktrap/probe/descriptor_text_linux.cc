#include <fcntl.h>
#include <sys/stat.h>

#include <cerrno>
#include <string>
#include <system_error>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "leaktrap/probe/descriptor_numbers.h"
#include "leaktrap/probe/descriptor_text.h"
#include "leaktrap/probe/kernel_object_text.h"
#include "leaktrap/probe/path_text.h"
#include "leaktrap/probe/printable_text.h"
#include "leaktrap/probe/proc_file.h"
#include "leaktrap/probe/socket_text.h"
#include "leaktrap/system/unseen_calls.h"

namespace leaktrap::internal {
namespace {

constexpr char kMemfdPrefix[] = "/memfd:";

DescriptorText TextOfPipe(int fd, const std::string& link) {
  const int flags = UnseenFcntl(fd, F_GETFL);
  const int mode = flags < 0 ? O_RDWR : flags & O_ACCMODE;
  DescriptorText text;
  text.name = mode == O_RDONLY   ? "read end of a pipe"
              : mode == O_WRONLY ? "write end of a pipe"
                                 : "both ends of a pipe";
  // The link's number is the same for both ends.
  text.description = absl::StrCat(text.name, ", ", link);
  text.likeness = mode == O_RDONLY   ? "read ends of pipes"
                  : mode == O_WRONLY ? "write ends of pipes"
                                     : "both ends of pipes";
  text.release = "close it (close(2), pclose(3) if popen(3) made it)";
  return text;
}

// A deleted file may be called the same; only a file in memory has seals.
bool IsMemfd(int fd, const std::string& link, const struct stat& status) {
  return absl::StartsWith(link, kMemfdPrefix) && status.st_nlink == 0 &&
         UnseenFcntl(fd, F_GET_SEALS) >= 0;
}

DescriptorText TextOfMemfd(const std::string& link) {
  const std::string given(
      absl::StripSuffix(absl::StripPrefix(link, kMemfdPrefix), kDeletedSuffix));
  DescriptorText text;
  text.name = absl::StrCat("memfd \"", Printable(given), "\"");
  text.description = text.name;
  text.likeness = absl::StrCat("memfds named \"", Printable(given), "\"");
  return text;
}

// The kernel refuses to spell out paths longer than 4095 bytes.
DescriptorText TextOfUnreadable(int error, const struct stat& status) {
  DescriptorText text;
  text.name = absl::StrCat("descriptor whose name cannot be read (",
                           std::generic_category().message(error), ")");
  text.description = absl::StrCat(text.name, ", device ", status.st_dev,
                                  ", inode ", status.st_ino);
  text.likeness = text.name;
  return text;
}

}  // namespace

DescriptorText TextOfDescriptor(int fd, const struct stat& status) {
  // Its link would say no more, and costs more than all that is asked of it.
  if (S_ISSOCK(status.st_mode) && IsSocket(fd)) return TextOfSocket(fd);
  std::string link;
  if (!ReadProcLink(absl::StrCat(kDescriptorDirectory, "/", fd).c_str(),
                    &link)) {
    return TextOfUnreadable(errno, status);
  }
  // No path begins as these do: a path's first character is a slash, or the
  // bracket of "(unreachable)".
  if (absl::StartsWith(link, "socket:[")) return TextOfSocket(fd);
  if (absl::StartsWith(link, "pipe:[")) return TextOfPipe(fd, link);
  if (IsMemfd(fd, link, status)) return TextOfMemfd(link);
  if (absl::StartsWith(link, "/") || absl::StartsWith(link, "(")) {
    return TextOfPath(fd, link, status);
  }
  return TextOfKernelObject(link);
}

}  // namespace leaktrap::internal
