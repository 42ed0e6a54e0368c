#include "leaktrap/probe/process_text.h"

#include <signal.h>
#include <string.h>

#include <algorithm>
#include <cstddef>
#include <string>
#include <string_view>

#include "leaktrap/probe/printable_text.h"

namespace leaktrap::internal {
namespace {

constexpr std::string_view kCut = "...";

std::string SignalText(int number) {
  const char* const name = sigabbrev_np(number);
  return name != nullptr ? std::string("SIG") + name
                         : "signal " + std::to_string(number);
}

// Without the program's folder, which may be longer than all the rest. A title
// that a program wrote over its arguments has blanks, and is left alone.
std::string_view WithoutFolder(std::string_view cmdline) {
  const std::string_view program = cmdline.substr(0, cmdline.find('\0'));
  const size_t slash = program.rfind('/');
  const bool is_path =
      slash != program.npos && program.find(' ') == program.npos;
  return is_path ? cmdline.substr(slash + 1) : cmdline;
}

bool ContinuesCharacter(char byte) { return (byte & 0xC0) == 0x80; }

}  // namespace

std::string CommandLineText(std::string_view cmdline) {
  // Each argument ends in a zero byte; a program that writes its title over
  // them may leave many.
  while (!cmdline.empty() && cmdline.back() == '\0') cmdline.remove_suffix(1);
  cmdline = WithoutFolder(cmdline);
  std::string text(cmdline.substr(0, kLongestCommandLine + 1));
  std::replace(text.begin(), text.end(), '\0', ' ');
  text = Printable(text);
  if (text.size() <= kLongestCommandLine) return text;
  size_t size = kLongestCommandLine - kCut.size();
  while (size > 0 && ContinuesCharacter(text[size])) --size;
  return text.replace(size, text.npos, kCut);
}

std::string ProcessEndText(const siginfo_t& info) {
  switch (info.si_code) {
    case CLD_EXITED:
      return "exited with " + std::to_string(info.si_status);
    case CLD_KILLED:
    case CLD_DUMPED:
      return "killed by " + SignalText(info.si_status);
    default:
      return "";
  }
}

}  // namespace leaktrap::internal
