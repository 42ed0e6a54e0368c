// Names of system calls.

#ifndef LEAKTRAP_STACK_SYSCALL_NAME_H_
#define LEAKTRAP_STACK_SYSCALL_NAME_H_

#include <cstdint>
#include <string>

namespace leaktrap::internal {

// "epoll_wait"; for one in which threads do not use to wait, or that is not
// known, "system call 447". Empty for a negative number.
std::string SyscallName(int64_t number);

// Whether its first argument is the descriptor that it works on.
bool DescriptorIsFirst(int64_t number);

}  // namespace leaktrap::internal

#endif  // LEAKTRAP_STACK_SYSCALL_NAME_H_
