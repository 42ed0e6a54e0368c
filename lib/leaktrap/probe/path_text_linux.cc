#include <fcntl.h>
#include <sys/stat.h>
#include <sys/vfs.h>

#include <string>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "leaktrap/probe/descriptor_text.h"
#include "leaktrap/probe/path_text.h"
#include "leaktrap/probe/printable_text.h"
#include "leaktrap/system/unseen_calls.h"

namespace leaktrap::internal {
namespace {

// No header of the kernel for users has it.
constexpr long kMessageQueueMagic = 0x19800202;

struct Sort {
  const char* name;
  const char* plural;
  const char* release;
};

constexpr Sort kFile = {"file", "files", "close it (close(2), fclose(3))"};
constexpr Sort kMessageQueue = {"message queue", "message queues",
                                "close it (mq_close(3))"};

bool IsMessageQueue(int fd) {
  struct statfs system;
  return fstatfs(fd, &system) == 0 && system.f_type == kMessageQueueMagic;
}

Sort SortOf(int fd, const struct stat& status) {
  static constexpr char kClose[] = "close it (close(2))";
  switch (status.st_mode & S_IFMT) {
    case S_IFREG:
      return IsMessageQueue(fd) ? kMessageQueue : kFile;
    case S_IFDIR:
      return {"directory", "directories", "close it (closedir(3) or close(2))"};
    case S_IFCHR:
      return {"character device", "character devices", kClose};
    case S_IFBLK:
      return {"block device", "block devices", kClose};
    case S_IFIFO:
      return {"FIFO", "FIFOs", kClose};
    case S_IFLNK:
      return {"symbolic link", "symbolic links", kClose};
    case S_IFSOCK:
      return {"socket file", "socket files", kClose};
    default:
      return {"file of no known type", "files of no known type", kClose};
  }
}

std::string Access(int fd, const struct stat& status) {
  const int flags = UnseenFcntl(fd, F_GETFL);
  if (flags < 0) return "";
  if (flags & O_PATH) return ", open as a path only";
  if (S_ISDIR(status.st_mode)) return "";
  switch (flags & O_ACCMODE) {
    case O_RDONLY:
      return ", open for reading";
    case O_WRONLY:
      return ", open for writing";
    default:
      return ", open for reading and writing";
  }
}

bool LeadsTo(const std::string& path, const struct stat& status) {
  struct stat named;
  return lstat(path.c_str(), &named) == 0 && named.st_dev == status.st_dev &&
         named.st_ino == status.st_ino;
}

// The folder in which `path` lies.
std::string Folder(const std::string& path) {
  const size_t slash = path.rfind('/');
  if (slash == path.npos) return path;
  return slash == 0 ? "/" : path.substr(0, slash);
}

}  // namespace

DescriptorText TextOfPath(int fd, const std::string& link,
                          const struct stat& status) {
  const Sort sort = SortOf(fd, status);
  std::string path = link;
  const char* before = "";
  const char* after = "";
  if (status.st_nlink == 0) {
    path = std::string(absl::StripSuffix(link, kDeletedSuffix));
    before = "deleted ";
  } else if (absl::EndsWith(link, kDeletedSuffix) && !LeadsTo(link, status)) {
    path = std::string(absl::StripSuffix(link, kDeletedSuffix));
    after = " (this name deleted; the file has another)";
  }
  DescriptorText text;
  text.name = Printable(path);
  text.description = absl::StrCat(before, sort.name, " ", text.name, after,
                                  Access(fd, status));
  text.likeness =
      absl::StrCat(before, sort.plural, " in ", Printable(Folder(path)));
  if (S_ISCHR(status.st_mode) || S_ISBLK(status.st_mode)) {
    // /dev holds them all: which one it is says more than the folder.
    text.likeness = absl::StrCat(sort.plural, " at ", text.name);
  }
  text.release = sort.release;
  return text;
}

}  // namespace leaktrap::internal
