#include "leaktrap/flag_help.h"

#include <unistd.h>

#include <algorithm>
#include <cstddef>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "leaktrap/console_color.h"
#include "leaktrap/flag_table.h"
#include "leaktrap/probe/proc_file.h"

namespace leaktrap::internal {
namespace {

// So wide are the flags.
constexpr size_t kColumn = 40;

// Plain values: they are used while the process ends.
bool asked_for_help = false;
bool forgets_help = false;
pid_t own_pid = 0;

bool CommandLineAsks() {
  std::string text;
  if (!ReadProcFile("/proc/self/cmdline", &text)) return false;
  const std::vector<std::string> arguments = absl::StrSplit(text, '\0');
  return std::find(arguments.begin(), arguments.end(), "--help") !=
         arguments.end();
}

void PrintHelpIfAskedFor() {
  // Not in a forked child that comes to its end by itself.
  if (forgets_help || own_pid != getpid()) return;
  if (!asked_for_help && !CommandLineAsks()) return;
  std::printf("\n%s", FlagHelp().c_str());
  std::fflush(stdout);
}

}  // namespace

std::string FlagHelp() {
  std::string text = "Leaktrap:\n";
  for (const Flag& flag : AllFlags()) {
    const std::string given = absl::StrCat(kFlagPrefix, flag.name, flag.value);
    const size_t gap = kColumn - std::min(given.size(), kColumn);
    absl::StrAppend(&text, "  ", InColor(Color::kGreen, given),
                    std::string(gap, ' '), " ", flag.what,
                    " (default: ", flag.default_value, ")\n");
  }
  absl::StrAppend(
      &text,
      "\nKinds are threads, descriptors, connections, processes and others. "
      "Each flag has\na twin in the environment: ",
      kVariablePrefix, "LINGER=5s says what ", kFlagPrefix,
      "linger=5s does,\nalso where main refuses arguments that it does not "
      "know.\n");
  return text;
}

void PrintHelpAtExit() {
  own_pid = getpid();
  std::atexit(PrintHelpIfAskedFor);
}

void AskForHelp() { asked_for_help = true; }

void ForgetHelp() { forgets_help = true; }

}  // namespace leaktrap::internal
