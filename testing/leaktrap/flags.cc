#include "leaktrap/flags.h"

#include <unistd.h>

#include <algorithm>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "absl/strings/string_view.h"
#include "absl/strings/strip.h"
#include "absl/time/time.h"
#include "leaktrap/check/options.h"
#include "leaktrap/probe/proc_file.h"
#include "leaktrap/resource/kind.h"
#include "leaktrap/trap.h"

namespace leaktrap {
namespace {

constexpr char kFlagPrefix[] = "--leaktrap_";
constexpr char kVariablePrefix[] = "LEAKTRAP_";

// No flag's twin: it is read where stacks are looked up.
constexpr char kSymbolizerVariable[] = "SYMBOLIZER";

// One setting as it was given: `--leaktrap_linger=5s` or `LEAKTRAP_LINGER=5s`.
struct Setting {
  std::string name;      // "linger"
  std::string value;     // "5s"
  std::string given_as;  // "--leaktrap_linger"
  bool has_value;        // false without a "="
};

std::string NoSuchKind(absl::string_view word) {
  return absl::StrCat("\"", word,
                      "\" is no kind that is looked for; write threads, "
                      "descriptors, connections, processes or others");
}

std::optional<Kind> KindOf(absl::string_view word) {
  return ParseKind(std::string(word));
}

std::optional<Mode> ModeOf(absl::string_view word) {
  if (word == "off") return Mode::kOff;
  if (word == "report") return Mode::kReport;
  if (word == "fail") return Mode::kFail;
  return std::nullopt;
}

// Each setter returns what is wrong with the value and what to write instead;
// empty if it was taken.
std::string SetMode(const Setting& setting, Options* options) {
  for (absl::string_view item : absl::StrSplit(setting.value, ',')) {
    const std::vector<absl::string_view> parts = absl::StrSplit(item, ':');
    const std::optional<Mode> mode = ModeOf(parts.back());
    if (!mode.has_value() || parts.size() > 2) {
      return absl::StrCat("\"", item,
                          "\" is no mode; write off, report or fail, or one "
                          "for a kind as in threads:report");
    }
    if (parts.size() == 1) {
      for (Kind kind : kAllKinds) options->SetMode(kind, *mode);
      continue;
    }
    const std::optional<Kind> kind = KindOf(parts.front());
    if (!kind.has_value()) return NoSuchKind(parts.front());
    options->SetMode(*kind, *mode);
  }
  return "";
}

std::string SetLinger(const Setting& setting, Options* options) {
  absl::Duration linger;
  if (!absl::ParseDuration(setting.value, &linger) ||
      linger < absl::ZeroDuration()) {
    return absl::StrCat("\"", setting.value,
                        "\" is no time to wait; write one like 5s or 250ms");
  }
  options->Linger(absl::ToChronoNanoseconds(linger));
  return "";
}

template <Options& (Options::*Tolerate)(Kind, int, std::string)>
std::string SetTolerate(const Setting& setting, Options* options) {
  for (absl::string_view item : absl::StrSplit(setting.value, ',')) {
    const std::vector<absl::string_view> parts = absl::StrSplit(item, ':');
    int count = 0;
    if (parts.size() != 2 || !absl::SimpleAtoi(parts.back(), &count) ||
        count < 0) {
      return absl::StrCat("\"", item,
                          "\" is no kind and count; write one like threads:2");
    }
    const std::optional<Kind> kind = KindOf(parts.front());
    if (!kind.has_value()) return NoSuchKind(parts.front());
    (options->*Tolerate)(*kind, count, absl::StrCat("from ", setting.given_as));
  }
  return "";
}

std::string SetScopes(const Setting& setting, Options* options) {
  std::set<Scope> scopes;
  for (absl::string_view word : absl::StrSplit(setting.value, ',')) {
    if (word == "test") {
      scopes.insert(Scope::kTest);
    } else if (word == "suite") {
      scopes.insert(Scope::kSuite);
    } else if (word == "program") {
      scopes.insert(Scope::kProgram);
    } else {
      return absl::StrCat("\"", word,
                          "\" is no scope; write some of test,suite,program");
    }
  }
  options->SetScopes(std::move(scopes));
  return "";
}

std::string SetRecord(const Setting& setting, Options* options) {
  if (setting.value == "off") {
    options->SetRecord(Record::kOff);
  } else if (setting.value == "calls") {
    options->SetRecord(Record::kCalls);
  } else if (setting.value == "stacks") {
    options->SetRecord(Record::kStacks);
  } else if (setting.value == "releases") {
    options->SetRecord(Record::kReleases);
  } else {
    return absl::StrCat("\"", setting.value,
                        "\" is nothing to record; write off, calls, stacks or "
                        "releases");
  }
  return "";
}

template <Options& (Options::*SetTo)(bool)>
std::string SetBool(const Setting& setting, Options* options) {
  bool value = true;
  if (!setting.value.empty() && !absl::SimpleAtob(setting.value, &value)) {
    return absl::StrCat("\"", setting.value,
                        "\" is neither true nor false; write one of them");
  }
  (options->*SetTo)(value);
  return "";
}

std::string SetJson(const Setting& setting, Options* options) {
  if (!setting.has_value) {
    return absl::StrCat("the path is missing; write ", setting.given_as,
                        "=PATH, or ", setting.given_as, "= for no report");
  }
  options->WriteJson(setting.value);
  return "";
}

template <Options& (Options::*Ignore)(std::string, std::string)>
std::string SetIgnore(const Setting& setting, Options* options) {
  for (absl::string_view glob : absl::StrSplit(setting.value, ',')) {
    if (glob.empty()) return "a pattern is empty; write one like worker-*";
    (options->*Ignore)(std::string(glob),
                       absl::StrCat("from ", setting.given_as));
  }
  return "";
}

struct Flag {
  const char* name;
  std::string (*set)(const Setting& setting, Options* options);
};

constexpr Flag kFlags[] = {
    {"ignore_connection", SetIgnore<&Options::IgnoreConnection>},
    {"ignore_created_by", SetIgnore<&Options::IgnoreCreatedBy>},
    {"ignore_descriptor", SetIgnore<&Options::IgnoreDescriptor>},
    {"ignore_process", SetIgnore<&Options::IgnoreProcess>},
    {"ignore_stack", SetIgnore<&Options::IgnoreStack>},
    {"ignore_thread", SetIgnore<&Options::IgnoreThread>},
    {"json", SetJson},
    {"linger", SetLinger},
    {"mode", SetMode},
    {"record", SetRecord},
    {"report_runtime_threads", SetBool<&Options::ReportRuntimeThreads>},
    {"scopes", SetScopes},
    {"strict", SetBool<&Options::Strict>},
    {"tolerate", SetTolerate<&Options::Tolerate>},
    {"tolerate_in_total", SetTolerate<&Options::TolerateInTotal>},
};

// `spell` writes a flag's name as the user would have.
template <typename Spell>
void Apply(const Setting& setting, Spell spell, Options* options) {
  for (const Flag& flag : kFlags) {
    if (setting.name != flag.name) continue;
    const std::string problem = flag.set(setting, options);
    if (!problem.empty()) {
      options->AddError(absl::StrCat(setting.given_as, ": ", problem));
    }
    return;
  }
  options->AddError(absl::StrCat(
      setting.given_as, " is unknown; there are ",
      absl::StrJoin(kFlags, ", ", [&](std::string* out, const Flag& flag) {
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
  const std::vector<bool> taken =
      ApplyArguments({argv, argv + *argc}, &options);
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
    if (parts.first == kSymbolizerVariable) continue;
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
