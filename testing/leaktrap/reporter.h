// What becomes of a verdict: a failure now, one at the end, or a note.

#ifndef LEAKTRAP_REPORTER_H_
#define LEAKTRAP_REPORTER_H_

#include <string>
#include <vector>

#include "gtest/gtest.h"
#include "leaktrap/check/options.h"
#include "leaktrap/check/verifier.h"
#include "leaktrap/confirm.h"
#include "leaktrap/github_reporter.h"
#include "leaktrap/json_reporter.h"
#include "leaktrap/rounds.h"
#include "leaktrap/run_summary.h"
#include "leaktrap/xml_properties.h"

namespace leaktrap::internal {

// Of one run of all tests.
class Reporter {
 public:
  struct Place {
    const char* file = nullptr;
    int line = -1;
    std::string why_only_noted;  // empty: it fails
    bool has_failed = false;     // by itself: the run fails whatever it left
    // GoogleTest has no place for it before the environments are torn down:
    // it is kept for RaiseHeld().
    bool hold = false;
    bool counts = true;  // in the summary
    bool strict = false;
    const char* scope = "";        // as in JsonSubject::entry
    Confirmer::Outcome confirmed;  // what running it again showed

    std::string LineText() const;  // "file.cc:12"; empty without a file
  };

  // `json` is not owned and must outlive the reporter.
  explicit Reporter(JsonReporter* json) : json_(json) {}

  void StartTest() {
    raised_in_test_ = 0;
    xml_properties_.StartTest();
  }

  // Why the leaks of a test that has come so far are only noted; empty if they
  // fail it. Its own failure is not to be hidden behind Leaktrap's.
  std::string WhyOnlyNoted(const testing::TestResult& result) const;

  // What becomes of the leaks of such a test.
  static Mode PolicyFor(const testing::TestResult& result,
                        const Options& options);

  // Tells all that `verdict` has, on account of `owner`.
  void Conclude(const std::string& owner, const Place& place,
                const Verdict& verdict);

  // Fails by what is no leak.
  void Fail(const Place& place, const std::string& message);

  void RaiseHeld();

  // Fails the run if a JSON report that was asked for lacks entries.
  void RaiseJsonProblem() const;

  RunSummary& summary() { return summary_; }
  Rounds& rounds() { return rounds_; }

  // Runs a test again, alone, if its leaks are to be confirmed (confirm.h);
  // ahead of Conclude().
  void Confirm(const testing::TestInfo& test, const std::string& name,
               const Options& options, Verdict* verdict, Place* place);

  // At the end of a run: what its rounds came to.
  void ConcludeRounds() const;
  const GithubReporter& github() const { return github_; }

 private:
  static void ReportReleases(const std::string& owner, const Verdict& verdict,
                             bool strict, std::vector<std::string>* reports);

  void ReportUnmet(const std::string& owner, const Place& place,
                   const Verdict& verdict);

  struct Held {
    std::string file;  // empty if there is none
    int line;
    std::string message;
  };

  // A failure or a note, as `place` says; whether it is a failure.
  bool Report(const Place& place, const std::string& report);
  void Raise(const Place& place, const std::string& message);
  void CountRound(const std::string& owner, const Place& place,
                  const Verdict& verdict);
  void TellJson(const Place& place, const Verdict& verdict) const;

  int raised_in_test_ = 0;
  std::vector<Held> held_;
  RunSummary summary_;
  Rounds rounds_;
  Confirmer confirmer_;
  XmlProperties xml_properties_;
  GithubReporter github_;
  JsonReporter* json_;
};

}  // namespace leaktrap::internal

#endif  // LEAKTRAP_REPORTER_H_
