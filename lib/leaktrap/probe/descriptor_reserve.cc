#include "leaktrap/probe/descriptor_reserve.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/resource.h>

#include <algorithm>
#include <cerrno>
#include <optional>

#include "leaktrap/probe/descriptor_identity.h"
#include "leaktrap/resource/identity.h"
#include "leaktrap/system/unseen_calls.h"

namespace leaktrap::internal {
namespace {

// A number above it would make the kernel grow the table for everybody.
constexpr rlim_t kHighest = 1024;

// Has no destructor: may be asked while the program exits.
std::optional<Identity> held;

// A soft limit that a test has lowered beneath the reserve, while the reserve
// is given up.
struct LiftedLimit {
  rlim_t from;
  rlim_t to;
};
std::optional<LiftedLimit> lifted;

rlim_t SoftLimit() {
  rlimit limit;
  return getrlimit(RLIMIT_NOFILE, &limit) == 0 ? limit.rlim_cur : 0;
}

bool SetSoftLimit(rlim_t soft) {
  rlimit limit;
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0 || soft > limit.rlim_max) {
    return false;
  }
  limit.rlim_cur = soft;
  return setrlimit(RLIMIT_NOFILE, &limit) == 0;
}

bool CanOpen() {
  const int copy =
      UnseenFcntl(static_cast<int>(held->number), F_DUPFD_CLOEXEC, 0);
  return copy >= 0 && UnseenClose(copy) == 0;
}

bool LiftLimit(rlim_t to) {
  const rlim_t from = SoftLimit();
  if (!SetSoftLimit(to)) return false;
  lifted = {from, to};
  return true;
}

void PutBackLimit() {
  const int error = errno;
  // Unless somebody has set another one meanwhile.
  if (lifted && SoftLimit() == lifted->to) SetSoftLimit(lifted->from);
  lifted.reset();
  errno = error;
}

// A copy of `low` at a high number, or `low` itself where there is none free.
int MoveUp(int low) {
  const int limit = static_cast<int>(std::min(SoftLimit(), kHighest));
  for (int down = 1; limit - down > low; down *= 2) {
    const int high = UnseenFcntl(low, F_DUPFD_CLOEXEC, limit - down);
    if (high < 0) continue;
    UnseenClose(low);
    return high;
  }
  return low;
}

bool StillOurs() {
  return held && DescriptorIdentity(static_cast<int>(held->number)) == held;
}

bool Hold() {
  if (StillOurs()) return true;
  held.reset();
  const int low = UnseenMemfdCreate("leaktrap-reserve", MFD_CLOEXEC);
  if (low < 0) return false;
  held = DescriptorIdentity(MoveUp(low));
  return held.has_value();
}

}  // namespace

bool TakeDescriptorReserve() {
  const bool holds = Hold();
  PutBackLimit();
  return holds;
}

bool GiveUpDescriptorReserve() {
  if (!StillOurs()) {
    held.reset();
    return false;
  }
  // The limit has been lowered since: closing the reserve alone would make no
  // slot free, and it could not be taken again.
  if (held->number >= SoftLimit() &&
      (CanOpen() || !LiftLimit(held->number + 1))) {
    return false;
  }
  UnseenClose(static_cast<int>(held->number));
  held.reset();
  return true;
}

std::optional<Identity> DescriptorReserveIdentity() { return held; }

}  // namespace leaktrap::internal
