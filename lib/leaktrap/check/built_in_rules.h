// The rules that Leaktrap brings. Each can be switched off by its name:
// Options::DisableRule, --leaktrap_disable_rules.

#ifndef LEAKTRAP_CHECK_BUILT_IN_RULES_H_
#define LEAKTRAP_CHECK_BUILT_IN_RULES_H_

#include <array>

#include "leaktrap/probe/probe.h"

namespace leaktrap::internal {

struct BuiltInRule {
  const char* name;
  const char* what;
};

inline constexpr char kPoolThreads[] = "pool_threads";
inline constexpr char kSameMaker[] = "same_maker";

// In the order of their names.
inline constexpr std::array<BuiltInRule, 5> kBuiltInRules = {{
    {kCLibraryThreads,
     "threads that the C library runs for itself: getaddrinfo_a(3), aio(7), "
     "timers with SIGEV_THREAD"},
    {kIoUringWorkers, "threads that the kernel runs for an io_uring"},
    {kParallelRuntimes,
     "threads that OpenMP or oneTBB (std::execution::par) keeps for the next "
     "parallel work"},
    {kPoolThreads,
     "threads that serve a pool's idle connections, with what else they made"},
    {kSameMaker,
     "what takes the place of one that the same call had made is a note"},
}};

}  // namespace leaktrap::internal

#endif  // LEAKTRAP_CHECK_BUILT_IN_RULES_H_
