#include <algorithm>
#include <chrono>
#include <cstdint>
#include <iterator>
#include <set>
#include <thread>
#include <vector>

#include "leaktrap/check/sanitizers.h"
#include "leaktrap/check/tsan_thread.h"
#include "leaktrap/probe/proc_file.h"
#include "leaktrap/probe/thread_probe.h"

namespace leaktrap::internal {
namespace {

std::set<int> Tasks() {
  std::vector<uint64_t> tids;
  if (!ListProcNumbers("/proc/self/task", &tids)) return {};
  return std::set<int>(tids.begin(), tids.end());
}

}  // namespace

std::set<int> WakeTsanThread() {
  if (!RunsUnderTsan()) return {};
  const std::set<int> before = Tasks();
  int waker_tid = 0;
  std::thread([&waker_tid] { waker_tid = OwnProcTid(); }).join();
  std::set<int> after = Tasks();
  // A joined thread is still listed for a while.
  constexpr int kMostLooks = 1000;
  for (int i = 0; i < kMostLooks && after.count(waker_tid) != 0; ++i) {
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
    after = Tasks();
  }
  after.erase(waker_tid);
  std::set<int> woken;
  std::set_difference(after.begin(), after.end(), before.begin(), before.end(),
                      std::inserter(woken, woken.end()));
  return woken;
}

}  // namespace leaktrap::internal
