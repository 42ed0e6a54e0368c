// The file of rules over a run: what it knows, what is gone, what is written.

#ifndef LEAKTRAP_RULES_KEEPER_H_
#define LEAKTRAP_RULES_KEEPER_H_

#include <string>
#include <vector>

#include "leaktrap/check/options.h"
#include "leaktrap/check/ratchet.h"

namespace leaktrap::internal {

// Adds to `*options` what is wrong with the files of rules that they name, and
// how the run changes them: one that is not there yet is filled.
void SettleRules(Options* options);

// All rules that hold, Leaktrap's own too, a line each.
std::string ListOfRules(const Options& options);

// Of one run of all tests, in rounds.
class RulesKeeper {
 public:
  // `records_stacks`: without them no rule by maker is missed.
  void Start(const Options& options, bool records_stacks);

  Ratchet& ratchet() { return ratchet_; }

  // Brings the file up to date if that was asked for. Returns what has to fail
  // the run: that it could not be written, or, in strict mode, that rules know
  // more than there is. Empty if nothing has to.
  std::string EndLastRound();

  // What is to be said at the end of the run, a text each.
  std::vector<std::string> Notes() const;

 private:
  std::string Write();
  std::string GoneText() const;  // empty if nothing is gone

  Options options_;
  Ratchet ratchet_;
  std::vector<std::string> notes_;
};

}  // namespace leaktrap::internal

#endif  // LEAKTRAP_RULES_KEEPER_H_
