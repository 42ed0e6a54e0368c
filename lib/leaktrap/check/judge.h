// Rules applied to a difference: what is a leak, and what is forgiven.

#ifndef LEAKTRAP_CHECK_JUDGE_H_
#define LEAKTRAP_CHECK_JUDGE_H_

#include <array>
#include <cstddef>
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
  Forgiven() { RenewAll(); }

  // Counts of its own for `kind`, at zero.
  void Renew(Kind kind) { own_.at(Place(kind)) = std::make_shared<int>(0); }

  // The same for all kinds, for less: each test has such counts.
  void RenewAll();

  // The same counts, from now on apart.
  Forgiven Apart() const;

  int count(Kind kind) const { return Count(kind); }
  void Add(Kind kind, int n) const { Count(kind) += n; }

 private:
  static size_t Place(Kind kind) { return static_cast<size_t>(kind); }
  int& Count(Kind kind) const {
    const std::shared_ptr<int>& own = own_.at(Place(kind));
    return own == nullptr ? together_->at(Place(kind)) : *own;
  }

  // Of the kinds that have been renewed together, and of those that have been
  // alone since; null for the others.
  std::shared_ptr<std::array<int, kAllKinds.size()>> together_;
  std::array<std::shared_ptr<int>, kAllKinds.size()> own_;
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
