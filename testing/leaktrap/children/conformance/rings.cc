// What io_uring makes: the ring, and what it opens in our stead.

#include <fcntl.h>
#include <liburing.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <memory>

#include "children/conformance/way.h"

namespace leaktrap::conformance {
namespace {

constexpr char kTable[] = "Rings";

class Ring {
 public:
  explicit Ring(unsigned flags = 0)
      : error_(-io_uring_queue_init(4, &ring_, flags)) {}
  Ring(const Ring&) = delete;
  Ring& operator=(const Ring&) = delete;
  ~Ring() {
    const int error = errno;
    if (error_ == 0) io_uring_queue_exit(&ring_);
    errno = error;
  }

  // 0 when it is one.
  int error() const { return error_; }

  io_uring* get() { return &ring_; }

  // -1 with errno set, as a system call.
  int Run() {
    io_uring_cqe* done = nullptr;
    io_uring_submit(&ring_);
    int result = io_uring_wait_cqe(&ring_, &done);
    if (result == 0) {
      result = done->res;
      io_uring_cqe_seen(&ring_, done);
    }
    if (result >= 0) return result;
    errno = -result;
    return -1;
  }

 private:
  io_uring ring_;
  const int error_;
};

// What `prepare` asks a ring of its own for.
template <typename Prepare>
int AskARing(Prepare prepare) {
  Ring ring;
  if (ring.error() != 0) {
    errno = ring.error();
    return -1;
  }
  prepare(io_uring_get_sqe(ring.get()));
  return ring.Run();
}

Undo KeepRing(std::unique_ptr<Ring> ring) {
  if (ring->error() == 0) return Keep(std::move(ring));
  errno = ring->error();
  return nullptr;
}

WAY_IF_THERE(io_uring_openat, kDescriptor, "", "`close`") {
  return Close(AskARing([](io_uring_sqe* entry) {
    io_uring_prep_openat(entry, AT_FDCWD, "/dev/null", O_RDONLY, 0);
  }));
}

WAY_IF_THERE(io_uring_socket, kDescriptor, "", "`close`") {
  return Close(AskARing([](io_uring_sqe* entry) {
    io_uring_prep_socket(entry, AF_INET, SOCK_DGRAM, 0, 0);
  }));
}

WAY_IF_THERE(io_uring_accept, kDescriptor, "", "`close`") {
  const int listener = socket(AF_INET, SOCK_STREAM, 0);
  const int caller = socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address = {};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  auto* const any = reinterpret_cast<sockaddr*>(&address);
  socklen_t size = sizeof(address);
  bind(listener, any, size);
  listen(listener, 1);
  getsockname(listener, any, &size);
  connect(caller, any, size);
  const int fd = AskARing([listener](io_uring_sqe* entry) {
    io_uring_prep_accept(entry, listener, nullptr, nullptr, 0);
  });
  const int error = errno;
  close(listener);
  close(caller);
  errno = error;
  return Close(fd);
}

// Gives a number to a file of the ring's own table.
WAY_IF_THERE(io_uring_fixed_fd_install, kDescriptor, "", "`close`") {
  constexpr uint8_t kFixedFdInstall = 54;  // from Linux 6.8 on
  Ring ring;
  const int standard_input = 0;
  if (ring.error() == 0) {
    io_uring_register_files(ring.get(), &standard_input, 1);
    io_uring_sqe* const entry = io_uring_get_sqe(ring.get());
    io_uring_prep_nop(entry);
    entry->opcode = kFixedFdInstall;
    entry->fd = 0;
    entry->flags = IOSQE_FIXED_FILE;
    return Close(ring.Run());
  }
  errno = ring.error();
  return nullptr;
}

WAY_IF_THERE(io_uring_queue_init, kDescriptor, "", "`io_uring_queue_exit`") {
  return KeepRing(std::make_unique<Ring>());
}

// The file is in the ring's own table and has no number: only the ring is seen.
WAY_IF_THERE(io_uring_direct_descriptor, kDescriptor, "",
             "`io_uring_queue_exit`") {
  auto ring = std::make_unique<Ring>();
  if (ring->error() != 0) return KeepRing(std::move(ring));
  const int none = -1;
  const int registered = io_uring_register_files(ring->get(), &none, 1);
  if (registered != 0) {
    errno = -registered;
    return nullptr;
  }
  io_uring_prep_openat_direct(io_uring_get_sqe(ring->get()), AT_FDCWD,
                              "/dev/null", O_RDONLY, 0, 0);
  if (ring->Run() == -1) return nullptr;
  return KeepRing(std::move(ring));
}

// The thread that polls it is the kernel's.
WAY_IF_THERE(io_uring_polled_by_the_kernel, kDescriptor, "",
             "`io_uring_queue_exit`") {
  return KeepRing(std::make_unique<Ring>(IORING_SETUP_SQPOLL));
}

}  // namespace
}  // namespace leaktrap::conformance
