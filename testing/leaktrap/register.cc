// Linked as a whole into every binary that depends on //testing:auto, whichever
// main it gets: all its tests are checked.

#include "leaktrap/trap.h"

namespace leaktrap::internal {
namespace {

[[maybe_unused]] const bool kRegistered = [] {
  Trap::Get().CheckEveryTest();
  return true;
}();

}  // namespace
}  // namespace leaktrap::internal
