#include "leaktrap/flags.h"

#include <unistd.h>

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "absl/strings/string_view.h"
#include "absl/strings/strip.h"
#include "leaktrap/check/options.h"
#include "leaktrap/flag_help.h"
#include "leaktrap/flag_table.h"
#include "leaktrap/probe/proc_file.h"
#include "leaktrap/trap.h"

namespace leaktrap {
namespace {

using internal::AllFlags;
using internal::Flag;
using internal::kFlagPrefix;
using internal::Setting;

// No flag's twin: it is read where stacks are looked up.
constexpr char kSymbolizerVariable[] = "SYMBOLIZER";

// No flags' twins either: find_package() reads the first two, and builds and
// their images set the others. A flag must never get such a name.
bool IsOfABuild(absl::string_view name) {
  for (const char* known : {"ROOT", "DIR", "VERSION", "BUILD_TESTING",
                            "INSTALL", "SOURCE_DIR", "PREFIX", "HOME"}) {
    if (name == known) return true;
  }
  return false;
}

// `spell` writes a flag's name as the user would have.
template <typename Spell>
void Apply(const Setting& setting, Spell spell, Options* options) {
  for (const Flag& flag : AllFlags()) {
    if (setting.name != flag.name) continue;
    const std::string problem = flag.set(setting, options);
    if (!problem.empty()) {
      options->AddError(absl::StrCat(setting.given_as, ": ", problem));
    }
    return;
  }
  options->AddError(absl::StrCat(
      setting.given_as, " is unknown; there are ",
      absl::StrJoin(AllFlags(), ", ", [&](std::string* out, const Flag& flag) {
        out->append(spell(flag.name));
      })));
}

// One that was nearly written right must not pass in silence.
bool IsNearlyAFlag(absl::string_view argument) {
  if (!absl::ConsumePrefix(&argument, "-")) return false;
  absl::ConsumePrefix(&argument, "-");
  return absl::StartsWith(argument, "leaktrap_") ||
         absl::StartsWith(argument, "leaktrap-");
}

// Applies `arguments` that are Leaktrap's, and returns which they were.
std::vector<bool> ApplyArguments(const std::vector<std::string>& arguments,
                                 Options* options) {
  std::vector<bool> taken;
  for (const std::string& argument : arguments) {
    absl::string_view rest = argument;
    taken.push_back(absl::ConsumePrefix(&rest, kFlagPrefix));
    if (!taken.back()) {
      if (IsNearlyAFlag(argument)) {
        options->AddError(absl::StrCat(argument, " is no flag of Leaktrap's, ",
                                       "which begin with ", kFlagPrefix));
      }
      continue;
    }
    const std::pair<std::string, std::string> parts =
        absl::StrSplit(rest, absl::MaxSplits('=', 1));
    Apply(
        {parts.first, parts.second, kFlagPrefix + parts.first,
         absl::StrContains(rest, "=")},
        [](const char* name) { return absl::StrCat(kFlagPrefix, name); },
        options);
  }
  return taken;
}

}  // namespace

void ParseFlags(int* argc, char** argv) {
  Options options;
  const std::vector<std::string> arguments(argv, argv + *argc);
  if (std::find(arguments.begin(), arguments.end(), "--help") !=
      arguments.end()) {
    internal::AskForHelp();
  }
  const std::vector<bool> taken = ApplyArguments(arguments, &options);
  int kept = 0;
  for (int i = 0; i < *argc; ++i) {
    if (!taken[i]) argv[kept++] = argv[i];
  }
  argv[kept] = nullptr;
  *argc = kept;
  internal::Trap::Get().SetFlagOptions(options);
}

namespace internal {

Options OptionsFromEnvironment() {
  Options options;
  for (char** entry = environ; entry != nullptr && *entry != nullptr; ++entry) {
    absl::string_view rest = *entry;
    if (!absl::ConsumePrefix(&rest, kVariablePrefix)) continue;
    const std::pair<std::string, std::string> parts =
        absl::StrSplit(rest, absl::MaxSplits('=', 1));
    if (parts.first == kSymbolizerVariable || IsOfABuild(parts.first)) continue;
    Apply(
        {absl::AsciiStrToLower(parts.first), parts.second,
         kVariablePrefix + parts.first, true},
        [](const char* name) {
          return absl::StrCat(kVariablePrefix, absl::AsciiStrToUpper(name));
        },
        &options);
  }
  return options;
}

Options OptionsFromCommandLine() {
  Options options;
  std::string text;
  if (ReadProcFile("/proc/self/cmdline", &text)) {
    ApplyArguments(absl::StrSplit(text, '\0'), &options);
  }
  return options;
}

}  // namespace internal

}  // namespace leaktrap
