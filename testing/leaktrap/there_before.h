// What the run does not judge, since it was there before.

#ifndef LEAKTRAP_THERE_BEFORE_H_
#define LEAKTRAP_THERE_BEFORE_H_

#include <set>
#include <string>

#include "leaktrap/check/snapshot.h"

namespace leaktrap::internal {

// "Leaktrap leaves alone what was there before RUN_ALL_TESTS(): 1 thread." of a
// snapshot that was taken then; empty if it holds nothing that not every
// program has. `harmless_tids` are nobody's threads.
std::string NoteOnWhatIsThere(const Snapshot& at_start,
                              const std::set<int>& harmless_tids);

}  // namespace leaktrap::internal

#endif  // LEAKTRAP_THERE_BEFORE_H_
