// What a child process is, in words.

#ifndef LEAKTRAP_PROBE_PROCESS_TEXT_H_
#define LEAKTRAP_PROBE_PROCESS_TEXT_H_

#include <signal.h>

#include <cstddef>
#include <string>
#include <string_view>

namespace leaktrap::internal {

// A longer command line is cut, and ends in "...".
inline constexpr size_t kLongestCommandLine = 80;

// The text of /proc/PID/cmdline on one line, without the program's folder:
// `sleep 100`. Empty for a process
// that has none (a zombie).
std::string CommandLineText(std::string_view cmdline);

// How a child ended, as waitid(2) tells: "exited with 127", "killed by
// SIGKILL". Empty if it says nothing of an end.
std::string ProcessEndText(const siginfo_t& info);

}  // namespace leaktrap::internal

#endif  // LEAKTRAP_PROBE_PROCESS_TEXT_H_
