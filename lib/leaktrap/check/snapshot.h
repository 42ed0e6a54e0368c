// Everything that all probes see in one look, and the difference of two looks.

#ifndef LEAKTRAP_CHECK_SNAPSHOT_H_
#define LEAKTRAP_CHECK_SNAPSHOT_H_

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "leaktrap/check/options.h"
#include "leaktrap/probe/probe.h"
#include "leaktrap/resource/identity.h"
#include "leaktrap/resource/kind.h"
#include "leaktrap/resource/resource.h"

namespace leaktrap::internal {

struct Snapshot {
  std::vector<Identity> identities;   // sorted
  std::vector<int> kept_descriptors;  // sorted
  std::vector<uint64_t> user_probes;  // those that were asked, sorted
  std::string error;  // of the probes that could not look; empty if all could
};

// What is in `after` and not in `before`, or was kept on purpose then and is
// not any more. Not what is kept on purpose now, what was `reported` already,
// and what a probe shows that `before` did not ask yet. Sorted.
std::vector<Identity> Created(const Snapshot& before, const Snapshot& after,
                              const std::set<Identity>& reported);

// How many of each kind are in `before` and not in `after`, but for descriptors
// that were kept on purpose.
std::map<Kind, int> Released(const Snapshot& before, const Snapshot& after);

class ProbeSet {
 public:
  // `user_probes` is asked again at each look, since probes come and go.
  ProbeSet(std::vector<std::unique_ptr<Probe>> built_in,
           std::function<std::vector<RegisteredProbe>()> user_probes);

  // Asks the probes of every kind whose mode is not kOff. Never throws: a
  // user's code that does is a probe that could not look.
  Snapshot Take(const Options& options) const;

  // Nothing if it has gone since, or if its probe has.
  std::optional<Resource> Describe(const Identity& identity) const;

  // Whether nothing outside this process can make `identity` go away.
  bool OnlyThisProcessChanges(const Identity& identity) const;

 private:
  std::shared_ptr<Probe> ProbeOf(const Identity& identity) const;

  std::vector<std::shared_ptr<Probe>> built_in_;
  std::function<std::vector<RegisteredProbe>()> user_probes_;
};

}  // namespace leaktrap::internal

#endif  // LEAKTRAP_CHECK_SNAPSHOT_H_
