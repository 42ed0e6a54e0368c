#include "servers/unprivileged_user.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <sched.h>
#include <string.h>
#include <unistd.h>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"

namespace leaktrap::servers {
namespace {

bool Write(const char* path, const char* text) {
  const int file = open(path, O_WRONLY | O_CLOEXEC);
  if (file < 0) return false;
  const size_t size = strlen(text);
  const bool written = write(file, text, size) == static_cast<ssize_t>(size);
  const int error = errno;
  close(file);
  errno = error;
  return written;
}

}  // namespace

absl::StatusOr<UnprivilegedUser> UnprivilegedUser::WhoOwns(
    const std::string& folder) {
  UnprivilegedUser user;
  if (geteuid() != 0) return user;
  const passwd* const nobody = getpwnam("nobody");
  if (nobody != nullptr &&
      chown(folder.c_str(), nobody->pw_uid, nobody->pw_gid) == 0) {
    user.way_ = Way::kSwitch;
    user.uid_ = nobody->pw_uid;
    user.gid_ = nobody->pw_gid;
    return user;
  }
  // EINVAL: nobody has no number in this user namespace.
  if (nobody != nullptr && errno != EINVAL) {
    return absl::ErrnoToStatus(errno, absl::StrCat("chown ", folder));
  }
  user.way_ = Way::kNamespace;
  user.uid_map_ = absl::StrCat("1000 ", geteuid(), " 1");
  user.gid_map_ = absl::StrCat("1000 ", getegid(), " 1");
  return user;
}

bool UnprivilegedUser::Become() const {
  switch (way_) {
    case Way::kStay:
      return true;
    case Way::kSwitch:
      return setgroups(0, nullptr) == 0 && setgid(gid_) == 0 &&
             setuid(uid_) == 0;
    case Way::kNamespace:
      // Without "deny" the kernel refuses the map of groups.
      return unshare(CLONE_NEWUSER) == 0 &&
             Write("/proc/self/uid_map", uid_map_.c_str()) &&
             Write("/proc/self/setgroups", "deny") &&
             Write("/proc/self/gid_map", gid_map_.c_str());
  }
  return false;
}

}  // namespace leaktrap::servers
