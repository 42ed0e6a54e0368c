// What a program can see of itself that somebody who watches it might change.

#ifndef LEAKTRAP_CHILDREN_PROCESS_STATE_H_
#define LEAKTRAP_CHILDREN_PROCESS_STATE_H_

#include <string>

namespace leaktrap::children {

// Appends lines "SORT\tPLACE\tTEXT" to the file that OBSERVES_FILE names. The
// texts have no addresses, process ids or inodes: two runs of one program write
// the same.
void Tell(const std::string& sort, const std::string& place,
          const std::string& text);

// Until every thread has come as far as the program's own code: before that the
// C library blocks all its signals.
void AwaitThreads();

// All that there is to see at this place.
void TellState(const std::string& place);

}  // namespace leaktrap::children

#endif  // LEAKTRAP_CHILDREN_PROCESS_STATE_H_
