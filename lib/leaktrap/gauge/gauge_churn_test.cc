// Counts beside a plain listing, while other threads come, go, open and close.
//
// A worker stirs, comes to rest holding what it says that it holds, and waits;
// while all rest, nothing changes and the count must be exact. While they stir,
// it must lie within what can be held.

#include <fcntl.h>
#include <pthread.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cstdint>
#include <functional>
#include <numeric>
#include <optional>
#include <random>
#include <set>
#include <thread>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "leaktrap/gauge/descriptor_count.h"
#include "leaktrap/gauge/gauge.h"
#include "leaktrap/gauge/plain_listing_for_test.h"
#include "leaktrap/resource/kind.h"

namespace leaktrap {
namespace {

using ::leaktrap::internal::kDescriptors;
using ::leaktrap::internal::KernelCounts;
using ::leaktrap::internal::kThreads;
using ::leaktrap::internal::ListingForTest;
using ::leaktrap::internal::PlainListing;
using ::testing::Optional;

constexpr int kWorkers = 4;
constexpr int kRounds = 100;
constexpr int kSteps = 50;
constexpr int kMost = 16;  // that one worker holds

class Barrier {
 public:
  Barrier() { pthread_barrier_init(&barrier_, nullptr, kWorkers + 1); }
  ~Barrier() { pthread_barrier_destroy(&barrier_); }
  void Wait() { pthread_barrier_wait(&barrier_); }

 private:
  pthread_barrier_t barrier_;
};

// Runs `stir` in each worker, again and again, and the others in between on the
// calling thread. `stir` returns how many the worker holds at the end.
void Churn(const std::function<int(int worker, std::mt19937*)>& stir,
           const std::function<void()>& while_they_stir,
           const std::function<void(int held)>& at_rest) {
  Barrier rest, go_on;
  std::array<int, kWorkers> held = {};
  std::atomic<int> stirring{kWorkers};
  std::vector<std::thread> workers;
  for (int worker = 0; worker < kWorkers; ++worker) {
    workers.emplace_back([&, worker] {
      std::mt19937 random(worker);
      for (int round = 0; round < kRounds; ++round) {
        held[worker] = stir(worker, &random);
        --stirring;
        rest.Wait();
        go_on.Wait();
      }
    });
  }
  for (int round = 0; round < kRounds; ++round) {
    do {
      while_they_stir();
    } while (stirring > 0);
    rest.Wait();
    at_rest(std::accumulate(held.begin(), held.end(), 0));
    stirring = kWorkers;
    go_on.Wait();
  }
  for (std::thread& worker : workers) worker.join();
}

class DescriptorHolder {
 public:
  ~DescriptorHolder() {
    while (!held_.empty()) CloseOne(0);
  }

  int Stir(std::mt19937* random) {
    for (int i = 0; i < kSteps; ++i) {
      if (held_.size() + 2 <= kMost && (*random)() % 2 == 0) {
        OpenSome((*random)() % 4);
      } else if (!held_.empty()) {
        CloseOne((*random)() % held_.size());
      }
    }
    return static_cast<int>(held_.size());
  }

 private:
  void OpenSome(int which) {
    int two[2];
    if (which == 0) {
      held_.push_back(open("/dev/null", O_RDONLY | O_CLOEXEC));
    } else if (which == 1) {
      held_.push_back(eventfd(0, EFD_CLOEXEC));
    } else if (which == 2 && pipe2(two, O_CLOEXEC) == 0) {
      held_.insert(held_.end(), two, two + 2);
    } else if (socketpair(AF_UNIX, SOCK_STREAM, 0, two) == 0) {
      held_.insert(held_.end(), two, two + 2);
    }
  }

  void CloseOne(size_t which) {
    EXPECT_EQ(close(held_[which]), 0);
    held_.erase(held_.begin() + which);
  }

  std::vector<int> held_;
};

class DescriptorChurnTest : public ::testing::TestWithParam<bool> {};

INSTANTIATE_TEST_SUITE_P(Ways, DescriptorChurnTest, ::testing::Bool(),
                         [](const auto& info) {
                           return info.param ? "Listing" : "Default";
                         });

TEST_P(DescriptorChurnTest, CountIsExact) {
  std::optional<ListingForTest> listing;
  if (GetParam()) listing.emplace();
  const bool at_one_time = !GetParam() && KernelCounts();
  const int64_t before = PlainListing(kDescriptors).size();
  std::array<DescriptorHolder, kWorkers> holders;
  Churn([&](int worker,
            std::mt19937* random) { return holders[worker].Stir(random); },
        [&] {
          const int64_t count = Count(Kind::kDescriptor).value_or(-1);
          EXPECT_GE(count, before);
          // A listing takes a while, and may see what was not there at once.
          EXPECT_TRUE(count <= before + kWorkers * kMost || !at_one_time)
              << count;
        },
        [&](int held) {
          EXPECT_THAT(Count(Kind::kDescriptor), Optional(before + held));
          EXPECT_EQ(PlainListing(kDescriptors).size(), before + held);
        });
}

// What a worker holds are threads that are parked; what it makes besides is
// over at once.
class ThreadHolder {
 public:
  ~ThreadHolder() {
    while (!held_.empty()) EndOne();
  }

  int Stir(std::mt19937* random) {
    for (int i = 0; i < kSteps / 5; ++i) {
      if (held_.size() < kMost && (*random)() % 2 == 0) {
        int ends[2];
        EXPECT_EQ(pipe2(ends, O_CLOEXEC), 0);
        held_.push_back({ends[1], std::thread([end = ends[0]] {
                           char nothing;
                           EXPECT_EQ(read(end, &nothing, 1), 0);
                           close(end);
                         })});
      } else if (!held_.empty()) {
        EndOne();
      }
      std::thread([] {}).join();
    }
    return static_cast<int>(held_.size());
  }

 private:
  struct Parked {
    int end;  // closed to let it end
    std::thread thread;
  };

  void EndOne() {
    close(held_.back().end);
    held_.back().thread.join();
    held_.pop_back();
  }

  std::vector<Parked> held_;
};

TEST(ThreadChurnTest, CountIsExact) {
  std::array<ThreadHolder, kWorkers> holders;
  Churn([&](int worker,
            std::mt19937* random) { return holders[worker].Stir(random); },
        [] { EXPECT_GT(Count(Kind::kThread).value_or(-1), kWorkers); },
        [](int held) {
          // Threads that were joined may still be on their way out. None comes:
          // if two listings are equal, so is what there was in between.
          std::set<int> first, second;
          std::optional<int64_t> count;
          do {
            first = PlainListing(kThreads);
            count = Count(Kind::kThread);
            second = PlainListing(kThreads);
          } while (first != second);
          EXPECT_THAT(count, Optional(first.size()));
          EXPECT_GE(count.value_or(-1), 1 + kWorkers + held);
        });
}

}  // namespace
}  // namespace leaktrap
