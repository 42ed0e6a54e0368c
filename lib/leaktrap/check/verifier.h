// From a baseline to a verdict: look, compare, apply the rules, settle.

#ifndef LEAKTRAP_CHECK_VERIFIER_H_
#define LEAKTRAP_CHECK_VERIFIER_H_

#include <chrono>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "leaktrap/check/allowance.h"
#include "leaktrap/check/clock.h"
#include "leaktrap/check/early_end_proof.h"
#include "leaktrap/check/judge.h"
#include "leaktrap/check/options.h"
#include "leaktrap/check/origin_source.h"
#include "leaktrap/check/patience.h"
#include "leaktrap/check/probe_set.h"
#include "leaktrap/check/quick_look.h"
#include "leaktrap/check/reported.h"
#include "leaktrap/check/settle.h"
#include "leaktrap/check/snapshot.h"
#include "leaktrap/resource/identity.h"
#include "leaktrap/resource/origin.h"
#include "leaktrap/resource/resource.h"

namespace leaktrap::internal {

// A descriptor that was closed in a scope that had not made it.
struct ForeignRelease {
  Identity identity;
  std::optional<Release> release;  // nothing if it was not recorded
};

// A leak that was reported, and has gone since.
struct LateRelease {
  std::string text;   // what it was
  std::string owner;  // who had left it behind
  // At most so long after it was reported; it was there when that was.
  std::chrono::nanoseconds within{0};
  Identity identity = {};
};

// A pool that keeps connections for the next user: by how many more than
// before, and how many these are now.
struct PoolGrowth {
  std::string pool;
  int by = 0;
  int idle = 0;
};

struct Verdict {
  // Why it could not be looked, or not everywhere; then the judgement is only
  // of what was seen.
  std::string error;
  Judgement judgement;

  // What was new at the last look, and is no leak of this scope's: it was not
  // there long enough, or a thread made it that another scope left behind, or
  // it took the place of what the same call had made.
  std::vector<Resource> passing;
  std::vector<Resource> charged_elsewhere;
  std::vector<Resource> replacing;

  // Pools that keep more idle connections than before.
  std::vector<PoolGrowth> growth;

  // What had been there before the scope, and was gone at the last look; but
  // for what was reported before, or was replaced.
  std::vector<Identity> gone;
  Snapshot last_look;

  // Of the scopes that Leaktrap opens itself.
  std::vector<ForeignRelease> foreign_releases;
  std::vector<Release> repeated_releases;
  std::vector<LateRelease> late;

  // What a scope that said how many it leaves had to leave, and did not; what
  // nobody could look at of that; what it left more, a line each.
  std::vector<Unmet> unmet;
  std::vector<Unmet> unchecked;
  std::vector<std::string> surplus;
  // All that it said, for the list of rules.
  std::vector<Allowance> allowances;

  std::vector<std::string> exceeded;  // limits on pools, a line each
  bool limits_only_reported = false;  // connections are in Mode::kReport
  Settled settled;

  // What the scope's looks and its judgement took, that where it began too,
  // with what was waited in between.
  std::chrono::nanoseconds took{0};

  // It was not judged at all (Scopes::Disregard).
  bool is_disregarded() const { return settled.ended == Ended::kNotJudged; }

  // What was waited for leaks that are still there.
  std::chrono::nanoseconds waited_in_vain{0};
  // How long such a wait takes from now on, since as much was waited in vain as
  // may be (Options::WaitInTotal). Nothing before that.
  std::optional<std::chrono::nanoseconds> waits_from_now_on;
};

// 2 s, and more where everything is slower: under sanitizers and Valgrind.
std::chrono::nanoseconds DefaultLinger();

// To be used by one thread.
class Verifier {
 public:
  // None is owned; all must outlive the verifier.
  Verifier(ProbeSet* probes, Clock* clock, EarlyEndProof* proof)
      : probes_(*probes), clock_(*clock), proof_(*proof) {}

  // What may have run since the last quick look; nothing for a plain look,
  // which lists everything and finds also what raw system calls have swapped
  // just now.
  using QuickAfter = std::optional<Since>;

  // From here on releases of what it shows are told of (OriginSource).
  Snapshot Baseline(const Options& options, QuickAfter quick_after = {});

  // Judges what came to be since `before` and is not in `*reported`, and enters
  // there all that it judged, what it forgave too: each resource is judged
  // once, by the innermost scope. `scope` is a test's name, or empty for a look
  // that is in none (see Patience).
  Verdict Check(const std::string& scope, const Snapshot& before,
                const Options& options, const Budget& budget,
                Reported* reported, QuickAfter quick_after = {});

  // A run of all tests begins, with nothing waited so far.
  void StartRun() { patience_.StartRun(); }

  Clock& clock() const { return clock_; }

  // Null if nothing is recorded.
  OriginSource* origins() const { return probes_.origins(); }

 private:
  static bool ChildrenMatter(const std::vector<Identity>& identities);
  bool OnlyThisProcessChanges(const std::vector<Identity>& identities) const;

  // Takes out of `*left` what nobody made but the C library or the kernel.
  void TakeRuntimesOwn(const Options& options, std::vector<Identity>* left);

  // Whether it was, by a rule that `options` leaves on.
  bool IsRuntimesOwn(const Identity& identity, const Options& options) const;

  // What of `before` has gone and may have been replaced: not what was
  // reported, nor what was the runtime's own.
  std::vector<Identity> LeftPlaces(const Snapshot& before,
                                   const Snapshot& after,
                                   const Options& options,
                                   const Reported& reported) const;

  // Takes out of `*left` what a thread made that was left behind by a scope
  // before, and returns it.
  std::vector<Identity> TakeCharged(std::vector<Identity>* left) const;

  // Takes out of `*left` what a pattern ignores, and returns it.
  std::vector<Identity> TakeIgnored(std::vector<Identity>* left,
                                    const Options& options) const;

  // Those of `left` that no file of rules knows.
  std::vector<Identity> Unknown(const std::vector<Identity>& left,
                                const Options& options,
                                const Budget& budget) const;

  // What a report says of those that are still there.
  std::vector<Resource> Describe(const std::vector<Identity>& identities,
                                 const Options& options) const;

  // The same without what they do now, and without asking twice.
  std::vector<Resource> DescribeQuickly(
      const std::vector<Identity>& identities) const;

  Snapshot Take(const Options& options, QuickAfter quick_after);

  ProbeSet& probes_;
  Clock& clock_;
  EarlyEndProof& proof_;
  // What was taken for the runtime's own, gone or not, and by which rule.
  std::map<Identity, std::string> runtimes_own_;
  Patience patience_;
};

}  // namespace leaktrap::internal

#endif  // LEAKTRAP_CHECK_VERIFIER_H_
