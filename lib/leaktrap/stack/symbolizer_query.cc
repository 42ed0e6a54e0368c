#include "leaktrap/stack/symbolizer_query.h"

#include <algorithm>
#include <chrono>
#include <cstring>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "leaktrap/stack/symbolizer_output.h"
#include "leaktrap/stack/unseen_process.h"

namespace leaktrap::internal {
namespace {

using Clock = std::chrono::steady_clock;
using Dialect = SymbolizerCommand::Dialect;

// Room for what an honest symbolizer writes: names of templates are long, and
// inlined calls deep.
constexpr uint64_t kBytesAtLeast = 1 << 20;
constexpr uint64_t kBytesEach = 1 << 14;

// Questions of one run of the program, and which places they are about.
struct Batch {
  std::vector<std::string> arguments;
  std::string input;
  std::vector<size_t> places;
};

std::string Hex(uintptr_t offset) {
  return absl::StrCat("0x", absl::Hex(offset));
}

// A path as llvm-symbolizer reads it, which knows no escapes; empty if it
// cannot be written.
std::string Quoted(const std::string& path) {
  for (const char* quote : {"\"", "'"}) {
    if (path.find_first_of(std::string(quote) + "\n\r") == std::string::npos) {
      return quote + path + quote;
    }
  }
  return "";
}

std::vector<Batch> BatchesForLlvm(const SymbolizerCommand& command,
                                  const std::vector<ModuleOffset>& places) {
  Batch batch;
  batch.arguments = {command.path, "--inlines", "--functions=linkage",
                     "--no-demangle"};
  for (size_t i = 0; i < places.size(); ++i) {
    const std::string path = Quoted(places[i].path);
    if (path.empty()) continue;
    batch.input += path + " " + Hex(places[i].offset) + "\n";
    batch.places.push_back(i);
  }
  if (batch.places.empty()) return {};
  return {std::move(batch)};
}

// It reads one file a run.
std::vector<Batch> BatchesForAddr2line(
    const SymbolizerCommand& command, const std::vector<ModuleOffset>& places) {
  std::map<std::string, Batch> by_path;
  for (size_t i = 0; i < places.size(); ++i) {
    Batch& batch = by_path[places[i].path];
    batch.input += Hex(places[i].offset) + "\n";
    batch.places.push_back(i);
  }
  std::vector<Batch> batches;
  for (auto& [path, batch] : by_path) {
    batch.arguments = {command.path, "-a", "-f", "-i", "-e", path};
    batches.push_back(std::move(batch));
  }
  return batches;
}

// Why a run gave nothing that can be read.
SymbolizerAnswer Failure(const SymbolizerCommand& command,
                         const ProcessResult& result,
                         std::chrono::milliseconds time_limit) {
  using End = ProcessResult::End;
  SymbolizerAnswer answer;
  const std::string& path = command.path;
  switch (result.end) {
    case End::kExited:
      answer.failure = absl::StrCat(path, " answered what cannot be read (",
                                    result.output.size(), " bytes, exit code ",
                                    result.code, ")");
      break;
    case End::kKilled:
      answer.failure = absl::StrCat(path, " was killed by signal ", result.code,
                                    " (", strsignal(result.code), ")");
      break;
    case End::kTimedOut:
      answer.failure =
          absl::StrCat(path, " did not end within ", time_limit.count(), " ms");
      answer.timed_out = true;
      break;
    case End::kNotStarted:
      answer.failure = absl::StrCat(
          path, " could not be started: ", std::strerror(result.code));
      break;
    case End::kNoMeans:
      answer.failure = absl::StrCat("no process could be made for ", path, ": ",
                                    std::strerror(result.code));
      answer.may_work_later = true;
      break;
  }
  return answer;
}

}  // namespace

SymbolizerAnswer AskSymbolizer(const SymbolizerCommand& command,
                               const std::vector<ModuleOffset>& places,
                               std::chrono::milliseconds time_limit) {
  const Clock::time_point deadline = Clock::now() + time_limit;
  const bool is_llvm = command.dialect == Dialect::kLlvmSymbolizer;
  SymbolizerAnswer answer;
  answer.frames.emplace(places.size(), std::vector<Frame>(1));
  for (const Batch& batch : is_llvm ? BatchesForLlvm(command, places)
                                    : BatchesForAddr2line(command, places)) {
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(
        deadline - Clock::now());
    const size_t questions = batch.places.size();
    const ProcessLimits limits = {
        std::max(left, std::chrono::milliseconds(0)),
        std::max(kBytesAtLeast, kBytesEach * questions)};
    const ProcessResult result =
        RunProcess(batch.arguments, batch.input, limits);
    std::optional<std::vector<std::vector<Frame>>> frames;
    if (result.end == ProcessResult::End::kExited) {
      frames = is_llvm ? ReadLlvmSymbolizerOutput(result.output, questions)
                       : ReadAddr2lineOutput(result.output, questions);
    }
    if (!frames) return Failure(command, result, time_limit);
    for (size_t i = 0; i < questions; ++i) {
      (*answer.frames)[batch.places[i]] = std::move((*frames)[i]);
    }
  }
  return answer;
}

}  // namespace leaktrap::internal
