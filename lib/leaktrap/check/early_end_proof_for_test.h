// Real threads, and tries that a real proof needs.

#ifndef LEAKTRAP_CHECK_EARLY_END_PROOF_FOR_TEST_H_
#define LEAKTRAP_CHECK_EARLY_END_PROOF_FOR_TEST_H_

#include <chrono>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <set>
#include <thread>

#include "gtest/gtest.h"
#include "leaktrap/check/early_end_proof.h"
#include "leaktrap/check/tsan_thread.h"

namespace leaktrap::internal {

inline bool Same() { return true; }

// Set before any test creates a thread.
inline const std::set<int>& HarmlessTids() {
  static const auto* const tids = new std::set<int>(WakeTsanThread());
  return *tids;
}

inline std::unique_ptr<EarlyEndProof> NewProof() {
  return NewEarlyEndProof(HarmlessTids());
}

// Whether there is proof, now or soon: a thread takes a moment to be parked,
// and one that was joined is still listed for a moment.
inline bool ComesToHold(EarlyEndProof& proof, bool about_children = false,
                        bool (*same_again)() = Same) {
  constexpr int kMostTries = 10'000;
  for (int i = 0; i < kMostTries; ++i) {
    if (proof.Holds(about_children, same_again)) return true;
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  return false;
}
inline bool ComesToHold() { return ComesToHold(*NewProof()); }

// Tries for long enough that whatever takes a moment has happened.
inline bool NeverHolds(bool about_children = false) {
  constexpr int kTries = 100;
  const auto proof = NewProof();
  for (int i = 0; i < kTries; ++i) {
    if (proof->Holds(about_children, Same)) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  return true;
}

// A gate that opens once.
class Gate {
 public:
  void Wait() {
    std::unique_lock<std::mutex> lock(mutex_);
    opened_.wait(lock, [this] { return open_; });
  }
  void WaitFor(std::chrono::seconds duration) {
    std::unique_lock<std::mutex> lock(mutex_);
    opened_.wait_for(lock, duration, [this] { return open_; });
  }
  void Open() {
    const std::lock_guard<std::mutex> lock(mutex_);
    open_ = true;
    opened_.notify_all();
  }

 private:
  std::mutex mutex_;
  std::condition_variable opened_;
  bool open_ = false;
};

// A thread that is parked for as long as this lives.
class ParkedThread {
 public:
  ParkedThread() : thread_([this] { gate_.Wait(); }) {}
  ~ParkedThread() { End(); }
  void End() {
    gate_.Open();
    if (thread_.joinable()) thread_.join();
  }

 private:
  Gate gate_;
  std::thread thread_;
};

// Each test begins where there is proof; else one that shows its absence would
// show nothing.
class EarlyEndProofTest : public testing::Test {
 protected:
  void SetUp() override { ASSERT_TRUE(ComesToHold()); }
  void TearDown() override { EXPECT_TRUE(ComesToHold()); }
};

}  // namespace leaktrap::internal

#endif  // LEAKTRAP_CHECK_EARLY_END_PROOF_FOR_TEST_H_
