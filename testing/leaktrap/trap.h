// The one verifier of this process, and what it knows of the running test.

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
#include "leaktrap/check/snapshot.h"
#include "leaktrap/check/verifier.h"
#include "leaktrap/resource/identity.h"

namespace leaktrap::internal {

// Driven by the listener (listener.h). But for the configuring functions, for
// the thread that runs the tests.
class Trap {
 public:
  // Never destroyed: GoogleTest's listeners may outlive static objects.
  static Trap& Get();

  // Configuration, before RUN_ALL_TESTS().
  void CheckEveryTest() { checks_every_test_ = true; }
  void AddProgramOptions(const Options& options);
  // From argv. These win over the environment, which wins over the program's.
  void SetFlagOptions(const Options& options) { flag_options_ = options; }

  // Events.
  void StartProgram();
  void StartIteration();
  void StartTest(const testing::TestInfo& test);
  void EndTest(const testing::TestInfo& test);
  void EndIteration();

  // Whether it looks at all: not before StartProgram(), not in a forked child,
  // not with every kind switched off, not after it failed to see.
  bool watches() const;

  // Scopes. Why none can be opened here and now; empty if one can.
  std::string WhyNoScope() const;
  // What holds for the whole program.
  const Options& options() const { return options_; }
  Snapshot Baseline(const Options& options) const;
  void EndScope(const char* file, int line, const Snapshot& before,
                const Options& options, bool thrown_through);

 private:
  Trap() = default;

  bool FailedByItself(const testing::TestResult& result) const;
  Verdict CheckSince(const std::string& scope, const Snapshot& before,
                     const Options& options);
  void Conclude(const std::string& owner, const char* file, int line,
                const std::string& why_only_noted, const Verdict& verdict);
  void Raise(const char* file, int line, const std::string& message);

  bool checks_every_test_ = false;
  Options program_options_;
  std::optional<Options> flag_options_;

  // Set by StartProgram(). options_ are the three above in one; pid_ is zero
  // while nothing is watched.
  Options options_;
  pid_t pid_ = 0;
  std::thread::id testing_thread_;
  std::unique_ptr<ProbeSet> probes_;
  std::unique_ptr<EarlyEndProof> proof_;
  std::unique_ptr<Verifier> verifier_;

  // Of the running test.
  Snapshot before_;
  std::set<Identity> reported_;
  int raised_ = 0;  // failures that are Leaktrap's
};

}  // namespace leaktrap::internal

#endif  // LEAKTRAP_TRAP_H_
