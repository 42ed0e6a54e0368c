#include "leaktrap/rerun_program.h"

#include <sys/auxv.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <string>
#include <system_error>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/string_view.h"
#include "absl/strings/strip.h"
#include "leaktrap/probe/proc_file.h"
#include "leaktrap/stack/unseen_process.h"

namespace leaktrap::internal {
namespace {

// By their names without dashes; each has a twin in the environment.
constexpr const char* kFlags[] = {
    "gtest_also_run_disabled_tests",
    "gtest_break_on_failure",
    "gtest_color",
    "gtest_fail_fast",
    "gtest_filter",
    "gtest_list_tests",
    "gtest_output",
    "gtest_repeat",
    "gtest_shuffle",
    "gtest_stream_result_to",
    "leaktrap_confirm",
    "leaktrap_json",
    "leaktrap_update_rules",
};

// Variables without one, of GoogleTest and Bazel.
constexpr const char* kVariables[] = {
    "GTEST_SHARD_INDEX",  "GTEST_SHARD_STATUS_FILE",
    "GTEST_TOTAL_SHARDS", "TESTBRIDGE_TEST_ONLY",
    "TEST_TOTAL_SHARDS",  "TEST_PREMATURE_EXIT_FILE",
    "XML_OUTPUT_FILE",    "TESTBRIDGE_TEST_RUNNER_FAIL_FAST",
};
constexpr char kShardPrefix[] = "TEST_SHARD_";

// A test may go elsewhere. Before main.
const std::string& FolderAtStart() {
  static const auto* const folder = [] {
    std::error_code error;
    return new std::string(std::filesystem::current_path(error).string());
  }();
  return *folder;
}
[[maybe_unused]] const std::string& kFolderAtStart = FolderAtStart();

bool IsReplacedFlag(absl::string_view argument) {
  if (!absl::ConsumePrefix(&argument, "-")) return false;
  absl::ConsumePrefix(&argument, "-");
  const absl::string_view name = argument.substr(0, argument.find('='));
  return std::any_of(std::begin(kFlags), std::end(kFlags),
                     [&](const char* flag) { return name == flag; });
}

bool IsReplacedVariable(absl::string_view entry) {
  const absl::string_view name = entry.substr(0, entry.find('='));
  const auto is_it = [&](const char* other) { return name == other; };
  return absl::StartsWith(name, kShardPrefix) || name == kRerunVariable ||
         std::any_of(std::begin(kVariables), std::end(kVariables), is_it) ||
         std::any_of(std::begin(kFlags), std::end(kFlags), [&](auto* flag) {
           return absl::EqualsIgnoreCase(name, flag) &&
                  name != absl::string_view(flag);
         });
}

std::vector<std::string> ProcList(const char* path) {
  std::string text;
  if (!ReadProcFile(path, &text)) return {};
  std::vector<std::string> list = absl::StrSplit(text, '\0');
  if (!list.empty() && list.back().empty()) list.pop_back();
  return list;
}

// The path by which it was started, for that is where a thread has its name
// from; unless there is another file by now.
std::string OwnPath() {
  constexpr char kSelf[] = "/proc/self/exe";
  const auto* const started =
      reinterpret_cast<const char*>(getauxval(AT_EXECFN));
  if (started == nullptr) return kSelf;
  const std::string path =
      (std::filesystem::path(FolderAtStart()) / started).string();
  struct stat there = {};
  struct stat self = {};
  const bool is_same = stat(path.c_str(), &there) == 0 &&
                       stat(kSelf, &self) == 0 && there.st_dev == self.st_dev &&
                       there.st_ino == self.st_ino;
  return is_same ? path : kSelf;
}

}  // namespace

std::string FilterFor(const std::string& test) {
  std::string filter = test;
  for (char& c : filter) {
    if (c == ':' || c == '-' || c == '*') c = '?';
  }
  return filter;
}

std::vector<std::string> RerunArguments(std::vector<std::string> arguments,
                                        const std::string& filter, int rounds) {
  arguments.erase(
      std::remove_if(arguments.begin(), arguments.end(), IsReplacedFlag),
      arguments.end());
  // What comes after is none of anybody's flags.
  const auto end = std::find(arguments.begin(), arguments.end(), "--");
  // Said aloud, too, where the environment says the same: a file of flags may
  // say otherwise, and the last one wins.
  arguments.insert(
      end, {absl::StrCat("--gtest_filter=", filter),
            absl::StrCat("--gtest_repeat=", rounds),
            "--gtest_also_run_disabled_tests=1", "--gtest_break_on_failure=0",
            "--gtest_shuffle=0", "--gtest_list_tests=0",
            "--gtest_output=", "--gtest_color=no"});
  return arguments;
}

std::vector<std::string> RerunEnvironment(std::vector<std::string> environment,
                                          const std::string& filter,
                                          int rounds) {
  environment.erase(std::remove_if(environment.begin(), environment.end(),
                                   IsReplacedVariable),
                    environment.end());
  // For a main that shows GoogleTest no arguments.
  environment.push_back(absl::StrCat("GTEST_FILTER=", filter));
  environment.push_back(absl::StrCat("GTEST_REPEAT=", rounds));
  environment.push_back("GTEST_ALSO_RUN_DISABLED_TESTS=1");
  return environment;
}

Program ThisProgramAgain(const std::string& test, int rounds) {
  const std::string filter = FilterFor(test);
  Program program;
  program.path = OwnPath();
  const std::vector<std::string> arguments = ProcList("/proc/self/cmdline");
  if (arguments.empty()) return program;
  program.arguments = RerunArguments(arguments, filter, rounds);
  program.environment =
      RerunEnvironment(ProcList("/proc/self/environ"), filter, rounds);
  program.folder = FolderAtStart();
  return program;
}

}  // namespace leaktrap::internal
