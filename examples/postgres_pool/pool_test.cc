// The pool, checked by Leaktrap as any user's would be.

#include "examples/postgres_pool/pool.h"

#include <atomic>
#include <chrono>
#include <future>
#include <thread>
#include <utility>
#include <vector>

#include "examples/postgres_pool/stage.h"
#include "examples/postgres_pool/transaction.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace postgres_pool {
namespace {

using testing::HasSubstr;
using testing::ThrowsMessage;

Stage* const stage = static_cast<Stage*>(
    testing::AddGlobalTestEnvironment(new Stage));  // GoogleTest owns it

PoolOptions OfOne(std::chrono::milliseconds patience) {
  PoolOptions options;
  options.size = 1;
  options.patience = patience;
  return options;
}

TEST(PoolTest, OpensWhatIsNeededAndKeepsIt) {
  Pool pool("db", stage->Conninfo());
  EXPECT_EQ(pool.Counts().opened, 0);
  for (int i = 0; i < 3; ++i) {
    const Pool::Handle one = pool.CheckOut();
    const Pool::Handle two = pool.CheckOut();
    EXPECT_EQ(one->Execute("SELECT 1 + 1"), Rows({{"2"}}));
    EXPECT_EQ(pool.Counts().leased, 2);
  }
  EXPECT_EQ(pool.Counts().opened, 2);
  EXPECT_EQ(pool.Counts().idle, 2);
}

// Who is not told waits for an hour.
TEST(PoolTest, WaitsForOneToComeBack) {
  Pool pool("db", stage->Conninfo(), OfOne(std::chrono::hours(1)));
  Pool::Handle first = pool.CheckOut();
  Connection* const connection = first.get();
  for (int i = 0; i < 100; ++i) {
    std::promise<void> about_to_wait;
    auto second = std::async(std::launch::async, [&] {
      about_to_wait.set_value();
      return pool.CheckOut();
    });
    about_to_wait.get_future().wait();
    std::this_thread::yield();
    first.reset();
    first = second.get();
    EXPECT_EQ(first.get(), connection);
  }
}

TEST(PoolTest, GivesUpInTime) {
  int asked = 0;
  PoolOptions options = OfOne(std::chrono::milliseconds(1));
  options.on_exhausted = [&] { ++asked; };
  Pool pool("db", stage->Conninfo(), options);
  {
    const Pool::Handle held = pool.CheckOut();
    EXPECT_THAT([&] { pool.CheckOut(); },
                ThrowsMessage<PoolExhausted>(HasSubstr("all 1 are in use")));
  }
  EXPECT_EQ(asked, 1);
  EXPECT_NE(pool.CheckOut(), nullptr);
}

TEST(PoolTest, AFailureToConnectTakesNoPlace) {
  Pool pool("db", stage->Conninfo() + " dbname=no_such_database",
            OfOne(std::chrono::milliseconds(1)));
  for (int i = 0; i < 3; ++i) EXPECT_THROW(pool.CheckOut(), DatabaseError);
}

TEST(PoolTest, ClosesWhatLostItsServer) {
  Pool pool("db", stage->Conninfo(), OfOne(std::chrono::milliseconds(1)));
  {
    const Pool::Handle connection = pool.CheckOut();
    stage->EndSession(*connection);
    EXPECT_THROW(connection->Execute("SELECT 1"), DatabaseError);
  }
  EXPECT_EQ(pool.Counts().discarded, 1);
  EXPECT_EQ(pool.CheckOut()->Execute("SELECT 1"), Rows({{"1"}}));
}

TEST(PoolTest, AHandleMayOutliveIt) {
  Pool::Handle handle;
  {
    Pool pool("db", stage->Conninfo());
    handle = pool.CheckOut();
  }
  EXPECT_EQ(handle->Execute("SELECT 1"), Rows({{"1"}}));
}

TEST(PoolTest, ByHand) {
  Pool pool("db", stage->Conninfo());
  Connection* const connection = pool.Acquire();
  EXPECT_EQ(pool.Counts().leased, 1);
  pool.Release(connection);
  EXPECT_EQ(pool.Counts().leased, 0);
}

TEST(PoolTest, ATransactionEndsItself) {
  const std::string account = stage->NewAccount(10);
  const std::string add =
      "UPDATE accounts SET balance = balance + 1 WHERE id = " + account;
  Pool pool("db", stage->Conninfo());
  const Pool::Handle connection = pool.CheckOut();
  {
    Transaction transaction(connection.get());
    connection->Execute(add);
    transaction.Commit();
  }
  {
    const Transaction transaction(connection.get());
    connection->Execute(add);
  }
  {
    const Transaction transaction(connection.get());
    EXPECT_THROW(connection->Execute("SELECT no_such_column"), DatabaseError);
  }
  EXPECT_EQ(stage->Balance(account), 11);
}

TEST(PoolTest, AThousandCheckoutsByManyThreads) {
  const std::string account = stage->NewAccount(0);
  Pool pool("db", stage->Conninfo());
  std::atomic<int> turns{0};
  std::vector<std::thread> threads;
  for (int i = 0; i < 8; ++i) {
    threads.emplace_back([&] {
      while (turns++ < 1000) {
        const Pool::Handle connection = pool.CheckOut();
        Transaction transaction(connection.get());
        connection->Execute(
            "UPDATE accounts SET balance = balance + 1 WHERE id = $1",
            {account});
        transaction.Commit();
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(stage->Balance(account), 1000);
  EXPECT_LE(pool.Counts().opened, 4);
  EXPECT_EQ(pool.Counts().leased, 0);
}

}  // namespace
}  // namespace postgres_pool
