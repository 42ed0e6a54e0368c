// The bugs that lose a connection of a pool, or give it back unfit for the next
// user, each in code that looks right, and each beside its fix. Linked with
// //testing:main: the tests of suite Leaking fail, those of suite Fixed pass.
//
// pool_stories_test runs this program, judges its verdicts, and demands that
// the reports name the lines that are marked.

#include <map>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>

#include "examples/postgres_pool/pool.h"
#include "examples/postgres_pool/stage.h"
#include "examples/postgres_pool/transaction.h"
#include "gtest/gtest.h"
#include "leaktrap/find_leaks.h"

namespace postgres_pool {
namespace {

Stage* const stage = static_cast<Stage*>(
    testing::AddGlobalTestEnvironment(new Stage));  // GoogleTest owns it

constexpr char kBalance[] = "SELECT balance FROM accounts WHERE id = $1";
constexpr char kAdd[] =
    "UPDATE accounts SET balance = balance + $2 WHERE id = $1 "
    "RETURNING balance";

// The bugs.
namespace leaking {

// An exception between checkout and release: the number is not one.
void Deposit(Pool& pool, const std::string& account, const std::string& text) {
  Connection* const connection = pool.Acquire();  // LEAK: LostByAnException
  const int amount = std::stoi(text);
  connection->Execute(kAdd, {account, std::to_string(amount)});
  pool.Release(connection);
}

std::optional<int> Balance(Pool& pool, const std::string& account) {
  Connection* const connection = pool.Acquire();  // LEAK: LostByAnEarlyReturn
  const Rows rows = connection->Execute(kBalance, {account});
  if (rows.empty()) return std::nullopt;
  pool.Release(connection);
  return std::stoi(rows[0][0]);
}

// The connection goes back whatever happens. The transaction does not end.
bool Withdraw(Pool& pool, const std::string& account, int amount) {
  const Pool::Handle connection = pool.CheckOut();  // TAKEN: ReturnedInBegin
  connection->Execute("BEGIN");
  const Rows rows =
      connection->Execute(kAdd, {account, std::to_string(-amount)});
  if (std::stoi(rows[0][0]) < 0) return false;
  connection->Execute("COMMIT");
  return true;
}  // LEAK: ReturnedInBegin

// The transactions that are open, by the number of their client.
class Transactions {
 public:
  explicit Transactions(Pool* pool) : pool_(pool) {}

  Connection& Begin(int client) {
    Pool::Handle connection = pool_->CheckOut();  // LEAK: CommitThrows
    connection->Execute("BEGIN");
    return *(open_[client] = std::move(connection));
  }

  void Commit(int client) {
    open_.at(client)->Execute("COMMIT");
    open_.erase(client);  // not if COMMIT throws
  }

 private:
  Pool* const pool_;
  std::map<int, Pool::Handle> open_;
};

int Audit(Pool& pool, const std::string& account) {
  const Pool::Handle connection = pool.CheckOut();
  return std::stoi(connection->Execute(kBalance, {account})[0][0]);
}

// Holds one connection and asks for another: with as many clients as there are
// connections, all wait for each other.
int DepositAndAudit(Pool& pool, const std::string& account, int amount) {
  const Pool::Handle connection = pool.CheckOut();  // LEAK: NestedCheckout
  connection->Execute(kAdd, {account, std::to_string(amount)});
  return Audit(pool, account);
}

}  // namespace leaking

// The same with handles and transactions that end themselves.
namespace fixed {

void Deposit(Pool& pool, const std::string& account, const std::string& text) {
  const Pool::Handle connection = pool.CheckOut();
  const int amount = std::stoi(text);
  connection->Execute(kAdd, {account, std::to_string(amount)});
}

std::optional<int> Balance(Pool& pool, const std::string& account) {
  const Pool::Handle connection = pool.CheckOut();
  const Rows rows = connection->Execute(kBalance, {account});
  if (rows.empty()) return std::nullopt;
  return std::stoi(rows[0][0]);
}

bool Withdraw(Pool& pool, const std::string& account, int amount) {
  const Pool::Handle connection = pool.CheckOut();
  Transaction transaction(connection.get());
  const Rows rows =
      connection->Execute(kAdd, {account, std::to_string(-amount)});
  if (std::stoi(rows[0][0]) < 0) return false;
  transaction.Commit();
  return true;
}

class Transactions {
 public:
  explicit Transactions(Pool* pool) : pool_(pool) {}

  Connection& Begin(int client) {
    Pool::Handle connection = pool_->CheckOut();
    connection->Execute("BEGIN");
    return *(open_[client] = std::move(connection));
  }

