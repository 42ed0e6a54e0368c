#include <fcntl.h>
#include <sys/types.h>

#include <atomic>
#include <cerrno>
#include <cstddef>
#include <cstdint>

#include "leaktrap/origin/creation_cell.h"
#include "leaktrap/origin/lazy_table.h"
#include "leaktrap/origin/process_ledger.h"
#include "leaktrap/origin/recording.h"
#include "leaktrap/system/unseen_calls.h"

namespace leaktrap::internal {
namespace {

// Pids are given out in order, so that the remainder spreads them well; the
// child that comes to stand where another still is takes its place.
constexpr size_t kPlaces = 4096;

struct Slot {
  CreationCell made;
  std::atomic<pid_t> pid;
};

LazyTable<Slot, kPlaces> slots;

}  // namespace

void RecordProcess(uint64_t sequence, pid_t pid, const CallSite& site) {
  if (sequence == 0 || pid <= 0 || !InRecordedProcess()) return;
  PutProcess(pid, RecordCreation(sequence, site));
}

void PutProcess(pid_t pid, const CreationRecord& made) {
  ChangeAliveSumForGood();  // also where nobody can tell which child it is
  Slot* const table = pid <= 0 ? nullptr : slots.Get();
  if (table == nullptr) return;
  Slot& slot = table[static_cast<size_t>(pid) % kPlaces];
  slot.made.Take();
  slot.pid.store(pid, std::memory_order_release);
  slot.made.Put(made);
}

void ForgetProcess(pid_t pid) {
  Slot* const table = slots.GetIfUsed();
  if (table == nullptr || pid <= 0 || !InRecordedProcess()) return;
  Slot& slot = table[static_cast<size_t>(pid) % kPlaces];
  if (slot.pid.load(std::memory_order_acquire) == pid) slot.made.Take();
  ChangeAliveSumForGood();
}

void ForgetProcessMadeBy(uint64_t sequence) {
  Slot* const table = slots.GetIfUsed();
  if (table == nullptr || !InRecordedProcess()) return;
  for (size_t place = 0; place < kPlaces; ++place) {
    if (table[place].made.sequence() == sequence) table[place].made.Take();
  }
  ChangeAliveSumForGood();
}

CreationRecord FindProcess(pid_t pid) {
  const Slot* const table = slots.GetIfUsed();
  if (table == nullptr || pid <= 0) return {};
  const Slot& slot = table[static_cast<size_t>(pid) % kPlaces];
  const CreationRecord made = slot.made.Get();
  const bool is_it = slot.pid.load(std::memory_order_acquire) == pid &&
                     slot.made.sequence() == made.sequence;
  return is_it ? made : CreationRecord();
}

pid_t LastChild() {
  const int saved_errno = errno;
  pid_t last = 0;
  pid_t number = 0;
  const int fd = UnseenOpen("/proc/thread-self/children", O_RDONLY | O_CLOEXEC);
  if (fd >= 0) {
    // "4711 4712 ", the last one made at the end.
    char text[256];
    for (ssize_t size; (size = UnseenRead(fd, text, sizeof(text))) > 0;) {
      for (ssize_t i = 0; i < size; ++i) {
        if (text[i] >= '0' && text[i] <= '9') {
          number = number * 10 + (text[i] - '0');
        } else if (number != 0) {
          last = number;
          number = 0;
        }
      }
    }
    if (number != 0) last = number;
    UnseenClose(fd);
  }
  errno = saved_errno;
  return last;
}

}  // namespace leaktrap::internal
