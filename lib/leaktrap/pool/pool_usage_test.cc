// What pools did between two calls of TakePoolUsage(). A program of its own:
// once asked for, collecting stays on.

#include <algorithm>
#include <atomic>
#include <future>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "leaktrap/pool/connection_pool.h"
#include "leaktrap/pool/lease_ledger.h"
#include "leaktrap/pool/pool_registry.h"

namespace leaktrap {
namespace {

using ::leaktrap::internal::CountLeased;
using ::leaktrap::internal::ListPools;
using ::leaktrap::internal::PoolUsage;
using ::leaktrap::internal::TakePoolUsage;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::Field;
using ::testing::IsEmpty;
using ::testing::Optional;

template <typename Peak>
::testing::Matcher<PoolUsage> Usage(const std::string& name, bool alive,
                                    Peak peak) {
  return AllOf(Field("name", &PoolUsage::name, name),
               Field("alive", &PoolUsage::alive, alive),
               Field("peak_leased", &PoolUsage::peak_leased, peak));
}

// Leases `count` connections at one time and gives them back.
void LeaseAtOnce(LeaseLedger* ledger, int count) {
  std::vector<Lease> leases;
  for (int i = 0; i < count; ++i) {
    leases.push_back(ledger->CheckOut(ledger->Open("peer")));
  }
}

// The answer to the first call in this program.
const std::vector<PoolUsage>& FirstAnswer() {
  static const auto* const answer = [] {
    LeaseLedger living("living");
    LeaseAtOnce(&living, 2);
    LeaseAtOnce(std::make_unique<LeaseLedger>("dead by then").get(), 1);
    return new std::vector<PoolUsage>(TakePoolUsage());
  }();
  return *answer;
}

class PoolUsageTest : public ::testing::Test {
 protected:
  PoolUsageTest() {
    FirstAnswer();
    TakePoolUsage();
  }
};

// Keeps its own books; stops the first look at its counts for as long as the
// test likes.
class SlowPool final : public ConnectionPool {
 public:
  explicit SlowPool(std::string name) : name_(std::move(name)) {}

  std::string name() const override { return name_; }
  std::vector<PooledConnection> Connections() const override { return {}; }
  PoolCounts Counts() const override {
    std::call_once(stop_once_, [this] {
      entered_.set_value();
      go_on_.wait();
    });
    return {3, 1, 9, 5};
  }

  void AwaitLook() { looked_at_.wait(); }
  void LetLookGoOn() { let_go_on_.set_value(); }

 private:
  const std::string name_;
  mutable std::once_flag stop_once_;
  mutable std::promise<void> entered_;
  std::future<void> looked_at_ = entered_.get_future();
  std::promise<void> let_go_on_;
  std::shared_future<void> go_on_ = let_go_on_.get_future().share();
  PoolRegistration registration_{this};
};

TEST_F(PoolUsageTest, FirstCallTellsAllOfTheLivingAndNothingOfTheDead) {
  EXPECT_THAT(FirstAnswer(), ElementsAre(Usage("living", true, Optional(2))));
}

TEST_F(PoolUsageTest, PeakIsThatSinceTheLastCall) {
  LeaseLedger ledger("http");
  LeaseAtOnce(&ledger, 3);
  const Lease kept = ledger.CheckOut(ledger.Open("peer"));
  EXPECT_THAT(TakePoolUsage(), ElementsAre(Usage("http", true, Optional(3))));
  EXPECT_THAT(TakePoolUsage(), ElementsAre(Usage("http", true, Optional(1))));
}

TEST_F(PoolUsageTest, TellsTheCountsAndTheSerial) {
  LeaseLedger ledger("http");
  const Lease leased = ledger.CheckOut(ledger.Open("a"));
  ledger.Open("b");
  ledger.Discard(ledger.Open("c"));
  const std::vector<PoolUsage> usages = TakePoolUsage();
  ASSERT_EQ(usages.size(), 1);
  EXPECT_EQ(usages[0].serial, ListPools().at(0).serial);
  EXPECT_EQ(usages[0].counts.leased, 1);
  EXPECT_EQ(usages[0].counts.idle, 1);
  EXPECT_EQ(usages[0].counts.opened, 3);
  EXPECT_EQ(usages[0].counts.discarded, 1);
}

TEST_F(PoolUsageTest, DeadPoolIsToldOfOnceInItsPlace) {
  auto dying = std::make_unique<LeaseLedger>("dying");
  const LeaseLedger living("living");
  const uint64_t serial = ListPools().at(0).serial;
  LeaseAtOnce(dying.get(), 4);
  dying->Discard(dying->Open("peer"));
  Lease outlives = dying->CheckOut(dying->Open("peer"));
  dying.reset();
  outlives.Return();

  const std::vector<PoolUsage> usages = TakePoolUsage();
  ASSERT_THAT(usages, ElementsAre(Usage("dying", false, Optional(4)),
                                  Usage("living", true, Optional(0))));
  EXPECT_EQ(usages[0].serial, serial);
  EXPECT_EQ(usages[0].counts.leased, 1) << "at its death";
  EXPECT_EQ(usages[0].counts.idle, 4);
  EXPECT_EQ(usages[0].counts.opened, 6);
  EXPECT_EQ(usages[0].counts.discarded, 1);
  EXPECT_THAT(TakePoolUsage(), ElementsAre(Usage("living", true, Optional(0))));
}

TEST_F(PoolUsageTest, UsageOfTheDeadIsNoLeaseOfTheDead) {
  LeaseAtOnce(std::make_unique<LeaseLedger>("http").get(), 1);
  EXPECT_THAT(ListPools(), IsEmpty());
  EXPECT_THAT(TakePoolUsage(), ElementsAre(Usage("http", false, Optional(1))));
}

TEST_F(PoolUsageTest, PoolThatCannotTellItsPeakSaysSo) {
  auto pool = std::make_unique<SlowPool>("mine");
  pool->LetLookGoOn();
  EXPECT_THAT(TakePoolUsage(), ElementsAre(Usage("mine", true, std::nullopt)));
  pool.reset();
  const std::vector<PoolUsage> usages = TakePoolUsage();
  ASSERT_THAT(usages, ElementsAre(Usage("mine", false, std::nullopt)));
  EXPECT_EQ(usages[0].counts.opened, 9);
}

// Leases one more connection whenever it is asked, as other threads may.
class BusyPool final : public ConnectionPool {
 public:
  std::string name() const override { return "busy"; }
  std::vector<PooledConnection> Connections() const override { return {}; }
  PoolCounts Counts() const override { return {++leased_, 0, 0, 0}; }
  std::optional<int> TakePeakLeased() override { return ++leased_; }

