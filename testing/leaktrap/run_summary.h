// What the run came to: the line at its end, and rules that nothing needed.

#ifndef LEAKTRAP_RUN_SUMMARY_H_
#define LEAKTRAP_RUN_SUMMARY_H_

#include <chrono>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "leaktrap/check/allowance.h"
#include "leaktrap/check/options.h"
#include "leaktrap/check/verifier.h"
#include "leaktrap/report/json_report.h"

namespace leaktrap::internal {

class RunSummary {
 public:
  void CountTest() { ++tests_; }
  // One that failed or was skipped, and was not judged.
  void CountUncheckedTest() { ++not_checked_; }
  void CountVerdict(const Verdict& verdict);
  // Why waits are short from now on; empty but for the first time that they
  // are.
  std::string NoteOnWaits(const Verdict& verdict);
  // Of every verdict, whether it is the last word or not.
  void CountTime(const Verdict& verdict);

  // Of what a test left; those of one pool are added up.
  void CountGrowth(const std::string& test, const Verdict& verdict);

  // `pool "db" was left with 3 more idle connections: 1 since A.B, 2 since
  // C.D`, a line for each.
  std::vector<std::string> GrownPools() const;

  // The rules of `options` were in force `where` ("file.cc:12"; empty for the
  // whole program), perhaps not for the first time.
  void CountRules(const Options& options, const std::string& where);

  // The same of what scopes said of themselves, where it stands.
  void CountRules(const std::vector<Allowance>& allowances);

  // Those that have matched nothing so far, a line each.
  std::vector<std::string> UnusedRules() const;

  // Whether it was looked each time and nothing was found that nobody forgives.
  bool FoundNothing() const {
    return leaks_ == 0 && exceeded_ == 0 && unmet_ == 0 && errors_ == 0;
  }

  // "12 tests checked, 3 leaks, 1 tolerated, 2 unused rules, 3.1ms looking,
  // 34s waited, 30s of it in vain".
  // Rules are counted only after all tests: the others may need them.
  std::string Line(bool all_tests_ran) const;

  // The same for the JSON report.
  JsonSummary ForJson(bool all_tests_ran) const;

 private:
  int tests_ = 0;
  int not_checked_ = 0;
  int leaks_ = 0;
  int tolerated_ = 0;
  int exceeded_ = 0;
  int unmet_ = 0;
  int errors_ = 0;
  std::chrono::nanoseconds waited_{0};
  std::chrono::nanoseconds waited_in_vain_{0};
  std::optional<std::chrono::nanoseconds> waits_cut_to_;
  std::chrono::nanoseconds took_{0};     // all verdicts, waiting and all
  std::chrono::nanoseconds looking_{0};  // the same without waiting
  struct Growth {
    int by = 0;
    std::vector<std::string> tests;  // "2 since A.B"
  };
  std::map<std::string, Growth> grown_pools_;  // by name
  std::map<std::string, bool> rules_;  // whether each has matched something
};

}  // namespace leaktrap::internal

#endif  // LEAKTRAP_RUN_SUMMARY_H_
