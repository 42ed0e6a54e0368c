// When the last look may stand for the next one.
//
// Nearly every test leaves everything as it was, and pays for being looked at.
// So a look first asks whether anything is different at all. Where creating
// calls are recorded, the sum of what is alive and the kernel's counts say so;
// elsewhere each identity is asked for.
//
// The sum does not know what raw system calls do: one that closes a descriptor
// and opens another at its number stays unseen by it. So from time to time, and
// when it is asked to, a look lists everything all the same, which finds that,
// and then the records are not relied on any more. Such a change is blamed on
// the test that ends then, or on the scope around it.

#ifndef LEAKTRAP_CHECK_QUICK_LOOK_H_
#define LEAKTRAP_CHECK_QUICK_LOOK_H_

#include <array>
#include <chrono>
#include <cstdint>
#include <memory>

#include "leaktrap/check/clock.h"
#include "leaktrap/check/origin_source.h"
#include "leaktrap/check/snapshot.h"
#include "leaktrap/probe/quick_probe.h"
#include "leaktrap/resource/kind.h"

namespace leaktrap::internal {

// What may have run since the last look.
enum class Since {
  kTest,       // anything
  kListeners,  // nothing but what stands between two tests
};

// Which are looked for; by Kind.
using KindsOn = std::array<bool, kAllKinds.size()>;

// To be used by one thread. A look begins with Start(); it ends
// with Stand(), or with Remember() if it has listed everything.
class QuickLook {
 public:
  // Everything is listed after this time at the latest, or after so many times
  // what that costs: then looks cost a hundredth more for it. It is also less
  // than the kernel takes to give out a thread's id again.
  static constexpr std::chrono::milliseconds kLongestTrust{500};
  static constexpr int kShareOfPlainLooks = 100;

  // Neither is owned; both must outlive this. `origins` may be null.
  QuickLook(OriginSource* origins, Clock* clock)
      : origins_(origins), clock_(*clock) {}

  // To be called before anything is asked for: what changes while it is looked
  // is found by the look after that. `kinds` are those that are looked for.
  void Start(const KindsOn& kinds);

  // Whether the last look can stand for this one if the probes find nothing
  // that is different: it was of the same kinds, and nothing speaks against it.
  bool MayStand() const;

  // What a QuickProbe may rely on then.
  Records records() const;

  // Whether only `since` has run and no recorded call was begun there. What
  // listeners make by other calls are descriptors; that they begin threads or
  // children behind the C library's back is not expected. To ask for children
  // costs more the more threads there are.
  bool NothingWasMadeBy(Since since) const;

  // Whether everything is to be listed all the same.
  bool IsDue() const;
  void ListNext() { list_next_ = true; }

  // From now on identities are asked for, as if nobody recorded.
  void DistrustRecords() { distrusts_records_ = true; }

  // Time alone does not ask for it in the next look: all other threads are seen
  // to be parked, which takes longer where there are thousands, and what is
  // told of then is looked at one by one.
  void TrustNext() { trust_next_ = true; }

  // What was seen last; `others` without what QuickProbes list.
  const std::shared_ptr<const Sight>& seen() const { return seen_; }
  const Sight& others() const { return others_; }

  // The last look stands for this one.
  void Stand() { last_.last_sequence = now_.last_sequence; }

  // All was listed now. `missed` says whether, before that, nothing seemed to
  // be different. Returns `seen`, or what was seen last, if that is the same.
  std::shared_ptr<const Sight> Remember(Sight seen, Sight others, bool missed);

  // There was an error: the next look has nothing to rely on.
  void Forget() { seen_ = nullptr; }

 private:
  OriginSource* const origins_;
  Clock& clock_;
  bool list_next_ = false;
  bool trust_next_ = false;
  bool trusts_ = false;  // in the look that goes on
  bool distrusts_records_ = false;

  // The look that goes on.
  struct Moment {
    KindsOn kinds = {};
    std::chrono::steady_clock::time_point time;
    uint64_t alive_sum = 0;
    uint64_t last_sequence = 0;
  };
  Moment now_;

  // The last one that listed everything, but for `last_.last_sequence`, which
  // is of the last one that found nothing different.
  std::shared_ptr<const Sight> seen_;
  Sight others_;
  Moment last_;
  std::chrono::nanoseconds cost_{0};
};

}  // namespace leaktrap::internal

#endif  // LEAKTRAP_CHECK_QUICK_LOOK_H_
