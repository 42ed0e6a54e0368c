// What clean tests of the soak do.

#ifndef LEAKTRAP_SOAK_SORT_H_
#define LEAKTRAP_SOAK_SORT_H_

#include <vector>

namespace leaktrap {

struct SoakSort {
  const char* name;
  void (*body)();
};

// What the C library and the kernel keep, or end a moment later, of their own.
std::vector<SoakSort> SoakSortsOfTheSystem();

// What is renewed in a test and stays: workers of a pool, a log's file.
std::vector<SoakSort> SoakSortsThatRenew();

}  // namespace leaktrap

#endif  // LEAKTRAP_SOAK_SORT_H_
