// From a baseline to a verdict: look, compare, apply the rules, settle.

#ifndef LEAKTRAP_CHECK_VERIFIER_H_
#define LEAKTRAP_CHECK_VERIFIER_H_

#include <chrono>
#include <set>
#include <string>
#include <tuple>
#include <vector>

#include "leaktrap/check/clock.h"
#include "leaktrap/check/early_end_proof.h"
#include "leaktrap/check/judge.h"
#include "leaktrap/check/options.h"
#include "leaktrap/check/settle.h"
#include "leaktrap/check/snapshot.h"
#include "leaktrap/resource/identity.h"
#include "leaktrap/resource/kind.h"
#include "leaktrap/resource/resource.h"

namespace leaktrap::internal {

struct Verdict {
  Judgement judgement;
  Settled settled;
  std::string error;  // why a probe could not look; then there is no judgement
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
  // once, by the innermost scope. What stayed in `scope` (a test's name) for a
  // full linger time is waited for a tenth of it when it is met there again.
  Verdict Check(const std::string& scope, const Snapshot& before,
                const Options& options, std::set<Identity>* reported);

 private:
  using Wait = std::tuple<std::string, Kind, std::string>;

  static Seen Weigh(const std::vector<Identity>& left, const Options& options);
  static bool ChildrenMatter(const std::vector<Identity>& identities);
  static Wait WaitedFor(const std::string& scope, const Resource& resource);

  // Takes out of `*left` what a pattern ignores, which it returns, and what has
  // gone by now.
  std::vector<Identity> TakeIgnored(std::vector<Identity>* left,
                                    const Options& options) const;
  bool OnlyThisProcessChanges(const std::vector<Identity>& identities) const;
  std::chrono::nanoseconds LingerFor(const std::string& scope,
                                     const std::vector<Identity>& left,
                                     const Options& options) const;

  const ProbeSet& probes_;
  Clock& clock_;
  EarlyEndProof& proof_;
  std::set<Wait> waited_for_;
};

}  // namespace leaktrap::internal

#endif  // LEAKTRAP_CHECK_VERIFIER_H_
