// The one verifier of this process, from its configuration to its verdicts.

#ifndef LEAKTRAP_TRAP_H_
#define LEAKTRAP_TRAP_H_

#include <sys/types.h>

#include <memory>
#include <optional>
#include <set>
#include <string>
#include <thread>

#include "gtest/gtest.h"
#include "leaktrap/check/early_end_proof.h"
#include "leaktrap/check/options.h"
#include "leaktrap/check/origin_source.h"
#include "leaktrap/check/scopes.h"
#include "leaktrap/check/snapshot.h"
#include "leaktrap/check/verifier.h"
#include "leaktrap/json_reporter.h"
#include "leaktrap/reporter.h"

namespace leaktrap::internal {

// Driven by the listener (listener.h) and by LeakScope. But for the configuring
// functions, for the thread that runs the tests.
class Trap {
 public:
  // Never destroyed: GoogleTest's listeners may outlive static objects.
  static Trap& Get();

  // Configuration, before RUN_ALL_TESTS().
  void CheckEveryTest();
  void AddProgramOptions(const Options& options);
  // From argv. These win over the environment, which wins over the program's.
  void SetFlagOptions(const Options& options) { flag_options_ = options; }

  // Events.
  void StartProgram();
  void StartIteration(int iteration) { json_.StartIteration(iteration); }
  void StartEnvironments();
  void StartSuite();
  void StartTest();
  void EndTest(const testing::TestInfo& test);
  void EndSuite(const testing::TestSuite& suite);
  void EndEnvironments();
  void EndProgram();

  // Whether it looks at all: not before StartProgram(), not in a forked child,
  // not with every kind switched off, not after it failed to see, not with
  // rules that cannot be kept.
  bool watches() const;

  // Scopes that a test opens. Why none can be opened here and now; empty if one
  // can.
  std::string WhyNoScope() const;
  Scopes::Id OpenScope(const Options& options);
  void CloseScope(Scopes::Id id, const char* file, int line,
                  const Options& options, bool thrown_through);

  // For snapshots as values, also before StartProgram() and outside tests.
  // Why it cannot look; empty if it can, and then the other two may be used.
  std::string GetReady();
  Snapshot Take() const { return verifier_->Baseline(options_); }
  Verdict FindLeaks(const Snapshot& before, const Options& options);

 private:
  Trap();

  // The tests run, nothing looks, and the run fails.
  void LeaveUnchecked(const std::string& why, const std::string& failure);
  bool Watches(Scope scope) const;
  Reporter::Place NewPlace(const char* scope) const;
  Verdict Close(Scopes::Id id, const std::string& name, Reporter::Place* place,
                Scopes::Judged judged = Scopes::Judged::kFinally);

  bool checks_every_test_ = false;
  Options program_options_;
  std::optional<Options> flag_options_;

  // Of the whole program, from the three above.
  Options options_;
  std::optional<std::string> why_not_ready_;  // nothing before GetReady()
  std::set<int> harmless_tids_;
  std::unique_ptr<OriginSource> origins_;  // null if nothing is recorded
  std::string why_not_recorded_;
  std::unique_ptr<ProbeSet> probes_;
  std::unique_ptr<EarlyEndProof> proof_;
  std::unique_ptr<Verifier> verifier_;

  // Of the run. pid_ is zero while nothing is watched.
  pid_t pid_ = 0;
  pid_t program_pid_ = 0;      // where StartProgram() was called
  std::string why_unchecked_;  // empty unless the run fails by it
  std::thread::id testing_thread_;
  std::optional<Scopes> scopes_;
  Scopes::Id run_scope_ = 0;  // around that of the program
  Scopes::Id program_scope_ = 0;
  Scopes::Id suite_scope_ = 0;
  Scopes::Id test_scope_ = 0;
  Scopes::Id first_scope_in_test_ = 0;
  JsonReporter json_;
  Reporter reporter_{&json_};
};

}  // namespace leaktrap::internal

#endif  // LEAKTRAP_TRAP_H_
