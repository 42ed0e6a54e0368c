// What docs/adopting.md mends, one after the other.
//
// This mail importer is an old code base with twelve leaks, each of which its
// tests pass over. Each mend is here too, and waits to be switched on: it is a
// line that begins with
//
//   if (Mended(7)) ...     what the seventh mend adds
//   if (!Mended(7)) ...    what it takes away
//
// The page shows the code without these words.

#ifndef EXAMPLES_LEGACY_SUITE_MENDED_H_
#define EXAMPLES_LEGACY_SUITE_MENDED_H_

#include <cstdlib>

namespace mail {

// Whether `leak`, from 1 to 12, is mended: LEGACY_MENDED=7 in the environment
// is the code after the first seven mends.
inline bool Mended(int leak) {
  const char* const mended = std::getenv("LEGACY_MENDED");
  return mended != nullptr && std::atoi(mended) >= leak;
}

// With LEGACY_CARELESS in the environment, somebody has just added a leak.
inline bool Careless() { return std::getenv("LEGACY_CARELESS") != nullptr; }

}  // namespace mail

#endif  // EXAMPLES_LEGACY_SUITE_MENDED_H_