 private:
  mutable int leased_ = 0;
  PoolRegistration registration_{this};
};

TEST_F(PoolUsageTest, PeakIsNeverBelowWhatIsLeased) {
  auto pool = std::make_unique<BusyPool>();
  const std::vector<PoolUsage> living = TakePoolUsage();
  pool.reset();
  const std::vector<PoolUsage> dead = TakePoolUsage();
  ASSERT_THAT(living, ElementsAre(Usage("busy", true, Optional(2))));
  ASSERT_THAT(dead, ElementsAre(Usage("busy", false, Optional(4))));
  EXPECT_EQ(living[0].counts.leased, 1);
  EXPECT_EQ(dead[0].counts.leased, 3);
}

// Would never end if a look at one pool kept others from coming and going.
TEST_F(PoolUsageTest, NothingIsLostOfPoolsThatDieDuringTheCall) {
  auto before = std::make_unique<LeaseLedger>("before");
  SlowPool slow("slow");
  auto after = std::make_unique<LeaseLedger>("after");
  LeaseAtOnce(before.get(), 1);
  LeaseAtOnce(after.get(), 2);
  std::future<std::vector<PoolUsage>> answer =
      std::async(std::launch::async, TakePoolUsage);
  slow.AwaitLook();
  LeaseAtOnce(before.get(), 3);
  before.reset();
  after.reset();
  LeaseAtOnce(std::make_unique<LeaseLedger>("passing").get(), 5);
  const LeaseLedger newer("newer");
  slow.LetLookGoOn();

  EXPECT_THAT(answer.get(), ElementsAre(Usage("before", true, Optional(1)),
                                        Usage("slow", true, std::nullopt),
                                        Usage("after", false, Optional(2)),
                                        Usage("passing", false, Optional(5))));
  EXPECT_THAT(TakePoolUsage(), ElementsAre(Usage("before", false, Optional(3)),
                                           Usage("slow", true, std::nullopt),
                                           Usage("newer", true, Optional(0))));
}

// Also would never end if it held others up.
TEST_F(PoolUsageTest, CountingLeasesLetsPoolsComeAndGo) {
  LeaseLedger ledger("http");
  const Lease lease = ledger.CheckOut(ledger.Open("peer"));
  SlowPool slow("slow");
  std::future<int64_t> leased = std::async(std::launch::async, CountLeased);
  slow.AwaitLook();
  const LeaseLedger newer("newer");
  slow.LetLookGoOn();
  EXPECT_EQ(leased.get(), 4);
}

TEST_F(PoolUsageTest, CountingLeasesTakesNoPeak) {
  LeaseLedger ledger("http");
  LeaseAtOnce(&ledger, 2);
  EXPECT_EQ(CountLeased(), 0);
  EXPECT_THAT(TakePoolUsage(), ElementsAre(Usage("http", true, Optional(2))));
}

// Whenever the calls fall, each pool's death is told of once, and the greatest
// of a pool's peaks is the peak of its life.
TEST_F(PoolUsageTest, NothingIsLostOrDoubledWhileManyPoolsComeAndGo) {
  constexpr int kRounds = 500;
  constexpr int kMakers = 2;
  std::atomic<int> at_work{kMakers};
  std::vector<std::thread> makers;
  for (int t = 0; t < kMakers; ++t) {
    makers.emplace_back([&at_work] {
      for (int i = 0; i < kRounds; ++i) {
        auto ledger = std::make_unique<LeaseLedger>("passing");
        LeaseAtOnce(ledger.get(), 1 + i % 3);
      }
      --at_work;
    });
  }
  std::map<uint64_t, int> peaks, deaths;
  for (bool last = false; !last;) {
    last = at_work == 0;
    for (const PoolUsage& usage : TakePoolUsage()) {
      int& peak = peaks[usage.serial];
      peak = std::max(peak, usage.peak_leased.value_or(-1));
      EXPECT_GE(usage.peak_leased.value_or(-1), usage.counts.leased);
      if (!usage.alive) ++deaths[usage.serial];
    }
  }
  for (std::thread& maker : makers) maker.join();

  std::map<int, int> pools_by_peak;
  for (const auto& [serial, peak] : peaks) ++pools_by_peak[peak];
  for (const auto& [serial, count] : deaths) EXPECT_EQ(count, 1) << serial;
  EXPECT_EQ(deaths.size(), kMakers * kRounds);
  std::map<int, int> expected;
  for (int i = 0; i < kRounds; ++i) expected[1 + i % 3] += kMakers;
  EXPECT_EQ(pools_by_peak, expected);
  EXPECT_THAT(TakePoolUsage(), IsEmpty());
}

}  // namespace
}  // namespace leaktrap
