#include <fcntl.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "leaktrap/stack/stack_copy.h"
#include "leaktrap/stack/unseen_file.h"
#include "leaktrap/system/unseen_calls.h"

namespace leaktrap::internal {
namespace {

constexpr char kMemory[] = "/proc/self/mem";

// Negative with errno set.
ssize_t CopyByCall(uintptr_t begin, std::vector<char>* bytes) {
  const iovec to{bytes->data(), bytes->size()};
  const iovec from{reinterpret_cast<void*>(begin), bytes->size()};
  // As long as the kernel reads them: the last goes by the stack, where an int
  // would leave half of the word as it was.
  return syscall(SYS_process_vm_readv, getpid(), &to, 1UL, &from, 1UL, 0UL);
}

ssize_t CopyByFile(uintptr_t begin, std::vector<char>* bytes,
                   std::string* why_not) {
  const UnseenFile memory(UnseenOpen(kMemory, O_RDONLY | O_CLOEXEC));
  if (!memory.is_open()) {
    *why_not = std::string(kMemory) + " cannot be opened: " + strerror(errno);
    return -1;
  }
  return UnseenReadAt(memory.descriptor(), bytes->data(), bytes->size(),
                      static_cast<off_t>(begin));
}

}  // namespace

std::optional<StackCopy> CopyStack(uintptr_t begin, uintptr_t end, size_t most,
                                   std::string* why_not) {
  const bool is_end_near = end > begin && end - begin <= most;
  const size_t wanted = is_end_near ? end - begin : most;
  std::vector<char> bytes(wanted);
  why_not->clear();
  ssize_t size = CopyByCall(begin, &bytes);
  // Seccomp refuses with whatever error it was told to.
  if (size < 0 && errno != EFAULT) size = CopyByFile(begin, &bytes, why_not);
  if (size <= 0) {
    if (why_not->empty()) {
      *why_not = std::string("its stack cannot be read: ") + strerror(errno);
    }
    return std::nullopt;
  }
  bytes.resize(size);
  const bool is_whole = is_end_near || bytes.size() < wanted;
  return StackCopy(begin, std::move(bytes), is_whole);
}

}  // namespace leaktrap::internal
