// Leaks are confirmed by running their test again, alone: what is made on first
// use and kept is no leak.

#ifndef LEAKTRAP_CONFIRM_H_
#define LEAKTRAP_CONFIRM_H_

#include <chrono>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "leaktrap/check/options.h"
#include "leaktrap/check/verifier.h"
#include "leaktrap/rerun.h"

namespace leaktrap::internal {

// Of one run of all tests, for the thread that runs them.
class Confirmer {
 public:
  // As RunAgain().
  using Run = std::function<RerunResult(const std::string& test, int rounds,
                                        std::chrono::milliseconds time_limit)>;

  // So many tests are run again, and none once that took so long; the leaks of
  // the others fail unconfirmed.
  static constexpr int kMostTests = 20;
  static constexpr std::chrono::seconds kMostTime{60};

  explicit Confirmer(Run run = RunAgain) : run_(std::move(run)) {}

  struct Outcome {
    // For the report of the leaks that stay, a line each, and each begins with
    // a newline.
    std::string remarks;
    // On each maker of first use.
    std::vector<std::string> notes;
  };

  // Runs `test` ("Suite.Name") again if `options` ask for it and leaks in
  // `*verdict` would fail it. `took` is how long it took here. What turns out
  // to be made on first use is tolerated from then on.
  Outcome Confirm(const std::string& test, std::chrono::milliseconds took,
                  const Options& options, Verdict* verdict);

  // What is to be said at the end of the run; may be empty.
  std::string Note() const;

 private:
  // Why no test is run again any more; empty if some may be.
  std::string WhyNoMore() const;

  Run run_;
  int run_again_ = 0;
  std::chrono::milliseconds took_{0};  // all that were
  int not_run_again_ = 0;
  // The test that a maker was met in first. The next time is no first use.
  std::map<std::string, std::string> met_;
};

}  // namespace leaktrap::internal

#endif  // LEAKTRAP_CONFIRM_H_
