#include "leaktrap/origin/thread_ledger.h"

#include <pthread.h>
#include <sys/prctl.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <vector>

#include "leaktrap/origin/creation_cell.h"
#include "leaktrap/origin/handle_index.h"
#include "leaktrap/origin/lazy_table.h"
#include "leaktrap/origin/recording.h"
#include "leaktrap/origin/release_log.h"
#include "leaktrap/resource/kind.h"

// LeakSanitizer's, where it is linked in.
extern "C" __attribute__((weak)) void __lsan_register_root_region(
    const void* begin, size_t size);

namespace leaktrap::internal {

struct ThreadRecord {
  CreationCell made;
  std::atomic<pthread_t> handle;
  // The start function and its argument; once it has finished, its name.
  std::atomic<uint64_t> words[2];
  std::atomic<int> tid;
  std::atomic<uint32_t> state;
};

namespace {

static_assert(sizeof(ThreadRecord) <= 64, "the promise of a record's size");
static_assert(sizeof(ThreadStart) == 2 * sizeof(uint64_t));

// The most threads that Linux allows by default on small machines; what is
// beyond has no record.
constexpr size_t kMaxThreads = size_t{1} << 16;

// Bits of a record's state; zero is a free one.
constexpr uint32_t kTaken = 1;
constexpr uint32_t kCreated = 2;  // the creating call is over
constexpr uint32_t kFinished = 4;
constexpr uint32_t kJoined = 8;
constexpr uint32_t kDetached = 16;
constexpr uint32_t kReleasing =
    32;  // a call that joins or detaches is under way

LazyTable<ThreadRecord, kMaxThreads> records;

// An entry is a record's place, and the sequence that it had when it got the
// handle: it is stale once another has the place.
HandleIndex<2 * kMaxThreads> by_handle;
constexpr int kPlaceBits = 16;
static_assert(kMaxThreads == size_t{1} << kPlaceBits);

std::atomic<uint32_t> records_used{0};  // those behind were never taken
std::atomic<uint32_t> maybe_free{0};    // none in front of it, as far as known

// The wrappers run before any static initialiser, so without dynamic TLS.
__attribute__((tls_model("initial-exec"))) thread_local ThreadRecord* self =
    nullptr;

// The first that is free: whoever looks through all of them looks through no
// more than there ever were at once.
ThreadRecord* TakeFree() {
  ThreadRecord* const table = records.Get();
  if (table == nullptr) return nullptr;
  const uint32_t begin = maybe_free.load(std::memory_order_acquire);
  for (uint32_t step = 0; step < kMaxThreads; ++step) {
    const uint32_t place = (begin + step) % kMaxThreads;
    uint32_t state = table[place].state.load(std::memory_order_relaxed);
    if (state != 0 || !table[place].state.compare_exchange_strong(
                          state, kTaken, std::memory_order_acq_rel)) {
      continue;
    }
    maybe_free.store(place + 1, std::memory_order_release);
    uint32_t used = records_used.load(std::memory_order_acquire);
    while (place >= used && !records_used.compare_exchange_weak(
                                used, place + 1, std::memory_order_acq_rel)) {
    }
    return &table[place];
  }
  return nullptr;
}

// A thread is known by its id only once it runs: a look before that has seen
// less.
uint64_t OfRunning(uint64_t sequence) { return ~sequence; }

void Free(ThreadRecord* record) {
  const uint64_t sequence = record->made.Take();
  record->handle.store(0, std::memory_order_release);
  record->tid.store(0, std::memory_order_release);
  RemoveAlive(sequence);
  record->state.store(0, std::memory_order_release);
  const auto place = static_cast<uint32_t>(record - records.GetIfUsed());
  uint32_t first = maybe_free.load(std::memory_order_acquire);
  while (place < first && !maybe_free.compare_exchange_weak(
                              first, place, std::memory_order_acq_rel)) {
  }
}

ThreadRecord* RecordOf(uint64_t entry) {
  ThreadRecord* const record = records.GetIfUsed() + entry % kMaxThreads;
  return record->made.sequence() == entry >> kPlaceBits ? record : nullptr;
}

// The record can be found by its handle from now on.
void ShowHandle(const ThreadRecord* record) {
  const auto place = static_cast<uint64_t>(record - records.GetIfUsed());
  by_handle.Add(record->handle.load(std::memory_order_acquire),
                record->made.sequence() << kPlaceBits | place,
                [](uint64_t entry) { return RecordOf(entry) == nullptr; });
}

// A record is free for another thread when the creating call is over, and the
// thread has finished, and somebody has let go of it, whichever comes last.
void Add(ThreadRecord* record, uint32_t bit) {
  const uint32_t state =
      record->state.fetch_or(bit, std::memory_order_acq_rel) | bit;
  const bool let_go = (state & (kJoined | kDetached)) != 0;
  if (let_go && (state & kCreated) != 0 && (state & kFinished) != 0) {
    Free(record);
  }
}

template <typename Visit>
void ForEach(Visit visit) {
  ThreadRecord* const table = records.GetIfUsed();
  if (table == nullptr) return;
  const uint32_t used = records_used.load(std::memory_order_acquire);
  for (uint32_t place = 0; place < used; ++place) {
    if (!visit(&table[place])) return;
  }
}

bool IsRunning(const ThreadRecord& record) {
  const uint32_t state = record.state.load(std::memory_order_acquire);
  return state != 0 && (state & kFinished) == 0;
}

// And nobody has let go of it.
bool IsFinished(const ThreadRecord& record) {
  const uint32_t state = record.state.load(std::memory_order_acquire);
  return (state & kFinished) != 0 && (state & (kJoined | kDetached)) == 0;
}

// The calling thread's run, from its begin to its end: when its function
// returns, or when pthread_exit(3) or pthread_cancel(3) unwind it.
class Run {
 public:
  explicit Run(void* record) : record_(static_cast<ThreadRecord*>(record)) {
    const uint64_t words[2] = {
        record_->words[0].load(std::memory_order_acquire),
        record_->words[1].load(std::memory_order_acquire)};
    std::memcpy(&start_, words, sizeof(start_));
    record_->handle.store(pthread_self(), std::memory_order_release);
    ShowHandle(record_);
    record_->tid.store(CurrentTid(), std::memory_order_release);
    AddAlive(OfRunning(record_->made.sequence()));
    self = record_;
  }
  Run(const Run&) = delete;
  Run& operator=(const Run&) = delete;

