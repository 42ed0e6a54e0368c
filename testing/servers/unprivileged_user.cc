#include "servers/unprivileged_user.h"

#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <unistd.h>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"

namespace leaktrap::servers {

absl::StatusOr<UnprivilegedUser> UnprivilegedUser::WhoOwns(
    const std::string& folder) {
  UnprivilegedUser user;
  if (geteuid() != 0) return user;
  const passwd* const nobody = getpwnam("nobody");
  if (nobody != nullptr &&
      chown(folder.c_str(), nobody->pw_uid, nobody->pw_gid) == 0) {
    user.switches_ = true;
    user.uid_ = nobody->pw_uid;
    user.gid_ = nobody->pw_gid;
    return user;
  }
  // EINVAL: nobody has no number in this user namespace.
  if (nobody != nullptr && errno != EINVAL) {
    return absl::ErrnoToStatus(errno, absl::StrCat("chown ", folder));
  }
  // By a program of its own: the kernel refuses it to a process of several
  // threads, and ThreadSanitizer starts one in each child.
  user.wrapper_ = {"/usr/bin/unshare", "--user", "--map-user=1000",
                   "--map-group=1000", "--"};
  return user;
}

bool UnprivilegedUser::Become() const {
  return !switches_ ||
         (setgroups(0, nullptr) == 0 && setgid(gid_) == 0 && setuid(uid_) == 0);
}

}  // namespace leaktrap::servers
