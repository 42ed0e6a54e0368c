#include "leaktrap/pool/dirty_return.h"

#include <cstddef>
#include <mutex>
#include <utility>
#include <vector>

#include "leaktrap/pool/watching.h"

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

size_t CountDirtyReturns() {
  Noted& noted = GetNoted();
  const std::lock_guard<std::mutex> lock(noted.mutex);
  return noted.returns.size();
}

DirtyReturn GetDirtyReturn(size_t place) {
  Noted& noted = GetNoted();
  const std::lock_guard<std::mutex> lock(noted.mutex);
  return noted.returns.at(place);
}

}  // namespace leaktrap::internal
