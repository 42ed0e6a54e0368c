// The truth that counts are compared with.

#ifndef LEAKTRAP_GAUGE_PLAIN_LISTING_FOR_TEST_H_
#define LEAKTRAP_GAUGE_PLAIN_LISTING_FOR_TEST_H_

#include <dirent.h>
#include <sys/stat.h>

#include <cstdlib>
#include <set>
#include <string_view>

#include "gtest/gtest.h"

namespace leaktrap::internal {

inline constexpr char kThreads[] = "/proc/self/task";
inline constexpr char kDescriptors[] = "/proc/thread-self/fd";

// The numbers in a folder of /proc, but for the descriptor it is read through.
inline std::set<int> PlainListing(const char* path) {
  std::set<int> numbers;
  DIR* const folder = opendir(path);
  if (folder == nullptr) {
    ADD_FAILURE() << "cannot open " << path;
    return numbers;
  }
  while (const dirent* entry = readdir(folder)) {
    if (entry->d_name[0] != '.') numbers.insert(std::atoi(entry->d_name));
  }
  if (std::string_view(path) == kDescriptors) numbers.erase(dirfd(folder));
  closedir(folder);
  return numbers;
}

// Whether the kernel counts descriptors, as it does since Linux 6.2.
inline bool KernelCounts() {
  struct stat status;
  return stat(kDescriptors, &status) == 0 && status.st_size > 0;
}

}  // namespace leaktrap::internal

#endif  // LEAKTRAP_GAUGE_PLAIN_LISTING_FOR_TEST_H_
