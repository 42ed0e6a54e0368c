// Texts of /proc about threads, from a kernel that may be another one: "no" is
// always a safe answer.

#include <signal.h>
#include <sys/syscall.h>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <sstream>
#include <string>

#include "leaktrap/check/parked_task.h"
#include "leaktrap/probe/standing_threads.h"
#include "leaktrap/probe/task_stat.h"
#include "leaktrap/stack/task_syscall.h"
#include "leaktrap/system/fuzzing_for_test.h"

namespace leaktrap::internal {
namespace {

void CheckThread(const std::string& stat, const std::string& syscall) {
  const auto parsed = ParseTaskStat(stat + '\n');
  const auto place = ParseTaskSyscall(syscall + '\n');
  if (!parsed || !place) return;
  const StandingThread thread = {*parsed, *place};
  const auto always = [](uint64_t) { return true; };
  const auto never = [](uint64_t) { return false; };
  const bool is_parked = IsParkedForGood(thread, always);
  FUZZ_CHECK(is_parked || !IsParkedForGood(thread, never));
  if (!is_parked) return;
  FUZZ_CHECK(parsed->state == 'S');
  FUZZ_CHECK(!place->is_running && place->number == SYS_futex);
  FUZZ_CHECK(place->arguments[3] == 0);
}

void CheckStatus(const std::string& text) {
  if (const std::optional<uint64_t> count = SleepCount(text)) {
    FUZZ_CHECK(SleepCount("nonvoluntary_ctxt_switches:\t1\n"
                          "voluntary_ctxt_switches:\t" +
                          std::to_string(*count) + "\n") == count);
  }
  if (HandlersAreHarmless(text)) {
    // A handler of SIGUSR1, in the first line that counts.
    FUZZ_CHECK(!HandlersAreHarmless("SigCgt:\t0000000000000200\n" + text));
  }
}

void CheckMaps(const std::string& text, uint64_t address) {
  if (!IsInPrivateMapping(text, address)) return;
  std::istringstream lines(text);
  bool is_in_one = false;
  for (std::string line; std::getline(lines, line) && !is_in_one;) {
    is_in_one = IsInPrivateMapping(line, address);
  }
  FUZZ_CHECK(is_in_one);
  // What holds it comes first, and is shared.
  FUZZ_CHECK(!IsInPrivateMapping(
      "0-ffffffffffffffff rw-s 00000000 00:01 1 /x\n" + text, address));
}

void Check(const uint8_t* data, size_t size) {
  FuzzInput input(data, size);
  const auto address = input.Number<uint64_t>();
  const std::string stat = input.Line();
  const std::string syscall = input.Line();
  CheckThread(stat, syscall);
  const std::string text = input.Rest();
  CheckStatus(text);
  CheckMaps(text, address);
  CheckMaps(text, address & 0xffffffff);
}

}  // namespace
}  // namespace leaktrap::internal

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  leaktrap::internal::Check(data, size);
  return 0;
}
