// Known leaks may become fewer, never more: what a run says about the counts in
// a file of rules.

#ifndef LEAKTRAP_CHECK_RATCHET_H_
#define LEAKTRAP_CHECK_RATCHET_H_

#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "leaktrap/check/judge.h"
#include "leaktrap/check/rules.h"
#include "leaktrap/check/rules_file.h"

namespace leaktrap::internal {

// A rule with a count whose count is not what the run found.
struct RuleChange {
  FileRule rule;
  std::string where;  // "leaks.rules:7"; empty if it does not stand there yet
  int found = 0;      // zero: it is gone
};

// To be used by one thread. Where tests run more than once, in rounds, the most
// that one round left counts.
class Ratchet {
 public:
  // `set` holds the rules; null if there is no file. `can_see` says whether
  // what a rule is about would be seen at all in this run.
  explicit Ratchet(std::shared_ptr<const RuleSet> set = nullptr,
                   std::function<bool(const FileRule&)> can_see = nullptr)
      : set_(std::move(set)), can_see_(std::move(can_see)) {}

  // Without any it does nothing.
  bool has_rules() const { return set_ != nullptr; }

  // What was found at `place` (Options::place()), which may come in parts: a
  // test has scopes of its own. `could_look`: else what is gone was only not
  // seen.
  void Add(const std::string& place, const Judgement& judgement,
           bool could_look = true);

  // All that is to come from `place` in this round has come. `is_whole`: all
  // ran that may leave something there; else nothing can be said to be gone.
  void End(const std::string& place, bool is_whole);

  // Every place that there is has come to its end: `all`. If each was whole,
  // rules for more than one place are judged, too, and those for places that
  // are none.
  void EndAll(std::set<std::string> all) { all_ = std::move(all); }

  // Rules that allow more than was found.
  std::vector<RuleChange> TooHigh() const;

  // Rules that do not allow what was found and was learnt (Judge()), and new
  // rules for what no rule matches.
  std::vector<RuleChange> TooLow() const;

 private:
  using Counts = std::map<std::string, int>;  // by FileRuleInForce::where

  // The same, for rules that are not in the file, by RuleLine().
  struct Learnt {
    FileRule rule;
    int count = 0;
  };
  using NewRules = std::map<std::string, Learnt>;

  struct Found {
    Counts known;
    NewRules learnt;
    bool could_look = true;
  };

  bool IsJudged(const FileRuleInForce& rule) const;
  int MostOf(const FileRuleInForce& rule) const;

  std::shared_ptr<const RuleSet> set_;
  std::function<bool(const FileRule&)> can_see_;
  std::map<std::string, Found> now_;   // by place, of this round
  std::map<std::string, Found> most_;  // by place, of all rounds
  std::set<std::string> ended_;
  std::set<std::string> whole_;
  std::set<std::string> all_;  // empty if some did not come to their end
};

}  // namespace leaktrap::internal

#endif  // LEAKTRAP_CHECK_RATCHET_H_
