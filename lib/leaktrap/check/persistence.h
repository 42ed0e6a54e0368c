// What lasts, and what only passes by.
//
// A thread that serves a whole suite may open one socket and close another all
// the time: at each look something is new, and nothing of it stays. That is no
// test's leak. So while a difference is waited for, it is noted since when each
// resource has been seen.

#ifndef LEAKTRAP_CHECK_PERSISTENCE_H_
#define LEAKTRAP_CHECK_PERSISTENCE_H_

#include <chrono>
#include <map>
#include <vector>

#include "leaktrap/resource/identity.h"

namespace leaktrap::internal {

class Persistence {
 public:
  using Time = std::chrono::steady_clock::time_point;

  // A look at `now` showed `left`, and `growth` more resources than there were
  // before the scope.
  void Observe(Time now, const std::vector<Identity>& left, int growth);

  // Takes out of `*left`, which the last look showed, what has not been there
  // since `since`, and returns it. Takes out nothing if at each look since then
  // there were more than those that last: they come and go, but one of them is
  // always too many.
  std::vector<Identity> TakePassing(Time since,
                                    std::vector<Identity>* left) const;

 private:
  std::map<Identity, Time> first_seen_;
  std::map<Time, int> growth_;
};

}  // namespace leaktrap::internal

#endif  // LEAKTRAP_CHECK_PERSISTENCE_H_
