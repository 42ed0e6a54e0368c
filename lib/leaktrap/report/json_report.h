// A verdict as JSON: one entry of the report that docs/json.md describes.

#ifndef LEAKTRAP_REPORT_JSON_REPORT_H_
#define LEAKTRAP_REPORT_JSON_REPORT_H_

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "leaktrap/check/growth.h"
#include "leaktrap/check/options.h"
#include "leaktrap/check/verifier.h"
#include "leaktrap/resource/kind.h"

namespace leaktrap::internal {

// To be raised when a reader of the version before would misread what is
// written; a new field is no reason.
inline constexpr int kJsonVersion = 1;

struct JsonRun {
  std::string program;  // a path
  int64_t pid = 0;
  int64_t started_ms = 0;  // since 1970
  std::string target;      // Bazel's label; empty where there is none
  int shard = 0;           // from 1; 0 where there are none
  int shards = 0;
  bool recorded = false;  // whether creating calls are recorded
  std::map<Kind, Mode> modes;
};

// What a report begins with, up to the bracket that opens its entries.
std::string JsonHead(const JsonRun& run);

// What a verdict is about, and what became of it.
struct JsonSubject {
  std::string entry;  // "test", "suite", "program", "run" or "scope"
  std::string suite;  // empty where there is none, as are the next three
  std::string test;
  std::string file;
  int line = 0;

  int iteration = 0;         // of --gtest_repeat, from 0
  std::string only_noted;    // why nothing fails by it; empty if it does
  std::string confirmed;     // what running the test again showed
  bool strict = false;       // releases fail
  bool is_last_word = true;  // false: the scope around judges it again
};

// Whether nothing was found: then no report says more than that.
bool HasNothingToTell(const Verdict& verdict);

// One JSON object on one line, like the next two. Looks up functions and lines
// only of what the console shows with its stack: not for a verdict that has
// nothing to tell, nor for what is tolerated.
std::string JsonEntry(const JsonSubject& subject, const Verdict& verdict);

// Nothing could be looked at, because of `error`.
std::string JsonError(const std::string& error);

struct JsonSummary {
  int tests = 0;
  int not_checked = 0;  // tests, too
  int leaks = 0;
  int tolerated = 0;
  int exceeded = 0;
  int unmet = 0;
  std::chrono::nanoseconds waited{0};
  std::chrono::nanoseconds waited_in_vain{0};
  std::optional<std::chrono::nanoseconds> waits_cut_to;
  std::chrono::nanoseconds took{0};
  bool all_tests_ran = false;
  std::vector<std::string> unused_rules;  // of interest if all tests ran
  std::vector<MakerGrowth> makers;        // of a run of several rounds
};

std::string JsonEntry(const JsonSummary& summary);

}  // namespace leaktrap::internal

#endif  // LEAKTRAP_REPORT_JSON_REPORT_H_
