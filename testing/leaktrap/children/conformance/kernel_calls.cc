// System calls that the recorder does not stand in front of; most have no
// function of the C library's.

#include <fcntl.h>
#include <linux/bpf.h>
#include <linux/filter.h>
#include <linux/landlock.h>
#include <linux/perf_event.h>
#include <linux/seccomp.h>
#include <linux/userfaultfd.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>

#include "children/conformance/way.h"

namespace leaktrap::conformance {
namespace {

constexpr char kTable[] = "Kernel";

template <typename... Arguments>
int Call(long number, Arguments... arguments) {
  return static_cast<int>(syscall(number, arguments...));
}

WAY_IF_THERE(memfd_secret, kDescriptor, "", "`close`") {
  return Close(Call(SYS_memfd_secret, 0));
}

WAY_IF_THERE(userfaultfd, kDescriptor, "", "`close`") {
  return Close(Call(SYS_userfaultfd, UFFD_USER_MODE_ONLY));
}

WAY_IF_THERE(perf_event_open, kDescriptor, "", "`close`") {
  perf_event_attr attributes = {};
  attributes.size = sizeof(attributes);
  attributes.type = PERF_TYPE_SOFTWARE;
  attributes.config = PERF_COUNT_SW_DUMMY;
  attributes.exclude_kernel = 1;
  attributes.exclude_hv = 1;
  return Close(Call(SYS_perf_event_open, &attributes, 0, -1, -1, 0));
}

WAY_IF_THERE(bpf, kDescriptor, "", "`close`") {
  bpf_attr attributes = {};
  attributes.map_type = BPF_MAP_TYPE_ARRAY;
  attributes.key_size = 4;
  attributes.value_size = 4;
  attributes.max_entries = 1;
  return Close(Call(SYS_bpf, BPF_MAP_CREATE, &attributes, sizeof(attributes)));
}

WAY_IF_THERE(landlock_create_ruleset, kDescriptor, "", "`close`") {
  landlock_ruleset_attr attributes = {};
  attributes.handled_access_fs = LANDLOCK_ACCESS_FS_EXECUTE;
  return Close(
      Call(SYS_landlock_create_ruleset, &attributes, sizeof(attributes), 0));
}

// Of a filter that lets everything pass.
WAY_IF_THERE(seccomp_listener, kDescriptor, "", "`close`") {
  sock_filter allow = BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
  const sock_fprog program = {1, &allow};
  prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
  return Close(Call(SYS_seccomp, SECCOMP_SET_MODE_FILTER,
                    SECCOMP_FILTER_FLAG_NEW_LISTENER, &program));
}

WAY_IF_THERE(fsopen, kDescriptor, "", "`close`") {
  return Close(fsopen("tmpfs", 0));
}

WAY_IF_THERE(fsmount, kDescriptor, "", "`close`") {
  const int system = fsopen("tmpfs", 0);
  if (system == -1) return nullptr;
  fsconfig(system, FSCONFIG_CMD_CREATE, nullptr, nullptr, 0);
  const int mounted = fsmount(system, 0, 0);
  const int error = errno;
  close(system);
  errno = error;
  return Close(mounted);
}

WAY_IF_THERE(fspick, kDescriptor, "", "`close`") {
  return Close(fspick(AT_FDCWD, "/", 0));
}

WAY_IF_THERE(open_tree, kDescriptor, "", "`close`") {
  return Close(open_tree(AT_FDCWD, "/", 0));
}

}  // namespace
}  // namespace leaktrap::conformance
