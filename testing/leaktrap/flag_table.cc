#include "leaktrap/flag_table.h"

#include <chrono>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "leaktrap/check/options.h"
#include "leaktrap/resource/kind.h"

namespace leaktrap::internal {
namespace {

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

template <Options& (Options::*SetTo)(Mode)>
std::string SetPolicy(const Setting& setting, Options* options) {
  const std::optional<Mode> mode = ModeOf(setting.value);
  if (!mode.has_value()) {
    return absl::StrCat("\"", setting.value,
                        "\" is no mode; write off, report or fail");
  }
  (options->*SetTo)(*mode);
  return "";
}

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

template <Options& (Options::*SetTo)(std::chrono::nanoseconds)>
std::string SetTime(const Setting& setting, Options* options) {
  absl::Duration time;
  if (!absl::ParseDuration(setting.value, &time) ||
      time < absl::ZeroDuration()) {
    return absl::StrCat("\"", setting.value,
                        "\" is no time to wait; write one like 5s or 250ms");
  }
  (options->*SetTo)(absl::ToChronoNanoseconds(time));
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

std::string SetRules(const Setting& setting, Options* options) {
  if (setting.value.empty()) {
    return absl::StrCat("the path is missing; write ", setting.given_as,
                        "=PATH");
  }
  options->ReadRules(setting.value);
  return "";
}

std::string SetUpdateRules(const Setting& setting, Options* options) {
  if (setting.value.empty() || setting.value == "shrink") {
    options->UpdateRules(RulesUpdate::kShrink);
  } else if (setting.value == "grow") {
    options->UpdateRules(RulesUpdate::kGrow);
  } else {
    return absl::StrCat("\"", setting.value,
                        "\" is no way to update; write nothing, shrink or "
                        "grow");
  }
  return "";
}

// Nothing is run: a variable that somebody forgot would switch all tests off.
std::string SetListRules(const Setting& setting, Options* options) {
  if (setting.given_as.rfind(kFlagPrefix, 0) != 0) {
    return absl::StrCat("this is a flag only; write ", kFlagPrefix,
                        setting.name);
  }
  return SetBool<&Options::ListRules>(setting, options);
}

std::string SetConfirm(const Setting& setting, Options* options) {
  int rounds = 0;
  if (!absl::SimpleAtoi(setting.value, &rounds) ||
      (rounds != 0 && rounds < Options::kFewestConfirmRounds) ||
      rounds > Options::kMostConfirmRounds) {
    return absl::StrCat("\"", setting.value,
                        "\" is no number of rounds; write one from ",
                        Options::kFewestConfirmRounds, " to ",
                        Options::kMostConfirmRounds, ", or 0 for none");
  }
  options->Confirm(rounds);
  return "";
}

std::string SetDisableRules(const Setting& setting, Options* options) {
  for (absl::string_view name : absl::StrSplit(setting.value, ',')) {
    options->DisableRule(std::string(name));
  }
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

}  // namespace

const std::vector<Flag>& AllFlags() {
  static const auto* const flags = new std::vector<Flag>{
      {"confirm", "=N", "run a leaking test again, alone, in so many rounds",
       "0: do not", SetConfirm},
      {"disable_rules", "=NAME,...", "switch off rules that Leaktrap brings",
       "none", SetDisableRules},
      {"failed_tests", "=MODE",
       "what leaks of failed tests do: off, report, fail", "report",
       SetPolicy<&Options::IfTestFailed>},
      {"ignore_connection", "=GLOB,...", "leave out leases by pool", "none",
       SetIgnore<&Options::IgnoreConnection>},
      {"ignore_created_by", "=GLOB,...", "leave out what was made by function",
       "none", SetIgnore<&Options::IgnoreCreatedBy>},
      {"ignore_descriptor", "=GLOB,...",
       "leave out descriptors by path or description", "none",
       SetIgnore<&Options::IgnoreDescriptor>},
      {"ignore_process", "=GLOB,...", "leave out child processes by command",
       "none", SetIgnore<&Options::IgnoreProcess>},
      {"ignore_stack", "=GLOB,...",
       "leave out threads by a function that they are in", "none",
       SetIgnore<&Options::IgnoreStack>},
      {"ignore_thread", "=GLOB,...", "leave out threads by name", "none",
       SetIgnore<&Options::IgnoreThread>},
      {"json", "=PATH", "write the report as JSON too; empty for no file",
       "none, or among the outputs under Bazel", SetJson},
      {"linger", "=TIME", "how long a difference may last, as in 250ms",
       "2s, more under sanitizers and Valgrind", SetTime<&Options::Linger>},
      {"list_rules", "", "print all rules, Leaktrap's own too; run no test",
       "false", SetListRules},
      {"mode", "=[KIND:]MODE,...",
       "what leaks do: off, report or fail; threads:off", "fail", SetMode},
      {"record", "=WHAT", "of who made it: off, calls, stacks or releases",
       "stacks", SetRecord},
      {"report_runtime_threads", "",
       "report the C library's, the kernel's, OpenMP's and oneTBB's own too",
       "false", SetBool<&Options::ReportRuntimeThreads>},
      {"rules", "=PATH", "a file of rules, a line each", "none", SetRules},
      {"scopes", "=SCOPE,...", "where it is looked: test, suite, program",
       "all three", SetScopes},
      {"skipped_tests", "=MODE",
       "what leaks of skipped tests do: off, report, fail", "report",
       SetPolicy<&Options::IfTestSkipped>},
      {"strict", "", "fail for rules that match nothing and for foreign closes",
       "false", SetBool<&Options::Strict>},
      {"tolerate", "=KIND:N,...", "leaks forgiven per scope, as in threads:2",
       "none", SetTolerate<&Options::Tolerate>},
      {"tolerate_in_total", "=KIND:N,...", "the same for the whole run", "none",
       SetTolerate<&Options::TolerateInTotal>},
      {"update_rules", "[=grow]",
       "take out of the file of rules what is gone; grow: add what is new",
       "false", SetUpdateRules},
      {"wait_in_total", "=TIME",
       "how long a run may wait for leaks that stay; then waits are short",
       "60s", SetTime<&Options::WaitInTotal>},
  };
  return *flags;
}

}  // namespace leaktrap::internal
