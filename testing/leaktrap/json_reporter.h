// The JSON report of this process: which run it is of, and its entries.

#ifndef LEAKTRAP_JSON_REPORTER_H_
#define LEAKTRAP_JSON_REPORTER_H_

#include <memory>
#include <string>

#include "leaktrap/check/options.h"
#include "leaktrap/check/verifier.h"
#include "leaktrap/json_output.h"
#include "leaktrap/report/json_report.h"

namespace leaktrap::internal {

// For the testing thread. Does nothing before Start(), where there is to be no
// report, and in a forked child: that leaves the report to its parent.
class JsonReporter {
 public:
  // A run of all tests begins. The entries of a second one in this process
  // follow those of the first. `recorded`: whether creating calls are.
  void Start(const Options& options, bool recorded);
  void StartIteration(int iteration) { iteration_ = iteration; }

  // The running test, its suite and the iteration are put into `subject`.
  void Tell(JsonSubject subject, const Verdict& verdict);
  void TellError(const std::string& error);
  void TellSummary(const JsonSummary& summary);

  // Writes what waits.
  void Flush();

  // Whether there is to be a report, and by this process.
  bool Writes() const;

  // Why the report lacks entries, in words for a failure; empty if it does not.
  // It was printed when it came to be so.
  std::string Problem() const;

  // Whether somebody wants the report, or it is only Bazel's custom: that must
  // not fail a run.
  bool is_asked_for() const { return is_asked_for_; }

 private:
  void Add(const std::string& entry, JsonOutput::When when);
  void PrintProblemOnce();

  int iteration_ = 0;
  std::string path_;  // as options and environment want it
  bool is_asked_for_ = false;
  std::unique_ptr<JsonOutput> output_;  // null if there is to be none
  bool problem_printed_ = false;
};

}  // namespace leaktrap::internal

#endif  // LEAKTRAP_JSON_REPORTER_H_
