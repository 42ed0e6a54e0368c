#include <string>

#include "leaktrap/probe/own_task_folder.h"
#include "leaktrap/probe/proc_file.h"

namespace leaktrap::internal {

std::string OwnTaskFolder() {
  // "4711/task/4712"
  std::string link;
  return ReadProcLink("/proc/thread-self", &link) ? "/proc/" + link
                                                  : "/proc/thread-self";
}

}  // namespace leaktrap::internal
