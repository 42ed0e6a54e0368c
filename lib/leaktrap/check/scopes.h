// The scopes that are open, one within the other, and what each is charged
// with.
//
// A resource is judged once, by the innermost scope that saw it come: what a
// scope has judged, the scopes around it leave alone. Patterns, limits and
// functions of the scopes around one hold in it too; a count is used up in one
// scope.

#ifndef LEAKTRAP_CHECK_SCOPES_H_
#define LEAKTRAP_CHECK_SCOPES_H_

#include <chrono>
#include <cstdint>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "leaktrap/check/allowance.h"
#include "leaktrap/check/judge.h"
#include "leaktrap/check/options.h"
#include "leaktrap/check/pool_tally.h"
#include "leaktrap/check/quick_look.h"
#include "leaktrap/check/reported.h"
#include "leaktrap/check/snapshot.h"
#include "leaktrap/check/verifier.h"
#include "leaktrap/resource/identity.h"

namespace leaktrap::internal {

// To be used by one thread.
class Scopes {
 public:
  using Id = uint64_t;  // never zero, never given out again in this process

  // `options` hold in every scope. `verifier` is not owned and must outlive the
  // scopes.
  Scopes(Options options, Verifier* verifier)
      : options_(std::move(options)), verifier_(*verifier) {}

  // Who opens a scope: of a user's, the counts of the scopes around it hold too
  // and are used up there; the others have the program's counts to themselves.
  enum class By { kLeaktrap, kUser };

  // Opens a scope within those that are open. `own` is laid over their options.
  // `since` tells of what has run after the last scope was closed.
  Id Open(By by, const Options& own = Options(), Since since = Since::kTest);

  // Whether a judgement is the last word, or the scope around shall judge the
  // same once more, as after an exception: then nothing is used up by it, and
  // what the scope expected of itself is said to be unchecked.
  enum class Judged { kFinally, kForNow };

  // Who `number` of Origin::charged_to is.
  const std::string& owner(uint32_t number) const {
    return owners_.at(number - 1);
  }

  // Counts for the innermost scope that is open; there must be one. The first
  // one there of a kind replaces what the scopes around say of that kind.
  void Allow(const Allowance& allowance);

  bool has_open() const { return !open_.empty(); }

  // Judges the scope and ends it, and those within it that are still open.
  // `name` is as in Verifier::Check. The scope must be open.
  Verdict Close(Id id, const std::string& name,
                Judged judged = Judged::kFinally);

  // What the threads among `leaks` make from now on, and what the threads make
  // that they make, is charged to `name` in all verdicts to come. So it fails
  // nobody else: only for leaks that fail `name`, or of one that has failed.
  void ChargeThreads(const std::string& name,
                     const std::vector<Resource>& leaks);

  // Ends the scope, and those within it, and judges nothing: after one look,
  // what it left is nobody's, in the scopes around it, too. Its threads are
  // charged to `charged_to`, unless that is empty.
  Verdict Disregard(Id id, const std::string& charged_to);

  // Ends the scope, and those within it, without a verdict: what it left is the
  // scope's around it.
  void Abandon(Id id);

  bool IsOpen(Id id) const;

 private:
  struct OpenScope {
    Id id;
    By by;
    Options options;
    Budget budget;
    Snapshot before;
    PoolTally pools;
    std::set<Kind> counts_itself;  // kinds that it was opened with a count of
    std::vector<Allowance> allowances;  // its own
    std::chrono::nanoseconds opening_took{0};
  };

  // What the scope said of itself, held against what was found.
  static void JudgeAllowances(const OpenScope& scope, Judged judged,
                              Verdict* verdict);

  // The limits on pools, for `scope`, which is out of open_ already.
  void JudgePools(OpenScope* scope, Judged judged, Verdict* verdict);

  // What a verdict that is final has beside leaks: who is charged elsewhere,
  // and what was released.
  void Conclude(const OpenScope& scope, Verdict* verdict);
  void TellReleases(const OpenScope& scope, Verdict* verdict);

  // What was replaced in the scope is gone from the scopes around it, too,
  // which do not see what has taken its place.
  void ExcuseReplaced(const OpenScope& scope, const Verdict& verdict);

  // Whether a scope that is open has seen it before it began.
  bool IsMissed(const Identity& identity) const;

  // The innermost scope that is open and began without it; zero if it was there
  // before all.
  Id InnermostWithout(const Identity& identity) const;

  // Forgets what was reported and has gone since: its number may come again.
  void ForgetGone(const Snapshot& now, const Options& options);

  // Forgets what was told to be gone and is there again, since it may go once
  // more, and what no open scope misses.
  void ForgetReturned(const Snapshot& now);

  const Options options_;
  Verifier& verifier_;
  const Budget program_budget_;
  std::vector<OpenScope> open_;  // the innermost last
  Reported reported_;
  // What was reported and has gone since, until a verdict tells of it.
  std::vector<LateRelease> late_;
  // What scopes have told to be gone, or to be replaced.
  Reported told_gone_;
  uint64_t releases_told_ = 0;
  std::shared_ptr<const Sight> last_forgotten_;  // ForgetGone has seen that,
  std::shared_ptr<const Sight> last_returned_;   // ForgetReturned that
  std::vector<std::string> owners_;  // one's number is its place, from one
};

}  // namespace leaktrap::internal

#endif  // LEAKTRAP_CHECK_SCOPES_H_
