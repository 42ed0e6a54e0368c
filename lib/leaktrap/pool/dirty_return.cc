#include "leaktrap/pool/dirty_return.h"

#include <mutex>
#include <utility>

#include "leaktrap/pool/pool_registry.h"

namespace leaktrap::internal {
namespace {

struct Noted {
  std::mutex mutex;
  std::vector<DirtyReturn> returns;
};

// Never destroyed: connections in static storage come back after everything.
Noted& GetNoted() {
  static Noted& noted = *new Noted;
  return noted;
}

}  // namespace

void NoteDirtyReturn(DirtyReturn dirty) {
  if (!LeasesAreWatched()) return;
  Noted& noted = GetNoted();
  const std::lock_guard<std::mutex> lock(noted.mutex);
  noted.returns.push_back(std::move(dirty));
}

std::vector<DirtyReturn> TakeDirtyReturns() {
  Noted& noted = GetNoted();
  const std::lock_guard<std::mutex> lock(noted.mutex);
  return std::exchange(noted.returns, {});
}

}  // namespace leaktrap::internal
