// Runs one program to its end. What RunChild() stands on; it knows nothing of
// GoogleTest.

#ifndef LEAKTRAP_TESTING_CHILD_PROCESS_H_
#define LEAKTRAP_TESTING_CHILD_PROCESS_H_

#include <chrono>
#include <string>
#include <vector>

namespace leaktrap::child {

struct ProcessOptions {
  std::string program;                   // an absolute path
  std::vector<std::string> args;         // without the program's name
  std::vector<std::string> environment;  // "NAME=value"
  std::string working_dir;               // the caller's when empty
  std::chrono::milliseconds timeout{};
};

struct ProcessEnd {
  int exit_code = -1;  // -1 when a signal ended it
  int signal = 0;      // 0 when it exited
  bool timed_out = false;
  std::string output;  // stdout and stderr, in the order of writing
};

// The program leads a process group of its own, with /dev/null as stdin, one
// pipe as stdout and stderr, no other descriptor, no signal blocked and none
// ignored. When it ends or its time is up, the group is killed. A process that
// left the group may go on and hold the pipe: nobody waits for that.
//
// Throws std::runtime_error when the program could not be run or watched.
ProcessEnd RunProcess(const ProcessOptions& options);

}  // namespace leaktrap::child

#endif  // LEAKTRAP_TESTING_CHILD_PROCESS_H_
