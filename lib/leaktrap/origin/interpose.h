// What interposed functions have in common.

#ifndef LEAKTRAP_ORIGIN_INTERPOSE_H_
#define LEAKTRAP_ORIGIN_INTERPOSE_H_

#include <cerrno>
#include <cstdint>

#include "leaktrap/origin/descriptor_ledger.h"
#include "leaktrap/origin/recording.h"

namespace leaktrap::internal {

// Calls `create`, which gives a descriptor or -1, and records what it gave. Not
// noexcept, as all around it: a thread that is cancelled in `create` unwinds.
template <typename Create>
inline int MakeDescriptor(const CallSite& site, Create create) {
  const uint64_t sequence = BeginCreation();
  const int fd = create();
  RecordDescriptor(sequence, fd, site);
  return fd;
}

// The same for two descriptors in `fds`, where `create` gives 0.
template <typename Create>
inline int MakePair(const CallSite& site, int* fds, Create create) {
  const uint64_t sequence = BeginCreation();
  const uint64_t second = BeginCreation();
  const int result = create();
  if (result == 0) {
    RecordDescriptor(sequence, fds[0], site);
    RecordDescriptor(second, fds[1], site);
  }
  return result;
}

// The same for what has a descriptor that `descriptor_of` gives: a FILE, a DIR.
template <typename Create, typename DescriptorOf>
inline auto MakeStream(const CallSite& site, Create create,
                       DescriptorOf descriptor_of) {
  const uint64_t sequence = BeginCreation();
  const auto stream = create();
  if (stream != nullptr) {
    const int saved_errno = errno;
    RecordDescriptor(sequence, descriptor_of(stream), site);
    errno = saved_errno;
  }
  return stream;
}

// A call that closes `fd`. If it does not come to its end, because its thread
// is cancelled, nothing was closed.
class Closing {
 public:
  Closing(int fd, const void* caller)
      : caller_(caller), closing_(BeginClose(fd, caller)) {}
  Closing(const Closing&) = delete;
  Closing& operator=(const Closing&) = delete;
  ~Closing() {
    if (!ended_) CancelClose(closing_);
  }

  const CreationRecord& made() const { return closing_.made; }

  // `result` is -1 if the call failed: with EBADF there was nothing to close,
  // otherwise it is closed all the same.
  void End(int result) {
    ended_ = true;
    EndClose(closing_, result == -1 ? errno : 0, caller_);
  }

 private:
  const void* const caller_;
  const ClosingDescriptor closing_;
  bool ended_ = false;
};

// Calls `release`, which closes `fd`.
template <typename Release>
inline int ReleaseDescriptor(int fd, const void* caller, Release release) {
  Closing closing(fd, caller);
  const int result = release();
  closing.End(result);
  return result;
}

}  // namespace leaktrap::internal

#endif  // LEAKTRAP_ORIGIN_INTERPOSE_H_
