#include "leaktrap/check/serving.h"

#include <algorithm>
#include <cstdint>
#include <map>
#include <optional>
#include <vector>

#include "leaktrap/check/origin_source.h"
#include "leaktrap/check/snapshot.h"
#include "leaktrap/resource/identity.h"
#include "leaktrap/resource/kind.h"
#include "leaktrap/resource/origin.h"

namespace leaktrap::internal {
namespace {

class Servants {
 public:
  Servants(const Snapshot& now, const ProbeSet& probes,
           const std::vector<Identity>& left)
      : now_(now), probes_(probes), left_(left) {
    for (const Identity& identity : now.identities) {
      if (identity.kind == Kind::kThread && !identity.IsFinishedThread()) {
        threads_[identity.number] = identity;
      }
    }
  }

  bool Has(const Identity& identity) {
    return IsThread(identity) ? Serves(identity) || MadeByOne(identity)
                              : MadeByOne(identity);
  }

 private:
  static bool IsThread(const Identity& identity) {
    return identity.kind == Kind::kThread && !identity.IsFinishedThread();
  }

  bool Serves(const Identity& thread) {
    const auto [known, is_new] = serves_.try_emplace(thread, false);
    if (is_new) known->second = IsKept(now_, thread) || WaitsOnKept(thread);
    return known->second;
  }

  bool WaitsOnKept(const Identity& thread) const {
    const std::vector<int> waits_on = probes_.WaitsOn(thread);
    auto is_kept = [&](int number) {
      return std::binary_search(now_.kept_descriptors.begin(),
                                now_.kept_descriptors.end(), number);
    };
    // An older event loop may have other work than the pool's.
    const bool is_new =
        std::find(left_.begin(), left_.end(), thread) != left_.end();
    return is_new ? std::any_of(waits_on.begin(), waits_on.end(), is_kept)
                  : !waits_on.empty() &&
                        std::all_of(waits_on.begin(), waits_on.end(), is_kept);
  }

  bool MadeByOne(const Identity& identity) {
    if (probes_.origins() == nullptr || identity.sequence == 0) return false;
    const std::optional<Origin> made = probes_.origins()->Find(identity);
    if (!made.has_value() || made->sequence == 0) return false;
    const auto maker = threads_.find(static_cast<uint64_t>(made->tid));
    // A thread of that id may have come later.
    if (maker == threads_.end() || maker->second.sequence == 0 ||
        maker->second.sequence >= made->sequence) {
      return false;
    }
    return Has(maker->second);
  }

  const Snapshot& now_;
  const ProbeSet& probes_;
  const std::vector<Identity> left_;
  std::map<uint64_t, Identity> threads_;  // by their ids
  std::map<Identity, bool> serves_;
};

}  // namespace

void TakeServing(const Snapshot& now, const ProbeSet& probes,
                 std::vector<Identity>* left) {
  if (left->empty()) return;
  if (now.kept_descriptors.empty() && now.kept_threads.empty()) return;
  Servants servants(now, probes, *left);
  left->erase(std::remove_if(left->begin(), left->end(),
                             [&](const Identity& identity) {
                               return servants.Has(identity);
                             }),
              left->end());
}

}  // namespace leaktrap::internal
