// From a baseline to a verdict: look, compare, apply the rules, settle.

#ifndef LEAKTRAP_CHECK_VERIFIER_H_
#define LEAKTRAP_CHECK_VERIFIER_H_

#include <chrono>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "leaktrap/check/clock.h"
#include "leaktrap/check/early_end_proof.h"
#include "leaktrap/check/judge.h"
#include "leaktrap/check/options.h"
#include "leaktrap/check/settle.h"
#include "leaktrap/check/snapshot.h"
#include "leaktrap/resource/identity.h"
#include "leaktrap/resource/resource.h"

namespace leaktrap::internal {

struct Verdict {
  // Why it could not be looked, or not everywhere; then the judgement is only
  // of what was seen.
  std::string error;
  Judgement judgement;
  // What was new at the last look, and not there long enough to be a leak.
  std::vector<Resource> passing;
  std::vector<std::string> exceeded;  // limits on pools, a line each
  bool limits_only_reported = false;  // connections are in Mode::kReport
  Settled settled;
};

// 2 s, and more where everything is slower: under sanitizers and Valgrind.
std::chrono::nanoseconds DefaultLinger();

// To be used by one thread.
class Verifier {
 public:
  // None is owned; all must outlive the verifier.
  Verifier(const ProbeSet* probes, Clock* clock, EarlyEndProof* proof)
      : probes_(*probes), clock_(*clock), proof_(*proof) {}

  Snapshot Baseline(const Options& options) const {
    return probes_.Take(options);
  }

  // Judges what came to be since `before` and is not in `*reported`, and enters
  // there all that it judged, what it forgave too: each resource is judged
  // once, by the innermost scope. A kind of descriptor that stayed in `scope`
  // (a test's name; not if it is empty) for a full linger time is waited for a
  // tenth of it when it is met there again.
  Verdict Check(const std::string& scope, const Snapshot& before,
                const Options& options, const Budget& budget,
                std::set<Identity>* reported);

 private:
  static bool ChildrenMatter(const std::vector<Identity>& identities);
  bool OnlyThisProcessChanges(const std::vector<Identity>& identities) const;

  // Takes out of `*left` what a pattern ignores, and returns it.
  std::vector<Identity> TakeIgnored(std::vector<Identity>* left,
                                    const Options& options) const;

  // What a report says of those that are still there.
  std::vector<Resource> Describe(const std::vector<Identity>& identities,
                                 const Options& options) const;

  std::chrono::nanoseconds LingerFor(const std::string& scope,
                                     const std::vector<Identity>& left,
                                     const Options& options) const;

  const ProbeSet& probes_;
  Clock& clock_;
  EarlyEndProof& proof_;
  // Scope and likeness of descriptors that were waited for in full and stayed.
  std::set<std::pair<std::string, std::string>> waited_for_;
};

}  // namespace leaktrap::internal

#endif  // LEAKTRAP_CHECK_VERIFIER_H_
