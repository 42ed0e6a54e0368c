// Files, directories, terminals and queues.

#undef _FORTIFY_SOURCE

#include <dirent.h>
#include <fcntl.h>
#include <mqueue.h>
#include <pty.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>

#include "leaktrap/origin/descriptor_ways_for_test.h"

// What open(2), openat(2) and mq_open(3) are called with _FORTIFY_SOURCE.
extern "C" {
int __open_2(const char* path, int flags);
int __open64_2(const char* path, int flags);
int __openat_2(int directory, const char* path, int flags);
int __openat64_2(int directory, const char* path, int flags);
mqd_t __mq_open_2(const char* name, int flags);
}

namespace leaktrap::internal {
namespace {

Undo Close(int fd) {
  if (fd == -1) return nullptr;
  return [fd] { close(fd); };
}

Undo Close(FILE* stream) {
  if (stream == nullptr) return nullptr;
  return [stream] { fclose(stream); };
}

Undo Close(DIR* directory) {
  if (directory == nullptr) return nullptr;
  return [directory] { closedir(directory); };
}

// A file that is to be created, or was, in a folder of its own.
std::string Pattern(const char* end = "XXXXXX") {
  return testing::TempDir() + "/leaktrap-" + end;
}

Undo CloseAndUnlink(int fd, const std::string& path) {
  if (fd == -1) return nullptr;
  return [fd, path] {
    close(fd);
    unlink(path.c_str());
  };
}

constexpr char kName[] = "/leaktrap-descriptor-ways";

const DescriptorWay kWays[] = {
    {"open", {"open"}, [] { return Close(open("/dev/null", O_RDONLY)); }},
    {"open64", {"open"}, [] { return Close(open64("/dev/null", O_RDONLY)); }},
    {"open_2", {"open"}, [] { return Close(__open_2("/dev/null", O_RDONLY)); }},
    {"open64_2",
     {"open"},
     [] { return Close(__open64_2("/dev/null", O_RDONLY)); }},
    {"openat",
     {"openat"},
     [] { return Close(openat(AT_FDCWD, "/dev/null", O_RDONLY)); }},
    {"openat64",
     {"openat"},
     [] { return Close(openat64(AT_FDCWD, "/dev/null", O_RDONLY)); }},
    {"openat_2",
     {"openat"},
     [] { return Close(__openat_2(AT_FDCWD, "/dev/null", O_RDONLY)); }},
    {"openat64_2",
     {"openat"},
     [] { return Close(__openat64_2(AT_FDCWD, "/dev/null", O_RDONLY)); }},
#if __GLIBC_PREREQ(2, 43)
    {"openat2",
     {"openat2"},
     [] {
       const open_how how = {};
       return Close(openat2(AT_FDCWD, "/dev/null", &how, sizeof(how)));
     }},
#endif
    {"open_by_handle_at",
     {"open_by_handle_at"},
     [] {
       struct {
         file_handle handle;
         char bytes[MAX_HANDLE_SZ];
       } file = {};
       file.handle.handle_bytes = MAX_HANDLE_SZ;
       int mount = 0;
       if (name_to_handle_at(AT_FDCWD, testing::TempDir().c_str(), &file.handle,
                             &mount, 0) == -1) {
         return Undo();
       }
       const int root = open(testing::TempDir().c_str(), O_RDONLY);
       const int fd = open_by_handle_at(root, &file.handle, O_RDONLY);
       close(root);
       return Close(fd);
     },
     true},
    {"creat",
     {"creat"},
     [] {
       const std::string path = Pattern("creat");
       return CloseAndUnlink(creat(path.c_str(), 0600), path);
     }},
    {"creat64",
     {"creat"},
     [] {
       const std::string path = Pattern("creat64");
       return CloseAndUnlink(creat64(path.c_str(), 0600), path);
     }},
    {"mkstemp",
     {"mkstemp"},
     [] {
       std::string path = Pattern();
       return CloseAndUnlink(mkstemp(path.data()), path);
     }},
    {"mkstemp64",
     {"mkstemp"},
     [] {
       std::string path = Pattern();
       return CloseAndUnlink(mkstemp64(path.data()), path);
     }},
    {"mkostemp",
     {"mkostemp"},
     [] {
       std::string path = Pattern();
       return CloseAndUnlink(mkostemp(path.data(), O_CLOEXEC), path);
     }},
    {"mkostemp64",
     {"mkostemp"},
     [] {
       std::string path = Pattern();
       return CloseAndUnlink(mkostemp64(path.data(), O_CLOEXEC), path);
     }},
    {"mkstemps",
     {"mkstemps"},
     [] {
       std::string path = Pattern("XXXXXX.x");
       return CloseAndUnlink(mkstemps(path.data(), 2), path);
     }},
    {"mkstemps64",
     {"mkstemps"},
     [] {
       std::string path = Pattern("XXXXXX.x");
       return CloseAndUnlink(mkstemps64(path.data(), 2), path);
     }},
    {"mkostemps",
     {"mkostemps"},
     [] {
       std::string path = Pattern("XXXXXX.x");
       return CloseAndUnlink(mkostemps(path.data(), 2, O_CLOEXEC), path);
     }},
    {"mkostemps64",
     {"mkostemps"},
     [] {
       std::string path = Pattern("XXXXXX.x");
       return CloseAndUnlink(mkostemps64(path.data(), 2, O_CLOEXEC), path);
     }},
    {"fopen", {"fopen"}, [] { return Close(fopen("/dev/null", "r")); }},
    {"fopen64", {"fopen"}, [] { return Close(fopen64("/dev/null", "r")); }},
    {"freopen",
     {"freopen"},
     [] {
       FILE* const stream = fopen("/dev/null", "r");
       return Close(freopen("/dev/zero", "r", stream));
     }},
    {"freopen64",
     {"freopen"},
     [] {
       FILE* const stream = fopen("/dev/null", "r");
       return Close(freopen64("/dev/zero", "r", stream));
     }},
    {"fdopen",
     {"open"},
     [] { return Close(fdopen(open("/dev/null", O_RDONLY), "r")); }},
    {"tmpfile", {"tmpfile"}, [] { return Close(tmpfile()); }},
    {"tmpfile64", {"tmpfile"}, [] { return Close(tmpfile64()); }},
    {"popen",
     {"popen"},
     [] {
       FILE* const stream = popen("exit 0", "r");
       return Undo([stream] { pclose(stream); });
     }},
    {"popen_fclose", {"popen"}, [] { return Close(popen("exit 0", "r")); }},
    {"opendir", {"opendir"}, [] { return Close(opendir("/")); }},
    {"fdopendir",
     {"open"},
     [] { return Close(fdopendir(open("/", O_RDONLY | O_DIRECTORY))); }},
    {"shm_open",
     {"shm_open"},
     [] {
       const int fd = shm_open(kName, O_CREAT | O_RDWR, 0600);
       shm_unlink(kName);
       return Close(fd);
     }},
    {"mq_open",
     {"mq_open"},
     [] {
       const mqd_t queue = mq_open(kName, O_CREAT | O_RDWR, 0600, nullptr);
       mq_unlink(kName);
       return queue == -1 ? Undo() : [queue] { mq_close(queue); };
     },
     true},
    {"mq_open_2",
     {"mq_open"},
     [] {
       const mqd_t made = mq_open(kName, O_CREAT | O_RDWR, 0600, nullptr);
       if (made == -1) return Undo();
       const mqd_t queue = __mq_open_2(kName, O_RDWR);
       mq_close(made);
       mq_unlink(kName);
       return Undo([queue] { mq_close(queue); });
     },
     true},
    {"posix_openpt",
     {"posix_openpt"},
     [] { return Close(posix_openpt(O_RDWR | O_NOCTTY)); },
     true},
    {"getpt", {"getpt"}, [] { return Close(getpt()); }, true},
    {"openpty",
     {"openpty", "openpty"},
     [] {
       int controller;
       int terminal;
       if (openpty(&controller, &terminal, nullptr, nullptr, nullptr) == -1) {
         return Undo();
       }
       return Undo([controller, terminal] {
         close(controller);
         close(terminal);
       });
     },
     true},
    {"forkpty",
     {"forkpty"},
     [] {
       int controller;
       const pid_t child = forkpty(&controller, nullptr, nullptr, nullptr);
       if (child == -1) return Undo();
       if (child == 0) _exit(0);
       return Undo([controller, child] {
         close(controller);
         waitpid(child, nullptr, 0);
       });
     },
     true},
};

class FileWays : public DescriptorWays {};

TEST_P(FileWays, IsKnownUntilItIsReleased) { Try(); }

INSTANTIATE_TEST_SUITE_P(All, FileWays, testing::ValuesIn(kWays), NameOfWay);

// The mode is handed on only where a call has one.
TEST(FileModes, AreHandedOn) {
  const auto mode_of = [](int fd) {
    struct stat status = {};
    fstat(fd, &status);
    close(fd);
    return status.st_mode & 07777;
  };
  const std::string path = Pattern("mode");
  const char* const file = path.c_str();
  const mode_t mask = umask(0);
  EXPECT_EQ(mode_of(open(file, O_CREAT | O_RDWR, 0640)), 0640);
  unlink(file);
  EXPECT_EQ(mode_of(openat(AT_FDCWD, file, O_CREAT | O_RDWR, 0604)), 0604);
  unlink(file);
  EXPECT_EQ(mode_of(open64(file, O_CREAT | O_RDWR, 0400)), 0400);
  unlink(file);
  EXPECT_EQ(mode_of(creat(file, 0200)), 0200);
  unlink(file);
  const int unnamed =
      open(testing::TempDir().c_str(), O_TMPFILE | O_RDWR, 0421);
  if (unnamed != -1) {
    EXPECT_EQ(mode_of(unnamed), 0421);
  }
  umask(mask);
}

TEST(TakenOver, SaysByWhat) {
  const int fd = open("/dev/null", O_RDONLY);
  FILE* const stream = fdopen(fd, "r");
  EXPECT_STREQ(FindDescriptor(fd).taken_by, "fdopen");
  fclose(stream);
  const int folder = open("/", O_RDONLY | O_DIRECTORY);
  EXPECT_EQ(FindDescriptor(folder).taken_by, nullptr);
  DIR* const directory = fdopendir(folder);
  EXPECT_STREQ(FindDescriptor(folder).taken_by, "fdopendir");
  closedir(directory);
}

// What could not be taken over is still its maker's.
TEST(TakenOver, SaysNothingAfterAFailure) {
  const int fd = open("/dev/null", O_RDONLY);
  EXPECT_EQ(fdopendir(fd), nullptr);
  EXPECT_EQ(fdopen(fd, "no mode"), nullptr);
  EXPECT_EQ(FindDescriptor(fd).taken_by, nullptr);
  close(fd);
}

}  // namespace
}  // namespace leaktrap::internal
