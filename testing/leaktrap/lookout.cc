#include "leaktrap/lookout.h"

#include <unistd.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_join.h"
#include "leaktrap/check/clock.h"
#include "leaktrap/check/early_end_proof.h"
#include "leaktrap/check/options.h"
#include "leaktrap/check/probe_set.h"
#include "leaktrap/check/reported.h"
#include "leaktrap/check/run_all.h"
#include "leaktrap/check/scopes.h"
#include "leaktrap/check/self_check.h"
#include "leaktrap/check/snapshot.h"
#include "leaktrap/check/tsan_thread.h"
#include "leaktrap/check/verifier.h"
#include "leaktrap/flags.h"
#include "leaktrap/probe/connection_probe.h"
#include "leaktrap/probe/descriptor_probe.h"
#include "leaktrap/probe/probe.h"
#include "leaktrap/probe/process_probe.h"
#include "leaktrap/probe/thread_probe.h"
#include "leaktrap/recorded_origins.h"
#include "leaktrap/rerun.h"
#include "leaktrap/rules_keeper.h"

namespace leaktrap::internal {
namespace {

std::unique_ptr<ProbeSet> AllProbes(OriginSource* origins) {
  std::vector<std::unique_ptr<Probe>> built_in;
  built_in.push_back(NewThreadProbe());
  built_in.push_back(NewDescriptorProbe());
  built_in.push_back(NewConnectionProbe());
  built_in.push_back(NewProcessProbe());
  return std::make_unique<ProbeSet>(std::move(built_in), UserProbes, origins);
}

}  // namespace

Lookout::Lookout() : harmless_tids_(WakeTsanThread()) {}

std::string Lookout::GetReady() {
  if (why_not_ready_.has_value()) return *why_not_ready_;
  options_ = program_options_;
  options_.Append(OptionsFromEnvironment());
  options_.Append(flag_options_.has_value() ? *flag_options_
                                            : OptionsFromCommandLine());
  if (IsRerun()) options_.Append(OptionsOfRerun());
  SettleRules(&options_);
  // A forked child has other numbers in /proc.
  if (std::exchange(made_by_, getpid()) != getpid()) {
    origins_ = StartRecording(options_, &why_not_recorded_);
    probes_ = AllProbes(origins_.get());
    proof_ = NewEarlyEndProof(harmless_tids_);
    verifier_ =
        std::make_unique<Verifier>(probes_.get(), &SystemClock(), proof_.get());
  }
  why_not_ready_ = options_.errors().empty()
                       ? SelfCheck(*probes_, options_)
                       : absl::StrJoin(options_.errors(), "\n");
  return *why_not_ready_;
}

Verdict Lookout::FindLeaks(const Snapshot& before, const Options& options) {
  Options all = options_;
  all.Append(options);
  Reported reported;
  Verdict verdict;
  verdict.error =
      RunAll(all.before_check(), "the function given to BeforeCheck");
  if (verdict.error.empty()) {
    verdict = verifier_->Check("", before, all, Budget(), &reported);
  }
  return verdict;
}

}  // namespace leaktrap::internal
