// Somebody who is not root, for programs that refuse to run as root.

#ifndef LEAKTRAP_TESTING_SERVERS_UNPRIVILEGED_USER_H_
#define LEAKTRAP_TESTING_SERVERS_UNPRIVILEGED_USER_H_

#include <sys/types.h>

#include <string>
#include <vector>

#include "absl/status/statusor.h"

namespace leaktrap::servers {

class UnprivilegedUser {
 public:
  // Who can work in `folder`, which this process owns: this process itself if
  // it is not root. Else "nobody", who is made the folder's owner; and where no
  // other user can be had, as in Bazel's sandbox, this process under the name
  // of another, in a user namespace.
  static absl::StatusOr<UnprivilegedUser> WhoOwns(const std::string& folder);

  // Makes the calling process this user's. For the time between fork() and
  // exec(): async-signal-safe. False, with errno, if it could not.
  bool Become() const;

  // Words to put before the program's: who has become this user runs them.
  const std::vector<std::string>& wrapper() const { return wrapper_; }

 private:
  bool switches_ = false;
  uid_t uid_ = 0;
  gid_t gid_ = 0;
  std::vector<std::string> wrapper_;
};

}  // namespace leaktrap::servers

#endif  // LEAKTRAP_TESTING_SERVERS_UNPRIVILEGED_USER_H_
