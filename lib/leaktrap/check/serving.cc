#include "leaktrap/check/serving.h"

#include <algorithm>
#include <cstdint>
#include <map>
#include <optional>
#include <vector>

#include "leaktrap/check/origin_source.h"
#include "leaktrap/check/probe_set.h"
#include "leaktrap/check/snapshot.h"
#include "leaktrap/resource/identity.h"
#include "leaktrap/resource/kind.h"
#include "leaktrap/resource/origin.h"

namespace leaktrap::internal {
namespace {

class Servants {
 public:
  Servants(const Snapshot& now, const ProbeSet& probes)
      : now_(now), probes_(probes) {
    for (const Identity& identity : now.seen->identities) {
      if (IsThread(identity)) threads_[identity.number] = identity;
    }
  }

  bool Has(const Identity& identity) {
    if (IsThread(identity) && (IsKept(now_, identity) || Waits(identity))) {
      return true;
    }
    const Identity* const maker = MakerOf(identity);
    if (maker == nullptr) return false;
    if (ServesByName(*maker)) return true;
    // An event loop may have other work, and leave that behind.
    return identity.kind == Kind::kDescriptor && Waits(*maker) &&
           Holds(waits_on_[*maker], static_cast<int>(identity.number));
  }

 private:
  static bool IsThread(const Identity& identity) {
    return identity.kind == Kind::kThread && !identity.IsFinishedThread();
  }

  static bool Holds(const std::vector<int>& numbers, int number) {
    return std::find(numbers.begin(), numbers.end(), number) != numbers.end();
  }

  // Whether a pool names it, or the thread that made it, and so on.
  bool ServesByName(const Identity& thread) const {
    if (IsKept(now_, thread)) return true;
    const Identity* const maker = MakerOf(thread);
    return maker != nullptr && ServesByName(*maker);
  }

  bool Waits(const Identity& thread) {
    const auto [known, is_new] = waits_on_.try_emplace(thread);
    if (is_new) known->second = probes_.WaitsOn(thread);
    return std::any_of(known->second.begin(), known->second.end(),
                       [this](int number) {
                         return Holds(now_.seen->kept_descriptors, number);
                       });
  }

  // The thread that made it, if that is alive and known.
  const Identity* MakerOf(const Identity& identity) const {
    if (probes_.origins() == nullptr || identity.sequence == 0) return nullptr;
    const std::optional<Origin> made = probes_.origins()->Find(identity);
    if (!made.has_value() || made->sequence == 0) return nullptr;
    const auto maker = threads_.find(static_cast<uint64_t>(made->tid));
    // A thread of that id may have come later.
    if (maker == threads_.end() || maker->second.sequence == 0 ||
        maker->second.sequence >= made->sequence) {
      return nullptr;
    }
    return &maker->second;
  }

  const Snapshot& now_;
  const ProbeSet& probes_;
  std::map<uint64_t, Identity> threads_;  // by their ids
  std::map<Identity, std::vector<int>> waits_on_;
};

}  // namespace

void TakeServing(const Snapshot& now, const ProbeSet& probes,
                 std::vector<Identity>* left) {
  if (left->empty()) return;
  if (now.seen->kept_descriptors.empty() && now.seen->kept_threads.empty())
    return;
  Servants servants(now, probes);
  left->erase(std::remove_if(left->begin(), left->end(),
                             [&](const Identity& identity) {
                               return servants.Has(identity);
                             }),
              left->end());
}

}  // namespace leaktrap::internal
