// Which children this process has, as /proc numbers them.

#ifndef LEAKTRAP_PROBE_CHILDREN_LIST_H_
#define LEAKTRAP_PROBE_CHILDREN_LIST_H_

#include <cstdint>
#include <string>
#include <vector>

namespace leaktrap::internal {

enum class ChildrenBy {
  kLists,  // /proc/self/task/TID/children, of each thread
  kScan,   // the parent of each process in /proc
};

struct ChildrenList {
  std::vector<uint64_t> pids;  // in ascending order, each once
  // Children may be missing: a thread ended, and its children went to another.
  bool disturbed = false;
  // None that stays can be missing if all that are listed are children still.
  bool whole = false;
  std::string error;  // why it could not be read
};

// Whether the kernel keeps lists of children (CONFIG_PROC_CHILDREN).
bool HasChildrenLists();

// One reading. A child that is reaped while the lists are read can hide one
// that stays, and one whose thread ends can be in no list; a scan misses none,
// but does not see what /proc hides from this user (the mount option hidepid).
ChildrenList ReadChildren(ChildrenBy by);

// This process as /proc numbers it. 0 with errno set if it cannot be told.
uint64_t OwnProcPid();

}  // namespace leaktrap::internal

#endif  // LEAKTRAP_PROBE_CHILDREN_LIST_H_