  const ThreadStart& start() const { return start_; }

  ~Run() {
    uint64_t words[2] = {};
    prctl(PR_GET_NAME, words);
    record_->words[0].store(words[0], std::memory_order_release);
    record_->words[1].store(words[1], std::memory_order_release);
    self = nullptr;
    const uint64_t sequence = record_->made.sequence();
    Add(record_, kFinished);  // from here on it may be another's record
    RemoveAlive(OfRunning(sequence));
  }

 private:
  ThreadRecord* const record_;
  ThreadStart start_;
};

}  // namespace

ThreadRecord* BeginThread(const CallSite& site, ThreadStart start,
                          bool detached) {
  const uint64_t sequence = BeginCreation();
  if (sequence == 0 || !InRecordedProcess()) return nullptr;
  ThreadRecord* const record = TakeFree();
  if (record == nullptr) return nullptr;
  uint64_t words[2];
  std::memcpy(words, &start, sizeof(words));
  record->words[0].store(words[0], std::memory_order_release);
  record->words[1].store(words[1], std::memory_order_release);
  record->made.Put(RecordCreation(sequence, site));
  AddAlive(sequence);
  if (detached) Add(record, kDetached);
  return record;
}

void* RunRecordedThread(void* record) {
  const Run run(record);
  const auto function =
      reinterpret_cast<void* (*)(void*)>(run.start().function);
  return function(run.start().argument);
}

int RunRecordedC11Thread(void* record) {
  const Run run(record);
  const auto function = reinterpret_cast<int (*)(void*)>(run.start().function);
  return function(run.start().argument);
}

void EndThread(ThreadRecord* record, const pthread_t* handle) {
  if (record->handle.load(std::memory_order_acquire) == 0) {
    record->handle.store(*handle, std::memory_order_release);
  }
  // The thread itself may not have come so far yet.
  ShowHandle(record);
  Add(record, kCreated);
}

void CancelThread(ThreadRecord* record) {
  Add(record, kCreated | kFinished | kJoined);
}

ThreadRecord* BeginRelease(pthread_t handle) {
  if (!InRecordedProcess()) return nullptr;
  ThreadRecord* newest = nullptr;
  uint64_t sequence = 0;
  auto consider = [&](ThreadRecord* record) {
    const uint32_t state = record->state.load(std::memory_order_acquire);
    const bool is_over = (state & kFinished) != 0 && (state & kDetached) != 0;
    if (state != 0 && !is_over && (state & (kJoined | kReleasing)) == 0 &&
        record->handle.load(std::memory_order_acquire) == handle &&
        record->made.sequence() > sequence) {
      newest = record;
      sequence = record->made.sequence();
    }
    return true;
  };
  if (by_handle.is_partial()) {
    ForEach(consider);
  } else {
    by_handle.ForEach(handle, [&](uint64_t entry) {
      if (ThreadRecord* const record = RecordOf(entry)) consider(record);
    });
  }
  if (newest != nullptr) Add(newest, kReleasing);
  return newest;
}

void CancelRelease(ThreadRecord* record) {
  if (record == nullptr) return;
  record->state.fetch_and(~kReleasing, std::memory_order_acq_rel);
}

void MarkJoined(ThreadRecord* record, const void* caller) {
  if (record == nullptr) return;
  const CreationRecord made = record->made.Get();
  if (IsLogged(made.sequence)) {
    ReleaseRecord release;
    release.kind = Kind::kThread;
    release.number = record->tid.load(std::memory_order_acquire);
    release.made = made;
    release.at = caller;
    release.stack = RecordReleaseStack(caller);
    release.tid = CurrentTid();
    LogRelease(release);
  }
  Add(record, kJoined);
}

void MarkDetached(ThreadRecord* record) {
  if (record != nullptr) Add(record, kDetached);
}

uint32_t ChargedTo() { return self == nullptr ? 0 : self->made.charged_to(); }

void Charge(const RunningThread& thread, uint32_t charged_to) {
  if (thread.record->made.sequence() == thread.made.sequence) {
    thread.record->made.set_charged_to(charged_to);
  }
}

std::vector<RunningThread> RunningThreads() {
  std::vector<RunningThread> running;
  ForEach([&](ThreadRecord* record) {
    RunningThread thread;
    thread.record = record;
    thread.made = record->made.Get();
    thread.tid = record->tid.load(std::memory_order_acquire);
    thread.is_detached =
        (record->state.load(std::memory_order_acquire) & kDetached) != 0;
    if (thread.tid != 0 && IsRunning(*record) && thread.made.sequence != 0 &&
        record->made.sequence() == thread.made.sequence) {
      running.push_back(thread);
    }
    return true;
  });
  return running;
}

std::vector<FinishedThread> FinishedThreads() {
  std::vector<FinishedThread> finished;
  ForEach([&](ThreadRecord* record) {
    FinishedThread thread;
    thread.record = record;
    thread.made = record->made.Get();
    if (!IsFinished(*record)) return true;
    thread.tid = record->tid.load(std::memory_order_acquire);
    const uint64_t words[2] = {
        record->words[0].load(std::memory_order_acquire),
        record->words[1].load(std::memory_order_acquire)};
    std::memcpy(thread.name.data(), words, thread.name.size());
    // It may have been let go of, and its record taken by another.
    if (thread.made.sequence != 0 &&
        record->made.sequence() == thread.made.sequence) {
      finished.push_back(thread);
    }
    return true;
  });
  return finished;
}

bool IsStillFinished(const FinishedThread& thread) {
  return IsFinished(*thread.record) &&
         thread.record->made.sequence() == thread.made.sequence;
}

void ShowRecordsToLeakSanitizer() {
  if (__lsan_register_root_region == nullptr) return;
  if (ThreadRecord* const table = records.Get(); table != nullptr) {
    __lsan_register_root_region(table, kMaxThreads * sizeof(ThreadRecord));
  }
}

void ForgetOtherThreads() {
  ForEach([](ThreadRecord* record) {
    if (record != self) {
      Free(record);
    } else {
      record->tid.store(CurrentTid(), std::memory_order_release);
    }
    return true;
  });
}

}  // namespace leaktrap::internal
