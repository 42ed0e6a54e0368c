// What lasts, and what only passes by.
//
// A thread that serves a whole suite may open one socket and close another all
// the time: at each look something is new, and nothing of it stays. That is no
// test's leak. So while a difference is waited for, it is noted what comes and
// what goes.

#ifndef LEAKTRAP_CHECK_PERSISTENCE_H_
#define LEAKTRAP_CHECK_PERSISTENCE_H_

#include <chrono>
#include <map>
#include <vector>

#include "leaktrap/resource/identity.h"
#include "leaktrap/resource/kind.h"

namespace leaktrap::internal {

class Persistence {
 public:
  using Time = std::chrono::steady_clock::time_point;

  // A look at `now` showed `left`, and that of those from before the scope so
  // many were gone.
  void Observe(Time now, const std::vector<Identity>& left,
               const std::map<Kind, int>& released);

  // Takes out of `*left`, which the last look showed, what only passes by, and
  // returns it: what has not been there since `since`, as long as since then at
  // least as many of its kind have gone again, and there was a time when no
  // more of its kind were there than before the scope and those that last.
  // Whatever comes and goes, what is always one too many is a leak.
  std::vector<Identity> TakePassing(Time since,
                                    std::vector<Identity>* left) const;

 private:
  struct Look {
    std::map<Kind, int> growth;  // left less released
    std::map<Kind, int> gone;    // of those that the look before showed
  };

  std::map<Identity, Time> first_seen_;
  std::multimap<Time, Look> looks_;
};

}  // namespace leaktrap::internal

#endif  // LEAKTRAP_CHECK_PERSISTENCE_H_
