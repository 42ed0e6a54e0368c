// All that looking takes: the options of the whole program, the recorder, the
// probes, and the verifier over them.

#ifndef LEAKTRAP_LOOKOUT_H_
#define LEAKTRAP_LOOKOUT_H_

#include <sys/types.h>

#include <memory>
#include <optional>
#include <set>
#include <string>

#include "leaktrap/check/early_end_proof.h"
#include "leaktrap/check/options.h"
#include "leaktrap/check/origin_source.h"
#include "leaktrap/check/probe_set.h"
#include "leaktrap/check/snapshot.h"
#include "leaktrap/check/verifier.h"

namespace leaktrap::internal {

// For the thread that runs the tests. What it is made of is made once, and kept
// for as long as the process runs.
class Lookout {
 public:
  // By a static initialiser: once the program has created a thread,
  // ThreadSanitizer's own cannot be told from it.
  Lookout();

  // From argv, these win over the environment, which wins over the program's.
  void AddProgramOptions(const Options& options) {
    program_options_.Append(options);
  }
  void SetFlagOptions(const Options& options) { flag_options_ = options; }

  // Why it cannot look; empty if it can. Then, and only then, the functions
  // below may be used. Asked again, it says the same, until Renew().
  std::string GetReady();
  // Options may have been added since.
  void Renew() { why_not_ready_.reset(); }

  // Of the whole program.
  const Options& options() const { return options_; }
  Snapshot Take() const { return verifier_->Baseline(options_); }

  // The next look at a test, suite or program lists everything.
  void ListNext() { probes_->ListNext(); }

  // Quick looks rely on no records, since nothing is looked at in the end.
  void DistrustRecords() { probes_->DistrustRecords(); }

  Verdict FindLeaks(const Snapshot& before, const Options& options);
  Verifier* verifier() const { return verifier_.get(); }

  // Threads that nobody made and that touch nothing: ThreadSanitizer's own.
  const std::set<int>& harmless_tids() const { return harmless_tids_; }

  bool records() const { return origins_ != nullptr; }
  // Empty if it does, or was told not to.
  const std::string& why_not_recorded() const { return why_not_recorded_; }

 private:
  const std::set<int> harmless_tids_;
  Options program_options_;
  std::optional<Options> flag_options_;
  Options options_;  // of the two above and the environment
  std::optional<std::string> why_not_ready_;  // nothing before GetReady()
  std::unique_ptr<OriginSource> origins_;     // null if nothing is recorded
  std::string why_not_recorded_;
  pid_t made_by_ = 0;  // the process that made the following
  std::unique_ptr<ProbeSet> probes_;
  std::unique_ptr<EarlyEndProof> proof_;
  std::unique_ptr<Verifier> verifier_;
};

}  // namespace leaktrap::internal

#endif  // LEAKTRAP_LOOKOUT_H_
