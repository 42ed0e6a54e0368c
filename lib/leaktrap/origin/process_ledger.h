// Who made each child process.

#ifndef LEAKTRAP_ORIGIN_PROCESS_LEDGER_H_
#define LEAKTRAP_ORIGIN_PROCESS_LEDGER_H_

#include <sys/types.h>

#include <cstdint>

#include "leaktrap/origin/recording.h"

namespace leaktrap::internal {

// All functions are lock-free, use no heap, keep errno, and may be called by
// any thread and by signal handlers.

// `pid` was made by the creating call that BeginCreation() gave the number
// `sequence`. Does nothing if either says that there is nothing.
void RecordProcess(uint64_t sequence, pid_t pid, const CallSite& site);

// The same with a record that was made before; nothing for a `pid` of zero.
void PutProcess(pid_t pid, const CreationRecord& made);

// `pid` was waited for.
void ForgetProcess(pid_t pid);

// The child with that record was.
void ForgetProcessMadeBy(uint64_t sequence);

// An empty record if `pid` is not known. A child is forgotten for a later one
// whose pid has the same remainder by 4,096.
CreationRecord FindProcess(pid_t pid);

// The child that this thread made last, as the kernel tells; 0 if it cannot be
// told. For calls that do not say.
pid_t LastChild();

}  // namespace leaktrap::internal

#endif  // LEAKTRAP_ORIGIN_PROCESS_LEDGER_H_
