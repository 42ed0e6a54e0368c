// The id of this process, for those that ask at every turn whether they have
// become a forked child.

#ifndef LEAKTRAP_SYSTEM_OWN_PROCESS_H_
#define LEAKTRAP_SYSTEM_OWN_PROCESS_H_

#include <sys/mman.h>
#include <sys/types.h>
#include <unistd.h>

#include <atomic>
#include <new>

namespace leaktrap::internal {

// Remembers it in a page that the kernel wipes in a child, also in one of a
// bare clone(2), which runs no handler of pthread_atfork(3). The child of
// vfork(2) has its parent's memory, and is told its parent's id.
class OwnProcess {
 public:
  // `advice` is what madvise(2) is given to have the page wiped. Where the
  // kernel does not take it, nothing is remembered.
  explicit OwnProcess(int advice = MADV_WIPEONFORK) {
    constexpr size_t kSize = sizeof(std::atomic<pid_t>);
    void* const page = mmap(nullptr, kSize, PROT_READ | PROT_WRITE,
                            MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (page == MAP_FAILED) return;
    if (madvise(page, kSize, advice) != 0) {
      munmap(page, kSize);
      return;
    }
    pid_ = new (page) std::atomic<pid_t>(0);
  }

  pid_t pid() const {
    if (pid_ == nullptr) return getpid();
    const pid_t known = pid_->load(std::memory_order_relaxed);
    if (known != 0) return known;
    const pid_t pid = getpid();
    pid_->store(pid, std::memory_order_relaxed);
    return pid;
  }

  bool remembers() const { return pid_ != nullptr; }

  // Whether `pid`, which pid() told, is this process and not one that has its
  // memory, or a copy. Makes no system call in a forked child.
  bool Is(pid_t pid) const {
    if (pid_ != nullptr && pid_->load(std::memory_order_relaxed) != pid) {
      return false;
    }
    return getpid() == pid;
  }

 private:
  std::atomic<pid_t>* pid_ = nullptr;  // zero in a child until it has asked
};

inline const OwnProcess& Own() {
  static const OwnProcess own;
  return own;
}

inline pid_t OwnPid() { return Own().pid(); }

}  // namespace leaktrap::internal

#endif  // LEAKTRAP_SYSTEM_OWN_PROCESS_H_
