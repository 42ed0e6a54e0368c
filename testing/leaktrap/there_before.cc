#include "leaktrap/there_before.h"

#include <unistd.h>

#include <cstdint>
#include <map>
#include <set>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "leaktrap/check/snapshot.h"
#include "leaktrap/probe/thread_probe.h"
#include "leaktrap/resource/kind.h"

namespace leaktrap::internal {

// Not a silent pass: a static initialiser may have leaked it.
std::string NoteOnWhatIsThere(const Snapshot& at_start,
                              const std::set<int>& harmless_tids) {
  std::map<Kind, int> counts;
  for (const Identity& identity : at_start.seen->identities) {
    const bool usual =
        (identity.kind == Kind::kDescriptor &&
         identity.number <= STDERR_FILENO) ||
        (identity.kind == Kind::kThread &&
         (identity.number == static_cast<uint64_t>(getpid()) ||  // main's
          identity.number == static_cast<uint64_t>(OwnProcTid()) ||
          harmless_tids.count(static_cast<int>(identity.number)) != 0));
    if (!usual) ++counts[identity.kind];
  }
  if (counts.empty()) return "";
  return absl::StrCat(
      "Leaktrap leaves alone what was there before RUN_ALL_TESTS(): ",
      absl::StrJoin(counts, ", ",
                    [](std::string* out, const auto& entry) {
                      out->append(CountOf(entry.first, entry.second));
                    }),
      ".");
}

}  // namespace leaktrap::internal
