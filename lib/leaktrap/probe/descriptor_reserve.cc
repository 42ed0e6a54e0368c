#include "leaktrap/probe/descriptor_reserve.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/resource.h>

#include <algorithm>
#include <optional>

#include "leaktrap/probe/descriptor_identity.h"
#include "leaktrap/probe/unseen_calls.h"
#include "leaktrap/resource/identity.h"

namespace leaktrap::internal {
namespace {

// A number above it would make the kernel grow the table for everybody.
constexpr rlim_t kHighest = 1024;

// Has no destructor: may be asked while the program exits.
std::optional<Identity> held;

rlim_t SoftLimit() {
  rlimit limit;
  return getrlimit(RLIMIT_NOFILE, &limit) == 0 ? limit.rlim_cur : 0;
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

}  // namespace

bool TakeDescriptorReserve() {
  if (StillOurs()) return true;
  held.reset();
  const int low = UnseenMemfdCreate("leaktrap-reserve", MFD_CLOEXEC);
  if (low < 0) return false;
  held = DescriptorIdentity(MoveUp(low));
  return held.has_value();
}

bool GiveUpDescriptorReserve() {
  if (!StillOurs()) {
    held.reset();
    return false;
  }
  // The limit has been lowered since: closing it would make no slot free, and
  // it could not be taken again.
  if (held->number >= SoftLimit()) return false;
  UnseenClose(static_cast<int>(held->number));
  held.reset();
  return true;
}

std::optional<Identity> DescriptorReserveIdentity() { return held; }

}  // namespace leaktrap::internal
