// Follows makers of leaks through the rounds of --gtest_repeat.

#ifndef LEAKTRAP_ROUNDS_H_
#define LEAKTRAP_ROUNDS_H_

#include <map>
#include <set>
#include <string>
#include <vector>

#include "leaktrap/check/growth.h"
#include "leaktrap/check/verifier.h"
#include "leaktrap/resource/identity.h"
#include "leaktrap/resource/resource.h"

namespace leaktrap::internal {

// Of one run of all tests, for the thread that runs them. Does nothing where
// there is only one round.
class Rounds {
 public:
  // Repeats are asked for.
  static bool AreSeveral();

  void Start();

  // `owner` is the test of the verdict, or the suite or program. `is_end`: the
  // verdict is on the whole of it, and not on a scope in it. `is_whole`: it ran
  // as it should, neither skipped nor failed before.
  void Count(const std::string& owner, bool is_end, bool is_whole,
             const Verdict& verdict);

  // What became of all makers, the worst first; empty after one round.
  std::vector<MakerGrowth> Makers() const;

  // All rounds are over: tells of the makers, a note each, and the process that
  // runs this one again.
  void Conclude() const;

  const GrowthHistory& history() const { return history_; }

 private:
  void CountLeaks(const std::string& owner, const std::vector<Resource>& leaks);
  void CountCharged(const std::string& owner, bool is_end,
                    const Verdict& verdict);

  GrowthHistory history_;
  // Makers of findings of their own. The others are known by what went with
  // those, and are shown to nobody but the process that runs this one again.
  std::set<std::string> found_;
  // What was told and is not released yet: by which maker.
  std::map<Identity, std::string> left_;
  // The same of what others are charged with, of which nobody tells that it is
  // released.
  std::map<Identity, std::string> charged_;
};

}  // namespace leaktrap::internal

#endif  // LEAKTRAP_ROUNDS_H_
