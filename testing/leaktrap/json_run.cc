#include "leaktrap/json_run.h"

#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <optional>
#include <string>
#include <system_error>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "leaktrap/check/options.h"
#include "leaktrap/report/json_report.h"
#include "leaktrap/resource/kind.h"
#include "leaktrap/variable.h"

namespace leaktrap::internal {
namespace {

namespace fs = std::filesystem;

struct Shard {
  int number = 0;  // from 1; 0 where there are none
  int total = 0;
};

// Bazel sets both, GoogleTest reads its own.
Shard ShardOfRun() {
  for (const std::string prefix : {"GTEST_", "TEST_"}) {
    int index = 0;
    int total = 0;
    if (absl::SimpleAtoi(Variable((prefix + "SHARD_INDEX").c_str()), &index) &&
        absl::SimpleAtoi(Variable((prefix + "TOTAL_SHARDS").c_str()), &total) &&
        total > 1) {
      return {index + 1, total};
    }
  }
  return {};
}

}  // namespace

std::string JsonPath(const std::optional<std::string>& asked) {
  const std::string outputs = Variable("TEST_UNDECLARED_OUTPUTS_DIR");
  if (asked.has_value() ? asked->empty() : outputs.empty()) return "";
  fs::path path = asked.has_value() ? *asked : outputs + "/leaktrap.json";
  if (const Shard shard = ShardOfRun(); shard.total > 0) {
    path.replace_filename(absl::StrCat(path.stem().string(), "-shard-",
                                       shard.number, "-of-", shard.total,
                                       path.extension().string()));
  }
  // Now: a test may change the current directory.
  std::error_code error;
  path = fs::absolute(path, error);
  const fs::path canonical = fs::weakly_canonical(path, error);
  return error ? path.string() : canonical.string();
}

std::string PathBesideOthers(const std::string& path) {
  std::error_code error;
  if (!fs::exists(path, error)) return path;
  const fs::path taken = path;
  return (taken.parent_path() / absl::StrCat(taken.stem().string(), "-pid-",
                                             getpid(),
                                             taken.extension().string()))
      .string();
}

JsonRun ThisJsonRun(const Options& options, bool recorded) {
  JsonRun run;
  std::error_code error;
  run.program = fs::read_symlink("/proc/self/exe", error).string();
  run.target = Variable("TEST_TARGET");
  const Shard shard = ShardOfRun();
  run.shard = shard.number;
  run.shards = shard.total;
  run.pid = getpid();
  run.started_ms = std::chrono::duration_cast<std::chrono::milliseconds>(
                       std::chrono::system_clock::now().time_since_epoch())
                       .count();
  run.recorded = recorded;
  for (Kind kind : kAllKinds) run.modes[kind] = options.mode(kind);
  return run;
}

}  // namespace leaktrap::internal
