// Files, directories, terminals and queues.

#include <dirent.h>
#include <fcntl.h>
#include <linux/nsfs.h>
#include <linux/openat2.h>
#include <mqueue.h>
#include <pty.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <string>

#include "children/conformance/way.h"

namespace leaktrap::conformance {
namespace {

constexpr char kTable[] = "Files";

constexpr char kName[] = "/leaktrap-conformance";

// For a file that is to be created.
std::string Pattern(const char* end = "XXXXXX") {
  const char* const folder = getenv("TEST_TMPDIR");
  return std::string(folder == nullptr ? "/tmp" : folder) + "/conformance-" +
         end;
}

// That nobody sees but by its descriptor.
int Unlinked(int fd, const std::string& path) {
  const int error = errno;
  unlink(path.c_str());
  errno = error;
  return fd;
}

WAY(open, kDescriptor, "open", "`close`") {
  return Close(open("/dev/null", O_RDONLY));
}

WAY(open_path_only, kDescriptor, "open", "`close`") {
  return Close(open("/", O_PATH));
}

WAY(openat, kDescriptor, "openat", "`close`") {
  return Close(openat(AT_FDCWD, "/dev/null", O_RDONLY));
}

// The C library has a function for it from 2.43 on, which is recorded.
WAY_IF_THERE(openat2_system_call, kDescriptor, "", "`close`") {
  const open_how how = {};
  return Close(static_cast<int>(
      syscall(SYS_openat2, AT_FDCWD, "/dev/null", &how, sizeof(how))));
}

WAY_IF_THERE(open_by_handle_at, kDescriptor, "open_by_handle_at", "`close`") {
  struct {
    file_handle handle;
    char bytes[MAX_HANDLE_SZ];
  } file = {};
  file.handle.handle_bytes = MAX_HANDLE_SZ;
  int mount = 0;
  if (name_to_handle_at(AT_FDCWD, "/tmp", &file.handle, &mount, 0) == -1) {
    return nullptr;
  }
  const int root = open("/tmp", O_RDONLY);
  const int fd = open_by_handle_at(root, &file.handle, O_RDONLY);
  const int error = errno;
  close(root);
  errno = error;
  return Close(fd);
}

WAY(creat, kDescriptor, "creat", "`close`") {
  const std::string path = Pattern("creat");
  return Close(Unlinked(creat(path.c_str(), 0600), path));
}

WAY(mkstemp, kDescriptor, "mkstemp", "`close`") {
  std::string path = Pattern();
  const int fd = mkstemp(path.data());
  return Close(Unlinked(fd, path));
}

WAY(mkostemp, kDescriptor, "mkostemp", "`close`") {
  std::string path = Pattern();
  const int fd = mkostemp(path.data(), O_CLOEXEC);
  return Close(Unlinked(fd, path));
}

WAY(mkstemps, kDescriptor, "mkstemps", "`close`") {
  std::string path = Pattern("XXXXXX.x");
  const int fd = mkstemps(path.data(), 2);
  return Close(Unlinked(fd, path));
}

WAY(mkostemps, kDescriptor, "mkostemps", "`close`") {
  std::string path = Pattern("XXXXXX.x");
  const int fd = mkostemps(path.data(), 2, O_CLOEXEC);
  return Close(Unlinked(fd, path));
}

WAY(mkdtemp, kNothing, "", "none is made") {
  std::string path = Pattern();
  if (mkdtemp(path.data()) == nullptr) return nullptr;
  rmdir(path.c_str());
  return Nothing();
}

WAY(fopen, kDescriptor, "fopen", "`fclose`") {
  return Close(fopen("/dev/null", "r"));
}

WAY(freopen, kDescriptor, "freopen", "`fclose`") {
  FILE* const stream = fopen("/dev/null", "r");
  return Close(freopen("/dev/zero", "r", stream));
}

WAY(fdopen, kDescriptor, "open", "`fclose`") {
  return Close(fdopen(open("/dev/null", O_RDONLY), "r"));
}

WAY(tmpfile, kDescriptor, "tmpfile", "`fclose`") { return Close(tmpfile()); }

WAY(fmemopen, kNothing, "", "`fclose`; it is memory") {
  static char bytes[16];
  return Close(fmemopen(bytes, sizeof(bytes), "w"));
}

WAY(opendir, kDescriptor, "opendir", "`closedir`") {
  return Close(opendir("/"));
}

WAY(fdopendir, kDescriptor, "open", "`closedir`") {
  return Close(fdopendir(open("/", O_RDONLY | O_DIRECTORY)));
}

WAY(scandir, kNothing, "", "by itself") {
  dirent** entries = nullptr;
  const int count = scandir("/", &entries, nullptr, alphasort);
  for (int i = 0; i < count; ++i) free(entries[i]);
  free(entries);
  return Nothing();
}

WAY(shm_open, kDescriptor, "shm_open", "`close`") {
  const int fd = shm_open(kName, O_CREAT | O_RDWR, 0600);
  shm_unlink(kName);
  return Close(fd);
}

WAY_IF_THERE(mq_open, kDescriptor, "mq_open", "`mq_close`") {
  const mqd_t queue = mq_open(kName, O_CREAT | O_RDWR, 0600, nullptr);
  if (queue == -1) return nullptr;
  mq_unlink(kName);
  return [queue] { mq_close(queue); };
}

WAY_IF_THERE(posix_openpt, kDescriptor, "posix_openpt", "`close`") {
  return Close(posix_openpt(O_RDWR | O_NOCTTY));
}

WAY_IF_THERE(getpt, kDescriptor, "getpt", "`close`") { return Close(getpt()); }

WAY_IF_THERE(openpty, kDescriptors, "openpty", "`close` of both") {
  int ends[2];
  if (openpty(&ends[0], &ends[1], nullptr, nullptr, nullptr) == -1) {
    return nullptr;
  }
  return Close(ends);
}

WAY_IF_THERE(ioctl_terminal_of_a_controller, kDescriptor, "", "`close`") {
  const int controller = posix_openpt(O_RDWR | O_NOCTTY);
  if (controller == -1) return nullptr;
  unlockpt(controller);
  const int terminal = ioctl(controller, TIOCGPTPEER, O_RDWR | O_NOCTTY);
  const int error = errno;
  close(controller);
  errno = error;
  return Close(terminal);
}

WAY(namespace_file, kDescriptor, "open", "`close`") {
  return Close(open("/proc/self/ns/net", O_RDONLY));
}

WAY_IF_THERE(ioctl_owner_of_a_namespace, kDescriptor, "", "`close`") {
  const int space = open("/proc/self/ns/net", O_RDONLY);
  const int owner = ioctl(space, NS_GET_USERNS);
  const int error = errno;
  close(space);
  errno = error;
  return Close(owner);
}

}  // namespace
}  // namespace leaktrap::conformance
