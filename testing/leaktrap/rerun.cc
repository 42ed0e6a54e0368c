#include "leaktrap/rerun.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <map>
#include <string>
#include <system_error>
#include <vector>

#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "absl/strings/string_view.h"
#include "leaktrap/check/growth.h"
#include "leaktrap/check/options.h"
#include "leaktrap/free_descriptor.h"
#include "leaktrap/report/duration_text.h"
#include "leaktrap/rerun_program.h"
#include "leaktrap/stack/unseen_file.h"
#include "leaktrap/stack/unseen_process.h"
#include "leaktrap/system/unseen_calls.h"
#include "leaktrap/variable.h"

namespace leaktrap::internal {
namespace {

constexpr uint64_t kKeptOutput = 65'536;  // bytes
constexpr size_t kShownLines = 10;

constexpr char kRounds[] = "rounds";
constexpr char kMaker[] = "maker";
constexpr char kEnd[] = "end";

struct Starter {
  std::string path;  // where it reads; empty if there is none
  pid_t told_by = 0;
};

// Taken out of the environment: what a test starts is started by nobody else.
const Starter& TheStarter() {
  static const auto* const starter = [] {
    auto* const found = new Starter{Variable(kRerunVariable), getpid()};
    unsetenv(kRerunVariable);
    return found;
  }();
  return *starter;
}
[[maybe_unused]] const Starter& kStarter = TheStarter();

std::string LastLines(const std::string& output) {
  std::vector<std::string> lines =
      absl::StrSplit(output, '\n', absl::SkipEmpty());
  if (lines.size() > kShownLines) {
    lines.erase(lines.begin(), lines.end() - kShownLines);
  }
  return absl::StrJoin(lines, "\n");
}

// How it ended, for one who told nothing.
std::string WhyNothingWasTold(const ProcessResult& result,
                              std::chrono::milliseconds time_limit) {
  using End = ProcessResult::End;
  switch (result.end) {
    case End::kExited:
      return absl::StrCat("alone it ended with exit code ", result.code,
                          " and told nothing");
    case End::kKilled:
      return absl::StrCat("alone it was killed by signal ", result.code, " (",
                          strsignal(result.code), ")");
    case End::kTimedOut:
      return absl::StrCat("alone it was not over after ",
                          DurationText(time_limit), ", and was killed");
    case End::kNotStarted:
    case End::kNoMeans:
      break;
  }
  return absl::StrCat("it could not be started again: ",
                      std::generic_category().message(result.code));
}

bool IsTest(const std::string& owner) {
  return !absl::StartsWith(owner, "The test suite ") &&
         !absl::StartsWith(owner, "The program,");
}

}  // namespace

std::string RerunReport(const GrowthHistory& history) {
  std::string report;
  for (const auto& [owner, rounds] : history.Owners()) {
    absl::StrAppend(&report, kRounds, "\t", rounds, "\t", absl::CEscape(owner),
                    "\n");
  }
  for (const MakerGrowth& maker : history.Makers()) {
    absl::StrAppend(&report, kMaker, "\t", GrowthWord(maker.growth), "\t",
                    maker.rounds, "\t", maker.left_in, "\t", maker.left, "\t",
                    maker.left_at_first, "\t");
    absl::StrAppend(&report, absl::CEscape(maker.owner), "\t",
                    absl::CEscape(maker.signature), "\n");
  }
  return absl::StrCat(report, kEnd, "\n");
}

RerunResult ReadRerunReport(const std::string& report,
                            const std::string& test) {
  RerunResult result;
  bool has_end = false;
  std::string others;
  for (absl::string_view line : absl::StrSplit(report, '\n')) {
    const std::vector<std::string> words = absl::StrSplit(line, '\t');
    std::string owner;
    if (line == kEnd) {
      has_end = true;
    } else if (words.size() == 3 && words[0] == kRounds &&
               absl::CUnescape(words[2], &owner)) {
      int64_t rounds = 0;
      if (!absl::SimpleAtoi(words[1], &rounds)) continue;
      if (owner == test) result.rounds = rounds;
      if (owner != test && IsTest(owner)) others = owner;
    } else if (words.size() == 8 && words[0] == kMaker &&
               absl::CUnescape(words[6], &owner)) {
      MakerGrowth maker;
      maker.growth = GrowthOf(words[1]);
      maker.owner = owner;
      if (owner == test && absl::SimpleAtoi(words[2], &maker.rounds) &&
          absl::SimpleAtoi(words[3], &maker.left_in) &&
          absl::SimpleAtoi(words[4], &maker.left) &&
          absl::SimpleAtoi(words[5], &maker.left_at_first) &&
          absl::CUnescape(words[7], &maker.signature)) {
        result.makers.push_back(maker);
      }
    }
  }
  if (!has_end) {
    result.why_not = "it told nothing";
  } else if (!others.empty()) {
    result.why_not =
        absl::StrCat("its name in a filter fits ", others, ", too");
  } else if (result.rounds < 2) {
    result.why_not = absl::StrCat("alone it came to its end in ", result.rounds,
                                  result.rounds == 1 ? " round" : " rounds");
  }
  return result;
}

RerunResult RunAgain(const std::string& test, int rounds,
                     std::chrono::milliseconds time_limit) {
  RerunResult result;
  Program program = ThisProgramAgain(test, rounds);
  const FreeDescriptor slot;
  const UnseenFile told(UnseenMemfdCreate("leaktrap-rerun", MFD_CLOEXEC));
  if (program.arguments.empty()) errno = ENOENT;
  if (program.arguments.empty() || !told.is_open()) {
    result.why_not = absl::StrCat("it could not be started again: ",
                                  std::generic_category().message(errno));
    return result;
  }
  std::error_code error;
  // The number that this process has in that /proc.
  const std::string self =
      std::filesystem::read_symlink("/proc/self", error).string();
  program.environment.push_back(
      absl::StrCat(kRerunVariable, "=/proc/", self, "/fd/", told.descriptor()));
  const auto start = std::chrono::steady_clock::now();
  const ProcessResult ended = RunProgram(program, {time_limit, kKeptOutput});
  const auto took = std::chrono::steady_clock::now() - start;
  std::string report(told.Size(), '\0');
  if (!told.Read(report.data(), report.size(), 0)) report.clear();
  // What was told counts, however it ended.
  result = ReadRerunReport(report, test);
  result.took = std::chrono::duration_cast<std::chrono::milliseconds>(took);
  if (result.why_not.empty()) return result;
  if (report.empty()) result.why_not = WhyNothingWasTold(ended, time_limit);
  result.output = LastLines(ended.output);
  return result;
}

bool IsRerun() { return !TheStarter().path.empty(); }

Options OptionsOfRerun() {
  return Options().WriteJson("").Confirm(0).UpdateRules(RulesUpdate::kNone);
}

void TellStarter(const GrowthHistory& history) {
  const Starter& starter = TheStarter();
  if (starter.path.empty() || starter.told_by != getpid()) return;
  const FreeDescriptor slot;
  const UnseenFile file(UnseenOpen(starter.path.c_str(), O_WRONLY | O_CLOEXEC));
  if (file.is_open()) file.Write(RerunReport(history));
}

}  // namespace leaktrap::internal
