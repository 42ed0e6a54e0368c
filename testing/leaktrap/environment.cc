#include "leaktrap/environment.h"

#include "leaktrap/check/options.h"
#include "leaktrap/trap.h"

namespace leaktrap {

LeakEnvironment::LeakEnvironment(const Options& options) {
  internal::Trap::Get().AddProgramOptions(options);
  internal::Trap::Get().CheckEveryTest();
}

}  // namespace leaktrap
