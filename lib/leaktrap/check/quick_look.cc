#include "leaktrap/check/quick_look.h"

#include <algorithm>
#include <memory>
#include <utility>

#include "leaktrap/check/clock.h"
#include "leaktrap/check/origin_source.h"
#include "leaktrap/check/snapshot.h"
#include "leaktrap/probe/quick_probe.h"

namespace leaktrap::internal {

void QuickLook::Start(const KindsOn& kinds) {
  trusts_ = std::exchange(trust_next_, false);
  now_.kinds = kinds;
  now_.time = clock_.Now();
  if (origins_ == nullptr) return;
  now_.alive_sum = origins_->AliveSum();
  now_.last_sequence = origins_->LastSequence();
}

bool QuickLook::MayStand() const {
  return seen_ != nullptr && now_.kinds == last_.kinds &&
         now_.alive_sum == last_.alive_sum;
}

Records QuickLook::records() const {
  return origins_ == nullptr || distrusts_records_ ? Records::kNone
                                                   : Records::kUnchanged;
}

bool QuickLook::NothingWasMadeBy(Since since) const {
  return since == Since::kListeners && records() == Records::kUnchanged &&
         now_.last_sequence == last_.last_sequence;
}

bool QuickLook::IsDue() const {
  if (list_next_ || trusts_) return list_next_;
  return now_.time - last_.time >=
         std::min<std::chrono::nanoseconds>(kLongestTrust,
                                            cost_ * kShareOfPlainLooks);
}

std::shared_ptr<const Sight> QuickLook::Remember(Sight seen, Sight others,
                                                 bool missed) {
  const bool is_same =
      seen_ != nullptr && last_.kinds == now_.kinds && *seen_ == seen;
  // What changed while it was looked may be what is different.
  if (missed && !is_same && origins_ != nullptr &&
      origins_->AliveSum() == now_.alive_sum) {
    distrusts_records_ = true;
  }
  if (!is_same) seen_ = std::make_shared<const Sight>(std::move(seen));
  others_ = std::move(others);
  cost_ = clock_.Now() - now_.time;
  last_ = now_;
  list_next_ = false;
  return seen_;
}

}  // namespace leaktrap::internal
