// Runs one test of this program again, alone, in a process of its own and in
// rounds, to hear what becomes of its makers.

#ifndef LEAKTRAP_RERUN_H_
#define LEAKTRAP_RERUN_H_

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

#include "leaktrap/check/growth.h"
#include "leaktrap/check/options.h"

namespace leaktrap::internal {

// What the test left in rounds of its own.
struct RerunResult {
  // Why that is not known; empty if it is.
  std::string why_not;
  std::string output;  // then the end of what it wrote

  std::chrono::milliseconds took{0};  // until it had ended, whatever it told
  int64_t rounds = 0;                 // in which it came to its end
  std::vector<MakerGrowth> makers;    // that the test was charged with
};

// `test` is "Suite.Name". /proc/self/exe is started with the arguments, the
// environment and the folder that this process was started with, but for what
// chooses tests, repeats, shards and writes reports; it has /dev/null as
// standard input and no other descriptor. After `time_limit` it is killed, with
// its process group. The tested program does not notice (unseen_process.h), and
// nothing is left of it when the call returns.
RerunResult RunAgain(const std::string& test, int rounds,
                     std::chrono::milliseconds time_limit);

// Whether this process is one that was started so.
bool IsRerun();

// What goes before all other options there: it writes no reports, changes no
// file of rules, and runs nothing again.
Options OptionsOfRerun();

// Tells the process that started this one. Does nothing if none did, or in a
// forked child.
void TellStarter(const GrowthHistory& history);

// What it is told, as text, and read again. For tests.
std::string RerunReport(const GrowthHistory& history);
RerunResult ReadRerunReport(const std::string& report, const std::string& test);

}  // namespace leaktrap::internal

#endif  // LEAKTRAP_RERUN_H_
