// What libraries open, and what goes past the C library.

#include <curl/curl.h>
#include <fcntl.h>
#include <fts.h>
#include <grp.h>
#include <liburing.h>
#include <mntent.h>
#include <netdb.h>
#include <netinet/in.h>
#include <pwd.h>
#include <shadow.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <memory>
#include <random>
#include <string>

#include "leaktrap/origin/descriptor_ways_for_test.h"

namespace leaktrap::internal {
namespace {

// Keeps `object` until it is to be released.
template <typename T>
Undo Keep(std::shared_ptr<T> object) {
  return [object]() mutable { object.reset(); };
}

const DescriptorWay kWays[] = {
    {"ifstream",
     {"fopen"},
     [] {
       return Keep(
           std::shared_ptr<std::ifstream>(new std::ifstream("/dev/null")));
     }},
    {"ofstream_reopened",
     {"fopen"},
     [] {
       auto stream = std::make_shared<std::ofstream>("/dev/null");
       stream->close();
       stream->open("/dev/zero");
       return Keep(stream);
     }},
    {"directory_iterator",
     {"openat"},
     [] {
       return Keep(std::shared_ptr<std::filesystem::directory_iterator>(
           new std::filesystem::directory_iterator("/")));
     }},
    {"random_device",
     {"open"},
     [] {
       return Keep(std::shared_ptr<std::random_device>(
           new std::random_device("/dev/urandom")));
     }},
    {"sethostent",
     {"sethostent"},
     [] {
       sethostent(1);
       return Undo([] { endhostent(); });
     },
     true},
    {"setnetent",
     {"setnetent"},
     [] {
       setnetent(1);
       return Undo([] { endnetent(); });
     }},
    {"setprotoent",
     {"setprotoent"},
     [] {
       setprotoent(1);
       return Undo([] { endprotoent(); });
     }},
    {"setservent",
     {"setservent"},
     [] {
       setservent(1);
       return Undo([] { endservent(); });
     }},
    {"setpwent",
     {"setpwent"},
     [] {
       setpwent();
       setpwent();  // goes back to the first line
       return Undo([] { endpwent(); });
     }},
    {"setgrent",
     {"setgrent"},
     [] {
       setgrent();
       return Undo([] { endgrent(); });
     }},
    {"setspent",
     {"setspent"},
     [] {
       setspent();
       return Undo([] { endspent(); });
     },
     true},

    // Not recorded.
    {"getpwent",
     {""},
     [] {
       getpwent();
       return Undo([] { endpwent(); });
     }},
    {"setmntent",
     {""},
     [] {
       FILE* const mounts = setmntent("/proc/self/mounts", "r");
       return Undo([mounts] { endmntent(mounts); });
     }},
    {"fts_open",
     {""},
     [] {
       char root[] = "/";
       char* const paths[] = {root, nullptr};
       FTS* const tree = fts_open(paths, FTS_PHYSICAL, nullptr);
       fts_read(tree);  // without one fts_close() leaks memory
       return Undo([tree] { fts_close(tree); });
     }},
    {"system_call",
     {""},
     [] {
       const long fd = syscall(SYS_openat, AT_FDCWD, "/dev/null", O_RDONLY);
       return Undo([fd] { close(static_cast<int>(fd)); });
     }},
#if defined(__x86_64__)
    {"inline_assembler",
     {""},
     [] {
       long fd;
       asm volatile("syscall"
                    : "=a"(fd)
                    : "a"(SYS_open), "D"("/dev/null"), "S"(0), "d"(0)
                    : "rcx", "r11", "memory");
       return Undo([fd] { close(static_cast<int>(fd)); });
     }},
#endif
    {"liburing",
     {""},
     [] {
       auto ring = std::make_shared<io_uring>();
       const int error = io_uring_queue_init(4, ring.get(), 0);
       if (error != 0) {
         errno = -error;
         return Undo();
       }
       return Undo([ring] { io_uring_queue_exit(ring.get()); });
     },
     true},
};

class LibraryWays : public DescriptorWays {};

TEST_P(LibraryWays, IsKnownUntilItIsReleased) { Try(/*most_frames=*/6); }

INSTANTIATE_TEST_SUITE_P(All, LibraryWays, testing::ValuesIn(kWays), NameOfWay);

// A listener at a free port of loopback that nobody serves.
class Listener {
 public:
  Listener() {
    sockaddr_in address = {};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    auto* const any = reinterpret_cast<sockaddr*>(&address);
    socklen_t size = sizeof(address);
    EXPECT_EQ(bind(fd_, any, size), 0);
    EXPECT_EQ(listen(fd_, 5), 0);
    EXPECT_EQ(getsockname(fd_, any, &size), 0);
    port_ = ntohs(address.sin_port);
  }
  ~Listener() { close(fd_); }

  int port() const { return port_; }

 private:
  const int fd_ = socket(AF_INET, SOCK_STREAM, 0);
  int port_ = 0;
};

// All that it makes, whatever that is in this version of it.
TEST(Curl, IsKnownUntilItIsReleased) {
  const Listener listener;
  const std::set<int> before = OpenNumbers();
  CURL* const handle = curl_easy_init();
  const std::string url =
      "telnet://127.0.0.1:" + std::to_string(listener.port()) + "/";
  curl_easy_setopt(handle, CURLOPT_URL, url.c_str());
  curl_easy_setopt(handle, CURLOPT_CONNECT_ONLY, 1L);
  ASSERT_EQ(curl_easy_perform(handle), CURLE_OK);

  std::vector<int> made;
  bool has_socket = false;
  for (const int fd : OpenNumbers()) {
    if (before.count(fd) != 0) continue;
    made.push_back(fd);
    EXPECT_NE(CallThatMade(fd), "");
    has_socket = has_socket || CallThatMade(fd) == "socket";
  }
  EXPECT_TRUE(has_socket);
  curl_easy_cleanup(handle);
  curl_global_cleanup();
  EXPECT_THAT(OpenNumbers(), testing::ContainerEq(before));
  for (const int fd : made) EXPECT_EQ(CallThatMade(fd), "");
}

// They open and close; nothing is to stay behind of it.
TEST(Lookups, LeaveNothing) {
  const std::set<int> before = OpenNumbers();
  addrinfo* found = nullptr;
  ASSERT_EQ(getaddrinfo("localhost", "80", nullptr, &found), 0);
  freeaddrinfo(found);
  getpwnam("root");
  getgrnam("root");
  getservbyname("http", "tcp");
  const int number = open("/dev/null", O_RDONLY);
  close(number);
  EXPECT_THAT(OpenNumbers(), testing::ContainerEq(before));
  for (int fd = number; fd < number + 8; ++fd) {
    if (before.count(fd) != 0) continue;
    EXPECT_EQ(CallThatMade(fd), "") << fd;
  }
}

// Without one that is open there is nothing to forget.
TEST(Databases, CanBeClosedTwice) {
  setpwent();
  endpwent();
  const int fd = open("/dev/null", O_RDONLY);
  endpwent();
  EXPECT_EQ(CallThatMade(fd), "open");
  close(fd);
}

}  // namespace
}  // namespace leaktrap::internal
