// Texts that may or may not be of /proc/PID/stat.

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "leaktrap/probe/printable_text.h"
#include "leaktrap/probe/task_stat.h"
#include "leaktrap/system/fuzzing_for_test.h"

namespace leaktrap::internal {
namespace {

// As the kernel writes it, with nothing that is not asked for.
std::string Written(const TaskStat& stat) {
  std::string text =
      "1 (" + stat.name + ") " + stat.state + ' ' + std::to_string(stat.parent);
  for (int field = 5; field < 22; ++field) {
    text += ' ' + std::to_string(field == 9 ? stat.flags : 0);
  }
  return text + ' ' + std::to_string(stat.start_time) + " 0\n";
}

void Check(std::string_view text) {
  const std::optional<TaskStat> stat = ParseTaskStat(text);
  if (!stat) return;
  FUZZ_CHECK(text.find('(' + stat->name + ") " + stat->state + ' ') !=
             text.npos);
  const std::optional<TaskStat> again = ParseTaskStat(Written(*stat));
  FUZZ_CHECK(again.has_value());
  FUZZ_CHECK(again->name == stat->name && again->state == stat->state &&
             again->parent == stat->parent && again->flags == stat->flags &&
             again->start_time == stat->start_time);
  const std::string state = Printable(TaskStateText(stat->state));
  FUZZ_CHECK(!state.empty());
  FUZZ_CHECK(TaskStateText(stat->state) == state);
}

}  // namespace
}  // namespace leaktrap::internal

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  leaktrap::internal::Check({reinterpret_cast<const char*>(data), size});
  return 0;
}
