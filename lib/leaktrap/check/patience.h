// How long to wait for what, so that many leaks do not take for ever.
//
// A difference is waited for in full, unless all that is left is of sorts that
// were waited for in full before, and stayed: then a tenth. And once waiting in
// vain has cost as much as it may in all, each wait is a twentieth.
//
// A sort loses that mark, for good, when one of it goes away after all: what
// ends late is no leak, and a tenth is not enough for it.

#ifndef LEAKTRAP_CHECK_PATIENCE_H_
#define LEAKTRAP_CHECK_PATIENCE_H_

#include <chrono>
#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <tuple>
#include <vector>

#include "leaktrap/check/snapshot.h"
#include "leaktrap/resource/identity.h"
#include "leaktrap/resource/kind.h"
#include "leaktrap/resource/resource.h"

namespace leaktrap::internal {

// To be used by one thread.
class Patience {
 public:
  using Duration = std::chrono::nanoseconds;

  static constexpr int kShareOfRepeatedWait = 10;
  static constexpr int kShareOfLateWait = 20;

  // A run of all tests begins: nothing was waited in vain in it yet.
  void StartRun() { in_vain_ = Duration(0); }

  // Whether LingerFor() may need to know what is left.
  bool Distinguishes(Duration in_total) const {
    return !IsUsedUp(in_total) && !stayed_.empty();
  }

  // How long `left`, which the look `now` shows, is to be waited for in
  // `scope`: `full`, or less. `in_total` may be waited in vain.
  Duration LingerFor(const std::string& scope,
                     const std::vector<Resource>& left, const Snapshot& now,
                     Duration full, Duration in_total);

  // After a wait in `scope`, in full or not, `resource` was still there.
  void Stayed(const std::string& scope, const Resource& resource, bool in_full);

  // It went after more than a tenth of a full wait.
  void WentLate(const std::string& scope, const Resource& resource);

  // What is still there was waited for so long.
  void AddInVain(Duration waited) { in_vain_ += waited; }
  bool IsUsedUp(Duration in_total) const { return in_vain_ >= in_total; }

 private:
  // What makes one leak like another: who made it, in whatever scope, or, of
  // descriptors, which say what they are, the scope and their likeness. Threads
  // that were given no name are all called after the program, and a late one is
  // not to be taken for a lost one.
  using Sort =
      std::tuple<Kind, std::vector<uintptr_t>, std::string, std::string>;
  static std::vector<Sort> SortsOf(const std::string& scope,
                                   const Resource& resource);

  bool IsToStay(const std::vector<Sort>& sorts, const Snapshot& now);

  Duration in_vain_{0};
  // Of each sort, what stayed.
  std::map<Sort, std::vector<Identity>> stayed_;
  std::set<Sort> late_;
};

}  // namespace leaktrap::internal

#endif  // LEAKTRAP_CHECK_PATIENCE_H_
