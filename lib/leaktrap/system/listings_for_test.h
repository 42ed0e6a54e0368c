// What others do to see what is there: the figures that a look is held against.

#ifndef LEAKTRAP_SYSTEM_LISTINGS_FOR_TEST_H_
#define LEAKTRAP_SYSTEM_LISTINGS_FOR_TEST_H_

#include <cstddef>
#include <map>
#include <string>

namespace leaktrap::internal {

inline constexpr char kDescriptorsForTest[] = "/proc/self/fd";
inline constexpr char kTasksForTest[] = "/proc/self/task";

// The least: getdents64(2) of `folder` and nothing else. Returns the bytes that
// it gave.
size_t ScanForTest(const char* folder);

// The naive ones, by path: readdir(3) and what a listener asks of each. Of
// descriptors readlink(2), of threads `stat` and `comm`.
using ListingForTest = std::map<std::string, std::string>;
ListingForTest ListDescriptorsForTest();
ListingForTest ListThreadsForTest();

// Reads `stat` and `comm` of each thread, keeps nothing, and returns how many
// there were.
size_t ReadThreadsForTest();

}  // namespace leaktrap::internal

#endif  // LEAKTRAP_SYSTEM_LISTINGS_FOR_TEST_H_
