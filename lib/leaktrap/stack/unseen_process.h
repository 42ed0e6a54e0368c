// Runs a program without the tested program noticing.

#ifndef LEAKTRAP_STACK_UNSEEN_PROCESS_H_
#define LEAKTRAP_STACK_UNSEEN_PROCESS_H_

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

namespace leaktrap::internal {

struct ProcessLimits {
  std::chrono::milliseconds time;
  // Of output. RunProcess(): a program that writes more is killed by the
  // kernel. RunProgram(): so much of its end is kept.
  uint64_t bytes = 0;
};

struct ProcessResult {
  enum class End {
    kExited,      // `code` is its exit code
    kKilled,      // `code` is the signal
    kTimedOut,    // and was killed
    kNotStarted,  // `code` is errno of what failed in it: exec, for one
    kNoMeans,     // `code` is errno: this process lacked descriptors or memory
  };

  End end = End::kNoMeans;
  int code = 0;
  // What it wrote, at most the limit.
  std::string output;
};

// Starts arguments[0], a path, with `input` as its standard input, waits until
// it ends, and returns what it wrote to its standard output. No shell. It
// inherits no other descriptor, no signal mask and no disposition; of the
// environment all but what would load or reach something else into or from it
// (LD_PRELOAD, LD_AUDIT, DEBUGINFOD_URLS).
//
// The tested program gets no SIGCHLD, its wait() and waitpid() do not see the
// child (only with __WALL or __WCLONE), and no thread's signals are held back
// but the caller's for the moment of the fork. When the call returns nothing of
// it is left: no child, no descriptor. errno is kept.
ProcessResult RunProcess(const std::vector<std::string>& arguments,
                         const std::string& input, const ProcessLimits& limits);

struct Program {
  std::string path;                      // relative to `folder`
  std::vector<std::string> arguments;    // the first is its name for itself
  std::vector<std::string> environment;  // all of it: "NAME=value"
  std::string folder;                    // its current one
};

// The same for a program that may do and write what it likes: a test. Its
// standard input is /dev/null; the result has the end of what came to its
// standard output and error. When it ends, or its time is over, its process
// group is killed; a process that left that group may go on, and nobody waits
// for its output.
ProcessResult RunProgram(const Program& program, const ProcessLimits& limits);

}  // namespace leaktrap::internal

#endif  // LEAKTRAP_STACK_UNSEEN_PROCESS_H_
