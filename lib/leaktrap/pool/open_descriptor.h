// A descriptor that is open, told apart from another that gets its number
// later.

#ifndef LEAKTRAP_POOL_OPEN_DESCRIPTOR_H_
#define LEAKTRAP_POOL_OPEN_DESCRIPTOR_H_

#include <sys/types.h>

#include <optional>
#include <vector>

namespace leaktrap::internal {

struct OpenDescriptor {
  int number = -1;
  dev_t device = 0;
  ino_t inode = 0;

  friend bool operator==(const OpenDescriptor& a, const OpenDescriptor& b) {
    return a.number == b.number && a.device == b.device && a.inode == b.inode;
  }
};

// The one with that number; none where nothing is open there. From any thread,
// whatever others do to the descriptor; keeps errno, as do the next two.
std::optional<OpenDescriptor> FindOpenDescriptor(int number);

// Those of `numbers` that are open.
std::vector<OpenDescriptor> OpenDescriptors(const std::vector<int>& numbers);

bool IsStillOpen(const OpenDescriptor& descriptor);

}  // namespace leaktrap::internal

#endif  // LEAKTRAP_POOL_OPEN_DESCRIPTOR_H_
