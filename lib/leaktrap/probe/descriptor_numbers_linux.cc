#include <fcntl.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <climits>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "leaktrap/probe/descriptor_numbers.h"
#include "leaktrap/probe/proc_file.h"
#include "leaktrap/system/unseen_calls.h"

namespace leaktrap::internal {
namespace {

// The kernel's own default ceiling (fs.nr_open). A descriptor may lie above
// today's limits: they can be lowered beneath it.
constexpr rlim_t kUsualCeiling = 1 << 20;

// Asks for each number in turn, which needs no descriptor, until as many are
// found as are open or no higher one is possible.
bool AskForEachNumber(std::vector<uint64_t>* numbers) {
  rlimit limit;
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return false;
  // In a container the hard limit may be a thousand times what is in use.
  const rlim_t end =
      std::min<rlim_t>(std::max(limit.rlim_cur, kUsualCeiling), INT_MAX);
  size_t open = OpenDescriptorCount();
  size_t found = 0;
  for (rlim_t number = 0; number < end; ++number) {
    // Other threads open and close meanwhile; then the count has changed, and
    // those behind us will never be found.
    if (open > 0 && (found >= open || number % 4096 == 0)) {
      open = OpenDescriptorCount();
      if (found >= open) break;
    }
    if (fcntl(static_cast<int>(number), F_GETFD) == -1) continue;
    numbers->push_back(number);
    ++found;
  }
  return true;
}

}  // namespace

size_t OpenDescriptorCount(const char* directory) {
  struct stat status;
  return stat(directory, &status) == 0 ? status.st_size : 0;
}

bool OpenDescriptorNumbers(std::vector<uint64_t>* numbers) {
  if (ListProcNumbers(kDescriptorDirectory, numbers)) return true;
  if (errno != EMFILE && errno != ENFILE) return false;
  return AskForEachNumber(numbers);
}

}  // namespace leaktrap::internal
