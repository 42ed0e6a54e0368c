// What libraries open, and what goes past the C library.

#include <dlfcn.h>
#include <fcntl.h>
#include <fts.h>
#include <grp.h>
#include <mntent.h>
#include <netdb.h>
#include <pwd.h>
#include <shadow.h>
#include <sys/syscall.h>
#include <unistd.h>
#include <utmpx.h>

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <memory>
#include <random>

#include "children/conformance/way.h"

namespace leaktrap::conformance {
namespace {

constexpr char kTable[] = "Libraries";

WAY(ifstream, kDescriptor, "fopen", "its destructor, `close()`") {
  return Keep(std::make_unique<std::ifstream>("/dev/null"));
}

WAY(fstream_reopened, kDescriptor, "fopen", "its destructor, `close()`") {
  auto stream = std::make_unique<std::fstream>("/dev/null");
  stream->close();
  stream->open("/dev/zero");
  return Keep(std::move(stream));
}

WAY(directory_iterator, kDescriptor, "openat", "its destructor, its end") {
  return Keep(std::make_unique<std::filesystem::directory_iterator>("/"));
}

WAY(recursive_directory_iterator, kDescriptor, "openat",
    "its destructor, its end") {
  return Keep(
      std::make_unique<std::filesystem::recursive_directory_iterator>("/"));
}

WAY(random_device, kDescriptor, "open", "its destructor") {
  return Keep(std::make_unique<std::random_device>("/dev/urandom"));
}

// A file that `open` keeps open until `close`.
template <typename Open>
Undo OpenDatabase(const char* path, Open open, void (*close)()) {
  if (access(path, R_OK) == -1) return nullptr;
  open();
  return close;
}

WAY_IF_THERE(sethostent, kDescriptor, "sethostent", "`endhostent`") {
  return OpenDatabase(
      "/etc/hosts", [] { sethostent(1); }, endhostent);
}

WAY_IF_THERE(setnetent, kDescriptor, "setnetent", "`endnetent`") {
  return OpenDatabase(
      "/etc/networks", [] { setnetent(1); }, endnetent);
}

WAY_IF_THERE(setprotoent, kDescriptor, "setprotoent", "`endprotoent`") {
  return OpenDatabase(
      "/etc/protocols", [] { setprotoent(1); }, endprotoent);
}

WAY_IF_THERE(setservent, kDescriptor, "setservent", "`endservent`") {
  return OpenDatabase(
      "/etc/services", [] { setservent(1); }, endservent);
}

WAY_IF_THERE(setpwent, kDescriptor, "setpwent", "`endpwent`") {
  return OpenDatabase("/etc/passwd", setpwent, endpwent);
}

WAY_IF_THERE(setgrent, kDescriptor, "setgrent", "`endgrent`") {
  return OpenDatabase("/etc/group", setgrent, endgrent);
}

WAY_IF_THERE(setspent, kDescriptor, "setspent", "`endspent`") {
  return OpenDatabase("/etc/shadow", setspent, endspent);
}

WAY_IF_THERE(setrpcent, kDescriptor, "", "`endrpcent`") {
  return OpenDatabase(
      "/etc/rpc", [] { setrpcent(1); }, endrpcent);
}

WAY_IF_THERE(setutxent, kDescriptor, "", "`endutxent`") {
  return OpenDatabase("/var/run/utmp", setutxent, endutxent);
}

WAY(setmntent, kDescriptor, "", "`endmntent`") {
  FILE* const mounts = setmntent("/proc/self/mounts", "r");
  if (mounts == nullptr) return nullptr;
  return [mounts] { endmntent(mounts); };
}

WAY(fts_open, kDescriptor, "", "`fts_close`") {
  char root[] = "/";
  char* const paths[] = {root, nullptr};
  FTS* const tree = fts_open(paths, FTS_PHYSICAL, nullptr);
  if (tree == nullptr) return nullptr;
  return [tree] { fts_close(tree); };
}

WAY(getaddrinfo, kNothing, "", "by itself; its list is memory") {
  addrinfo* found = nullptr;
  if (getaddrinfo("localhost", "80", nullptr, &found) != 0) return nullptr;
  return [found] { freeaddrinfo(found); };
}

WAY(dlopen, kNothing, "", "by itself; the library is a mapping") {
  void* const library = dlopen("libm.so.6", RTLD_NOW);
  if (library == nullptr) return nullptr;
  return [library] { dlclose(library); };
}

WAY(system_call, kDescriptor, "", "`close`") {
  return Close(
      static_cast<int>(syscall(SYS_openat, AT_FDCWD, "/dev/null", O_RDONLY)));
}

#if defined(__x86_64__)
WAY(inline_assembler, kDescriptor, "", "`close`") {
  long fd;
  asm volatile("syscall"
               : "=a"(fd)
               : "a"(SYS_open), "D"("/dev/null"), "S"(0), "d"(0)
               : "rcx", "r11", "memory");
  return Close(static_cast<int>(fd));
}
#endif

}  // namespace
}  // namespace leaktrap::conformance