  void Commit(int client) {
    const auto taken_out = open_.extract(client);
    taken_out.mapped()->Execute("COMMIT");
  }

 private:
  Pool* const pool_;
  std::map<int, Pool::Handle> open_;
};

int Audit(Connection& connection, const std::string& account) {
  return std::stoi(connection.Execute(kBalance, {account})[0][0]);
}

int DepositAndAudit(Pool& pool, const std::string& account, int amount) {
  const Pool::Handle connection = pool.CheckOut();
  connection->Execute(kAdd, {account, std::to_string(amount)});
  return Audit(*connection, account);
}

}  // namespace fixed

TEST(Leaking, LostByAnException) {
  Pool& pool = stage->NewPool();
  const std::string account = stage->NewAccount(10);
  EXPECT_THROW(leaking::Deposit(pool, account, "ten"), std::invalid_argument);
}

TEST(Fixed, AnExceptionLosesNothing) {
  Pool& pool = stage->NewPool();
  const std::string account = stage->NewAccount(10);
  EXPECT_THROW(fixed::Deposit(pool, account, "ten"), std::invalid_argument);
  fixed::Deposit(pool, account, "5");
  EXPECT_EQ(stage->Balance(account), 15);
}

TEST(Leaking, LostByAnEarlyReturn) {
  EXPECT_EQ(leaking::Balance(stage->NewPool(), "0"), std::nullopt);
}

TEST(Fixed, AnEarlyReturnLosesNothing) {
  EXPECT_EQ(fixed::Balance(stage->NewPool(), "0"), std::nullopt);
}

TEST(Leaking, ReturnedInBegin) {
  Pool& pool = stage->NewPool();
  const std::string account = stage->NewAccount(10);
  EXPECT_FALSE(leaking::Withdraw(pool, account, 11));
}

TEST(Fixed, RolledBackBeforeItIsReturned) {
  Pool& pool = stage->NewPool();
  const std::string account = stage->NewAccount(10);
  EXPECT_FALSE(fixed::Withdraw(pool, account, 11));
  EXPECT_TRUE(fixed::Withdraw(pool, account, 1));
  EXPECT_EQ(stage->Balance(account), 9);
}

TEST(Leaking, CommitThrows) {
  static auto* const transactions =
      new leaking::Transactions(&stage->NewPool());  // as long as the service
  stage->EndSession(transactions->Begin(7));
  EXPECT_THROW(transactions->Commit(7), DatabaseError);
}

TEST(Fixed, CommitThrowsAndLosesNothing) {
  fixed::Transactions transactions(&stage->NewPool());
  stage->EndSession(transactions.Begin(7));
  EXPECT_THROW(transactions.Commit(7), DatabaseError);
  transactions.Begin(8);
  transactions.Commit(8);
}

TEST(Leaking, PoolDestroyedEarly) {
  static Pool::Handle kept;  // as a cursor that somebody may still read
  Pool pool("db", stage->Conninfo());
  kept = pool.CheckOut();  // LEAK: PoolDestroyedEarly
}

TEST(Fixed, PoolDestroyedLast) {
  Pool pool("db", stage->Conninfo());
  const Pool::Handle handle = pool.CheckOut();
  EXPECT_EQ(pool.Counts().leased, 1);
}

// By the time that the test fails nobody has a connection any more: who had it
// is asked when the checkout gives up.
PoolOptions OfOneConnection() {
  PoolOptions options;
  options.size = 1;
  options.patience = std::chrono::milliseconds(50);
  options.on_exhausted = [before = leaktrap::Snapshot::Take()] {
    ADD_FAILURE() << leaktrap::FindLeaks(before);
  };
  return options;
}

TEST(Leaking, NestedCheckout) {
  Pool& pool = stage->NewPool(OfOneConnection());
  const std::string account = stage->NewAccount(10);
  EXPECT_EQ(leaking::DepositAndAudit(pool, account, 5), 15);
}

TEST(Fixed, OneConnectionForBoth) {
  Pool& pool = stage->NewPool(OfOneConnection());
  const std::string account = stage->NewAccount(10);
  EXPECT_EQ(fixed::DepositAndAudit(pool, account, 5), 15);
}

// The connection is opened in here and stays open: idle, and no leak.
TEST(Fixed, TwoHundredQueriesOverOneConnection) {
  Pool& pool = stage->NewPool();
  const std::string account = stage->NewAccount(0);
  for (int i = 0; i < 200; ++i) fixed::Deposit(pool, account, "1");
  EXPECT_EQ(fixed::Balance(pool, account), 200);
  EXPECT_EQ(pool.Counts().opened, 1);
  EXPECT_EQ(pool.Counts().idle, 1);
}

}  // namespace
}  // namespace postgres_pool
