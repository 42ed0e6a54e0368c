// Where /proc has the calling thread, by its numbers: to follow the links
// /proc/self and /proc/thread-self costs as much again as the rest of a path.

#ifndef LEAKTRAP_PROBE_OWN_TASK_FOLDER_H_
#define LEAKTRAP_PROBE_OWN_TASK_FOLDER_H_

#include <string>

namespace leaktrap::internal {

// "/proc/4711/task/4712"; "/proc/thread-self" if that cannot be told. Of no use
// in a child process, nor once the thread has ended.
std::string OwnTaskFolder();

}  // namespace leaktrap::internal

#endif  // LEAKTRAP_PROBE_OWN_TASK_FOLDER_H_
