// Whether one of the thread ids that the kernel has given out lately is of a
// thread of this process.
//
// They are given out in a circle: each new one lies behind the last one that
// was known, up to the last one now (/proc/sys/kernel/ns_last_pid). Of use
// where fewer were given out than there are threads to ask for.

#ifndef LEAKTRAP_PROBE_ISSUED_TIDS_H_
#define LEAKTRAP_PROBE_ISSUED_TIDS_H_

#include <sys/types.h>

#include <cstddef>
#include <optional>

namespace leaktrap::internal {

// Whether there is a thread with that id in the process `own_pid`, this one.
// One system call.
bool IsOwnThread(pid_t own_pid, pid_t tid);

// To be used by one thread.
class IssuedTids {
 public:
  // From here on.
  void Start();

  // Whether a thread that lives now was begun since Start(). Nothing if the
  // kernel does not tell, if its circle was closed, or if more than `most` ids
  // were given out. After an answer of false it counts from here on.
  std::optional<bool> AnyOurs(size_t most);

 private:
  std::optional<pid_t> last_;
};

}  // namespace leaktrap::internal

#endif  // LEAKTRAP_PROBE_ISSUED_TIDS_H_
