#include "leaktrap/origin/descriptor_ledger.h"

#include <atomic>
#include <cerrno>
#include <cstddef>
#include <cstdint>

#include "leaktrap/origin/creation_cell.h"
#include "leaktrap/origin/descriptor_observer.h"
#include "leaktrap/origin/lazy_table.h"
#include "leaktrap/origin/recording.h"
#include "leaktrap/origin/release_log.h"
#include "leaktrap/resource/kind.h"

namespace leaktrap::internal {
namespace {

// The most that Linux allows by default (fs.nr_open). Descriptors beyond have
// no record.
constexpr size_t kMaxDescriptors = size_t{1} << 20;

struct Slot {
  CreationCell made;
  std::atomic<uint64_t> file;
  std::atomic<const char*> taken_by;
  // Of the last close.
  std::atomic<const void*> closed_at;
  std::atomic<uint64_t> closed_sequence;
};

static_assert(sizeof(Slot) <= 64, "the promise of a record's size");

LazyTable<Slot, kMaxDescriptors> slots;
std::atomic<int> highest_recorded{-1};

inline Slot* SlotOf(int fd) {
  if (fd < 0 || static_cast<size_t>(fd) >= kMaxDescriptors) return nullptr;
  Slot* const table = slots.Get();
  if (table == nullptr) return nullptr;
  int highest = highest_recorded.load(std::memory_order_relaxed);
  while (fd > highest && !highest_recorded.compare_exchange_weak(
                             highest, fd, std::memory_order_relaxed)) {
  }
  return &table[fd];
}

inline Slot* UsedSlotOf(int fd) {
  if (fd < 0 || static_cast<size_t>(fd) >= kMaxDescriptors) return nullptr;
  Slot* const table = slots.GetIfUsed();
  return table == nullptr ? nullptr : &table[fd];
}

inline void Record(uint64_t sequence, uint64_t file, int fd,
                   const CallSite& site) {
  if (sequence == 0 || fd < 0 || !InRecordedProcess()) return;
  Slot* const slot = SlotOf(fd);
  if (slot == nullptr) return;
  slot->file.store(file, std::memory_order_release);
  slot->taken_by.store(nullptr, std::memory_order_release);
  slot->made.Put(RecordCreation(sequence, site));
  AddAlive(sequence);
}

// Zero if it is not known.
inline uint64_t FileOf(int fd) {
  const Slot* const slot = UsedSlotOf(fd);
  if (slot == nullptr) return 0;
  const uint64_t sequence = slot->made.sequence();
  const uint64_t file = slot->file.load(std::memory_order_acquire);
  // Another descriptor may have taken the number in between.
  return sequence != 0 && slot->made.sequence() == sequence ? file : 0;
}

inline ClosingDescriptor Close(int fd, Slot* slot, const void* caller) {
  ClosingDescriptor closing;
  closing.fd = fd;
  const uint64_t sequence = slot->made.Take();
  if (sequence != 0) {
    RemoveAlive(sequence);
    closing.made = slot->made.GetLast(sequence);
    slot->closed_at.store(caller, std::memory_order_release);
    slot->closed_sequence.store(sequence, std::memory_order_release);
    return closing;
  }
  ChangeAliveSumForGood();
  const uint64_t closed = slot->closed_sequence.load(std::memory_order_acquire);
  if (closed != 0) {
    closing.made = slot->made.GetLast(closed);
    closing.first_at = slot->closed_at.load(std::memory_order_acquire);
  }
  return closing;
}

}  // namespace

void RecordDescriptor(uint64_t sequence, int fd, const CallSite& site) {
  Record(sequence, sequence, fd, site);
  const DescriptorObserver observer =
      descriptor_observer.load(std::memory_order_acquire);
  if (observer != nullptr && fd >= 0) observer(fd, site.call, site.caller);
}

void RecordDuplicate(uint64_t sequence, int fd, int original,
                     const CallSite& site) {
  if (sequence != 0) Record(sequence, FileOf(original), fd, site);
}

void RecordInherited(int fd) {
  const uint64_t sequence = BeginCreation();
  Slot* const slot = SlotOf(fd);
  if (sequence == 0 || slot == nullptr || slot->made.sequence() != 0) return;
  slot->file.store(sequence, std::memory_order_release);
  CreationRecord record;
  record.sequence = sequence;
  record.call = "exec";
  slot->made.Put(record);
  AddAlive(sequence);
}

void RecordTakenOver(int fd, const char* call) {
  Slot* const slot = UsedSlotOf(fd);
  if (slot == nullptr || !InRecordedProcess()) return;
  slot->taken_by.store(call, std::memory_order_release);
}

ClosingDescriptor BeginClose(int fd, const void* caller) {
  if (!InRecordedProcess()) return {};
  Slot* const slot = UsedSlotOf(fd);
  if (slot != nullptr) return Close(fd, slot, caller);
  ChangeAliveSumForGood();
  return {};
}

void EndClose(const ClosingDescriptor& closing, int error, const void* caller) {
  if (closing.made.sequence == 0) return;
  const bool again = closing.first_at != nullptr;
  if (again ? error != EBADF
            : error == EBADF || !IsLogged(closing.made.sequence)) {
    return;
  }
  const int saved_errno = errno;
  ReleaseRecord release;
  release.kind = Kind::kDescriptor;
  release.number = static_cast<uint64_t>(closing.fd);
  release.made = closing.made;
  release.at = caller;
  release.first_at = closing.first_at;
  release.stack = RecordReleaseStack(caller);
  release.tid = CurrentTid();
  LogRelease(release);
  errno = saved_errno;
}

void CancelClose(const ClosingDescriptor& closing) {
  if (closing.made.sequence == 0 || closing.first_at != nullptr) return;
  slots.GetIfUsed()[closing.fd].made.PutBack(closing.made.sequence);
  AddAlive(closing.made.sequence);
}

void ForgetRange(unsigned first, unsigned last, const void* caller) {
  if (!InRecordedProcess()) return;
  ChangeAliveSumForGood();
  Slot* const table = slots.GetIfUsed();
  if (table == nullptr) return;
  const int64_t highest = highest_recorded.load(std::memory_order_relaxed);
  for (int64_t fd = first; fd <= last && fd <= highest; ++fd) {
    const ClosingDescriptor closing =
        Close(static_cast<int>(fd), &table[fd], caller);
    if (closing.first_at == nullptr) EndClose(closing, 0, caller);
  }
}

DescriptorRecord FindDescriptor(int fd) {
  const Slot* const slot = UsedSlotOf(fd);
  if (slot == nullptr) return {};
  DescriptorRecord record;
  record.made = slot->made.Get();
  record.file = slot->file.load(std::memory_order_acquire);
  record.taken_by = slot->taken_by.load(std::memory_order_acquire);
  // Another descriptor may have taken the number in between.
  if (record.made.sequence == 0 ||
      slot->made.sequence() != record.made.sequence) {
    return {};
  }
  return record;
}

}  // namespace leaktrap::internal
