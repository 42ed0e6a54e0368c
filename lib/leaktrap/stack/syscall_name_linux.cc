#include <sys/syscall.h>

#include <cstdint>
#include <string>

#include "leaktrap/stack/syscall_name.h"

namespace leaktrap::internal {
namespace {

struct Name {
  int64_t number;
  const char* name;
  bool descriptor_is_first = false;  // among its arguments
};

// Those in which a thread may be found: which wait, or may take long.
constexpr Name kNames[] = {
    {SYS_accept, "accept", true},
    {SYS_accept4, "accept4", true},
    {SYS_clock_nanosleep, "clock_nanosleep"},
    {SYS_close, "close"},
    {SYS_clone, "clone"},
    {SYS_clone3, "clone3"},
    {SYS_connect, "connect", true},
    {SYS_copy_file_range, "copy_file_range", true},
    {SYS_epoll_pwait, "epoll_pwait", true},
    {SYS_execve, "execve"},
    {SYS_exit, "exit"},
    {SYS_exit_group, "exit_group"},
    {SYS_fallocate, "fallocate", true},
    {SYS_fcntl, "fcntl", true},
    {SYS_fdatasync, "fdatasync", true},
    {SYS_flock, "flock", true},
    {SYS_fsync, "fsync", true},
    {SYS_ftruncate, "ftruncate", true},
    {SYS_futex, "futex"},
    {SYS_getdents64, "getdents64", true},
    {SYS_getrandom, "getrandom"},
    {SYS_ioctl, "ioctl", true},
    {SYS_io_getevents, "io_getevents"},
    {SYS_io_uring_enter, "io_uring_enter", true},
    {SYS_madvise, "madvise"},
    {SYS_mmap, "mmap"},
    {SYS_mount, "mount"},
    {SYS_mprotect, "mprotect"},
    {SYS_mq_timedreceive, "mq_timedreceive", true},
    {SYS_mq_timedsend, "mq_timedsend", true},
    {SYS_msgrcv, "msgrcv"},
    {SYS_msgsnd, "msgsnd"},
    {SYS_msync, "msync"},
    {SYS_munmap, "munmap"},
    {SYS_nanosleep, "nanosleep"},
    {SYS_openat, "openat"},
    {SYS_ppoll, "ppoll"},
    {SYS_pread64, "pread64", true},
    {SYS_preadv, "preadv", true},
    {SYS_preadv2, "preadv2", true},
    {SYS_process_vm_readv, "process_vm_readv"},
    {SYS_process_vm_writev, "process_vm_writev"},
    {SYS_pselect6, "pselect6"},
    {SYS_ptrace, "ptrace"},
    {SYS_pwrite64, "pwrite64", true},
    {SYS_pwritev, "pwritev", true},
    {SYS_pwritev2, "pwritev2", true},
    {SYS_read, "read", true},
    {SYS_readv, "readv", true},
    {SYS_recvfrom, "recvfrom", true},
    {SYS_recvmmsg, "recvmmsg", true},
    {SYS_recvmsg, "recvmsg", true},
    {SYS_renameat2, "renameat2"},
    {SYS_restart_syscall, "restart_syscall"},
    {SYS_rt_sigsuspend, "rt_sigsuspend"},
    {SYS_rt_sigtimedwait, "rt_sigtimedwait"},
    {SYS_sched_yield, "sched_yield"},
    {SYS_semop, "semop"},
    {SYS_semtimedop, "semtimedop"},
    {SYS_sendfile, "sendfile", true},
    {SYS_sendmmsg, "sendmmsg", true},
    {SYS_sendmsg, "sendmsg", true},
    {SYS_sendto, "sendto", true},
    {SYS_shutdown, "shutdown", true},
    {SYS_splice, "splice", true},
    {SYS_statx, "statx"},
    {SYS_sync, "sync"},
    {SYS_sync_file_range, "sync_file_range", true},
    {SYS_syncfs, "syncfs", true},
    {SYS_tee, "tee", true},
    {SYS_truncate, "truncate"},
    {SYS_umount2, "umount2"},
    {SYS_unlinkat, "unlinkat"},
    {SYS_userfaultfd, "userfaultfd"},
    {SYS_vmsplice, "vmsplice", true},
    {SYS_wait4, "wait4"},
    {SYS_waitid, "waitid"},
    {SYS_write, "write", true},
    {SYS_writev, "writev", true},
// Architectures younger than these calls do without them.
#ifdef SYS_epoll_wait
    {SYS_epoll_wait, "epoll_wait", true},
#endif
#ifdef SYS_fork
    {SYS_fork, "fork"},
#endif
#ifdef SYS_open
    {SYS_open, "open"},
#endif
#ifdef SYS_pause
    {SYS_pause, "pause"},
#endif
#ifdef SYS_poll
    {SYS_poll, "poll"},
#endif
#ifdef SYS_rename
    {SYS_rename, "rename"},
#endif
#ifdef SYS_select
    {SYS_select, "select"},
#endif
#ifdef SYS_stat
    {SYS_stat, "stat"},
#endif
#ifdef SYS_unlink
    {SYS_unlink, "unlink"},
#endif
#ifdef SYS_vfork
    {SYS_vfork, "vfork"},
#endif
// Old headers do not know these.
#ifdef SYS_close_range
    {SYS_close_range, "close_range"},
#endif
#ifdef SYS_epoll_pwait2
    {SYS_epoll_pwait2, "epoll_pwait2", true},
#endif
#ifdef SYS_futex_waitv
    {SYS_futex_waitv, "futex_waitv"},
#endif
#ifdef SYS_io_pgetevents
    {SYS_io_pgetevents, "io_pgetevents"},
#endif
#ifdef SYS_openat2
    {SYS_openat2, "openat2"},
#endif
};

const Name* Find(int64_t number) {
  for (const Name& name : kNames) {
    if (name.number == number) return &name;
  }
  return nullptr;
}

}  // namespace

std::string SyscallName(int64_t number) {
  if (number < 0) return "";
  const Name* const known = Find(number);
  return known != nullptr ? known->name
                          : "system call " + std::to_string(number);
}

bool DescriptorIsFirst(int64_t number) {
  const Name* const known = Find(number);
  return known != nullptr && known->descriptor_is_first;
}

}  // namespace leaktrap::internal
