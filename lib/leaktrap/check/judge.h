// Rules applied to a difference: what is a leak, and what is forgiven.

#ifndef LEAKTRAP_CHECK_JUDGE_H_
#define LEAKTRAP_CHECK_JUDGE_H_

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "leaktrap/check/allowance.h"
#include "leaktrap/check/known_leaks.h"
#include "leaktrap/check/matching.h"
#include "leaktrap/check/options.h"
#include "leaktrap/resource/kind.h"
#include "leaktrap/resource/resource.h"

namespace leaktrap::internal {

// How many leaks of each kind were forgiven by count so far. Copies share their
// counts.
class Forgiven {
 public:
  Forgiven();

  // Counts of its own for `kind`, at zero.
  void Renew(Kind kind);

  // The same counts, from now on apart.
  Forgiven Apart() const;

  int count(Kind kind) const { return *counts_.at(kind); }
  void Add(Kind kind, int n) const { *counts_.at(kind) += n; }

 private:
  std::map<Kind, std::shared_ptr<int>> counts_;
};

// What a scope may still forgive.
struct Budget {
  Forgiven in_scope;  // used up of Tolerate, or of `allowances`
  Forgiven in_total;  // used up of TolerateInTotal
  Forgiven judged;    // all that were judged, forgiven or not
  KnownCounts known;  // used up of the counts of files' rules
  // Of a kind that these have, they hold in place of Tolerate.
  Allowances allowances;
};

// The same, from now on apart.
Budget Apart(const Budget& budget);

struct ToleratedLeak {
  Resource resource;
  std::string reason;
  bool is_expected = false;  // it has to be left
  bool is_learnt = false;    // no rule knows it; one is to be written
};

struct Judgement {
  std::vector<Resource> leaks;           // of kinds in Mode::kFail
  std::vector<Resource> only_reported;   // of kinds in Mode::kReport
  std::vector<ToleratedLeak> tolerated;  // by count; still printed

  // How many each rule of a file with a count matched, more than its count
  // too; by FileRule::where.
  std::map<std::string, int> known;
};

// Whether a pattern of `options` leaves `resource` out.
bool IsIgnored(const Resource& resource, const Options& options,
               FunctionsOf functions_of);

// Whether a pattern of `options` may leave out resources of `kind`, so that
// they have to be described before they can be counted.
bool HasPatterns(Kind kind, const Options& options);

// Whether one of them is about what a thread does now.
bool HasStackPatterns(const Options& options);

// Whether `count` leaks of `kind` are forgiven, all of them: by the scope's own
// count, or by any.
bool IsForgivenByScope(Kind kind, int count, const Options& options,
                       const Budget& budget);
bool IsForgiven(Kind kind, int count, const Options& options,
                const Budget& budget);

// Sorts what no pattern ignores. Ignored resources must be out already. What it
// forgives is used up of `budget`.
Judgement Judge(std::vector<Resource> resources, const Options& options,
                const Budget& budget, FunctionsOf functions_of);

}  // namespace leaktrap::internal

#endif  // LEAKTRAP_CHECK_JUDGE_H_
