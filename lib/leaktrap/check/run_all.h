// Functions of users, which may throw.

#ifndef LEAKTRAP_CHECK_RUN_ALL_H_
#define LEAKTRAP_CHECK_RUN_ALL_H_

#include <functional>
#include <string>
#include <vector>

namespace leaktrap::internal {

// Calls them in order. Returns what one of them threw, in words that begin with
// `whose`; empty if all came back.
std::string RunAll(const std::vector<std::function<void()>>& functions,
                   const char* whose);

}  // namespace leaktrap::internal

#endif  // LEAKTRAP_CHECK_RUN_ALL_H_
