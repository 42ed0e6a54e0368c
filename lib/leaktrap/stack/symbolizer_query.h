// One batch of questions to a symbolizer.

#ifndef LEAKTRAP_STACK_SYMBOLIZER_QUERY_H_
#define LEAKTRAP_STACK_SYMBOLIZER_QUERY_H_

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "leaktrap/stack/frame.h"
#include "leaktrap/stack/module_map.h"
#include "leaktrap/stack/symbolizer_command.h"

namespace leaktrap::internal {

struct SymbolizerAnswer {
  // For each place its frames, at least one, innermost first: function, file,
  // line, inlined. nullopt if the program failed.
  std::optional<std::vector<std::vector<Frame>>> frames;
  // In words, what failed.
  std::string failure;
  // Whether it ran out of time, so that asking another may cost as much.
  bool timed_out = false;
  // Whether it was not its fault, so that it may be asked again.
  bool may_work_later = false;
};

// Asks about all of `places`, within `time_limit` in all. Each must have a
// path.
SymbolizerAnswer AskSymbolizer(const SymbolizerCommand& command,
                               const std::vector<ModuleOffset>& places,
                               std::chrono::milliseconds time_limit);

}  // namespace leaktrap::internal

#endif  // LEAKTRAP_STACK_SYMBOLIZER_QUERY_H_
