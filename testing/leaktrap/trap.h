// The one verifier of this process, from its configuration to its verdicts.

#ifndef LEAKTRAP_TRAP_H_
#define LEAKTRAP_TRAP_H_

#include <sys/types.h>

#include <optional>
#include <string>
#include <thread>

#include "gtest/gtest.h"
#include "leaktrap/check/allowance.h"
#include "leaktrap/check/options.h"
#include "leaktrap/check/quick_look.h"
#include "leaktrap/check/scopes.h"
#include "leaktrap/check/snapshot.h"
#include "leaktrap/check/verifier.h"
#include "leaktrap/json_reporter.h"
#include "leaktrap/lookout.h"
#include "leaktrap/reporter.h"
#include "leaktrap/rules_keeper.h"

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
  void SetFlagOptions(const Options& options) {
    lookout_.SetFlagOptions(options);
  }

  // Events.
  void StartProgram();
  void StartIteration(int iteration);
  void StartEnvironments();
  void StartSuite(const testing::TestSuite& suite);
  void StartTest(const testing::TestInfo& test);
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

  // What a scope may leave, said in it. Why nothing can be said here and now;
  // empty if it can, or if nothing is to be checked at all.
  std::string WhyNoAllowance() const;
  void Allow(const Allowance& allowance) { scopes_->Allow(allowance); }

  // For snapshots as values, also before StartProgram() and outside tests.
  Lookout& lookout() { return lookout_; }

 private:
  Trap() = default;

  // The tests run, nothing looks, and the run fails.
  void LeaveUnchecked(const std::string& why, const std::string& failure);
  const Options& options() const { return lookout_.options(); }
  bool Watches(Scope scope) const;
  static std::string NameOf(const testing::TestInfo& test);  // "Suite.Name"
  void JudgeEnvironments();
  Reporter::Place NewPlace(const char* scope) const;
  // Nothing fails by what a thread makes that is charged to somebody, so only
  // who fails is charged.
  void ChargeThreads(const std::string& name, const Reporter::Place& place,
                     const Verdict& verdict);
  // Judges, and charges.
  Verdict Close(Scopes::Id id, const std::string& name,
                const Reporter::Place& place);

  bool checks_every_test_ = false;
  Lookout lookout_;

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
  std::string test_name_;  // as NameOf() gives it
  Scopes::Id first_scope_in_test_ = 0;
  Since since_look_ = Since::kTest;  // since the end of the test before
  JsonReporter json_;
  Reporter reporter_{&json_};
  RulesKeeper rules_;
  bool is_last_round_ = false;  // of --gtest_repeat
  int ended_tests_ = 0;         // in this round
};

}  // namespace leaktrap::internal

#endif  // LEAKTRAP_TRAP_H_
