// What a scope says of itself while it runs: how many leaks of a kind it may
// leave (LEAKTRAP_ALLOW), or has to (LEAKTRAP_EXPECT_LEAK).

#ifndef LEAKTRAP_CHECK_ALLOWANCE_H_
#define LEAKTRAP_CHECK_ALLOWANCE_H_

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "leaktrap/check/rules.h"
#include "leaktrap/resource/kind.h"

namespace leaktrap::internal {

struct Allowance {
  Kind kind = Kind::kOther;
  int count = 0;
  std::string reason;
  bool is_expected = false;  // no fewer either
  std::string file;          // where it stands; empty if that is not known
  int line = 0;
  std::shared_ptr<RuleUse> use;
};

// Those of one scope; of one kind they add up.
class Allowances {
 public:
  void Add(const Allowance& allowance);
  void Clear(Kind kind) { by_kind_.erase(kind); }

  bool Has(Kind kind) const { return by_kind_.count(kind) != 0; }
  int Count(Kind kind) const;     // how many it may leave
  int Expected(Kind kind) const;  // how many of them it has to

  // The one that forgives the leak at that place among all of its kind, from
  // zero; less than Count(). Those that are expected come first.
  const Allowance& At(Kind kind, int place) const;

  // Those of `kind`, in that order.
  const std::vector<Allowance>& of(Kind kind) const;

 private:
  std::map<Kind, std::vector<Allowance>> by_kind_;
};

// An expectation that was not met, or could not be looked at.
struct Unmet {
  // "was expected to leave 1 thread (reason), and left none: take the
  // LEAKTRAP_EXPECT_LEAK out"
  std::string text;
  std::string file;
  int line = 0;
  bool only_reported = false;  // the kind is in Mode::kReport
};

// Those that expect more of `kind` than the `found` that were left, counted one
// after the other. `others` is what else was left, in words; may be empty.
std::vector<Unmet> UnmetOf(const Allowances& allowances, Kind kind, int found,
                           const std::string& others);

// All that expect some of `kind`, and why nobody can say whether it was left.
std::vector<Unmet> UncheckedOf(const Allowances& allowances, Kind kind,
                               const std::string& why);

// "2 threads are more than the 1 that may be left: LEAKTRAP_ALLOW at file.cc:12
// (reason)"; there is one for `kind`.
std::string SurplusText(const Allowances& allowances, Kind kind, int count);

}  // namespace leaktrap::internal

#endif  // LEAKTRAP_CHECK_ALLOWANCE_H_
