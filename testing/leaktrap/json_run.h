// Which run a JSON report is of, and where it goes: what Bazel and GoogleTest
// say in the environment.

#ifndef LEAKTRAP_JSON_RUN_H_
#define LEAKTRAP_JSON_RUN_H_

#include <optional>
#include <string>

#include "leaktrap/check/options.h"
#include "leaktrap/report/json_report.h"

namespace leaktrap::internal {

// An absolute path without symbolic links; empty if there is to be no report.
// `asked` is what the user asked for: a path, or none by an empty one. Where
// nothing was asked it is leaktrap.json among the outputs that Bazel keeps of a
// test (TEST_UNDECLARED_OUTPUTS_DIR). In a run of shards each has a file of its
// own: "leaktrap-shard-1-of-3.json".
std::string JsonPath(const std::optional<std::string>& asked);

// `path`, or beside it "leaktrap-pid-4711.json" where there is such a file: a
// test may run a program that has tests of its own, whose report would come
// into the same place.
std::string PathBesideOthers(const std::string& path);

// This process, from now on. `recorded`: whether creating calls are.
JsonRun ThisJsonRun(const Options& options, bool recorded);

}  // namespace leaktrap::internal

#endif  // LEAKTRAP_JSON_RUN_H_
