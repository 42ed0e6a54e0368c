// A slot lost when COMMIT throws, as in DuckDB's extension for PostgreSQL: the
// manager keeps each transaction in a map, and with it the connection that the
// transaction has borrowed. Commit() throws when the server is gone, and the
// line below it, which takes the transaction out of the map, is never reached.
// libpq has closed the socket: no descriptor leaks, only the slot, until
// "maximum connection count exceeded".
//
// https://github.com/duckdb/duckdb-postgres/issues/545

#include <libpq-fe.h>

#include <memory>
#include <mutex>
#include <stdexcept>
#include <unordered_map>
#include <utility>
#include <vector>

#include "examples/public_bugs/stage.h"
#include "gtest/gtest.h"
#include "leaktrap/adapters/libpq/inspector.h"
#include "leaktrap/pool/lease_tracker.h"

namespace public_bugs {
namespace {

class PostgresConnectionPool;

// Gives its connection back when it ends.
class PostgresPoolConnection {
 public:
  PostgresPoolConnection(PostgresConnectionPool* pool, PgConnection connection)
      : pool_(pool), connection_(std::move(connection)) {}
  PostgresPoolConnection(PostgresPoolConnection&&) = default;
  ~PostgresPoolConnection();

  PGconn* get() const { return connection_.get(); }

 private:
  PostgresConnectionPool* pool_;
  PgConnection connection_;
};

class PostgresConnectionPool {
 public:
  explicit PostgresConnectionPool(int maximum) : maximum_(maximum) {}

  PostgresPoolConnection GetConnection() {
    const std::lock_guard<std::mutex> lock(mutex_);
    if (active_ >= maximum_) {
      throw std::runtime_error("maximum connection count exceeded");
    }
    if (cache_.empty()) cache_.push_back(ConnectToPostgres());
    PgConnection connection = std::move(cache_.back());
    cache_.pop_back();
    ++active_;
    return PostgresPoolConnection(this, std::move(connection));
  }

  void ReturnConnection(PgConnection connection) {
    const std::lock_guard<std::mutex> lock(mutex_);
    --active_;
    if (PQstatus(connection.get()) != CONNECTION_OK) return;  // closed
    cache_.push_back(std::move(connection));
  }

 private:
  const int maximum_;
  std::mutex mutex_;
  int active_ = 0;
  std::vector<PgConnection> cache_;
};

PostgresPoolConnection::~PostgresPoolConnection() {
  if (connection_ != nullptr) pool_->ReturnConnection(std::move(connection_));
}

class PostgresTransactionManager {
 public:
  using Connection =
      leaktrap::Tracked<PostgresPoolConnection, leaktrap::libpq::Inspector>;
  struct Transaction {
    Connection connection;
    void Commit() { Query(connection->get(), "COMMIT"); }
  };

  explicit PostgresTransactionManager(PostgresConnectionPool* pool)
      : pool_(*pool) {}

  Transaction* StartTransaction() {
    // The line for Leaktrap: pool_.GetConnection() is there without it.
    Connection connection =
        leases_.Track(pool_.GetConnection(),
                      leaktrap::libpq::Inspector().PoolReplacesBroken());
    Query(connection->get(), "BEGIN");
    auto transaction =
        std::make_unique<Transaction>(Transaction{std::move(connection)});
    Transaction* const started = transaction.get();
    transactions_.emplace(started, std::move(transaction));
    return started;
  }

  void CommitLeaking(Transaction* transaction) {
    transaction->Commit();
    transactions_.erase(transaction);
  }

  void CommitFixed(Transaction* transaction) {
    const auto ended = transactions_.extract(transaction);
    transaction->Commit();
  }

 private:
  PostgresConnectionPool& pool_;
  leaktrap::LeaseTracker leases_{"duckdb"};
  std::unordered_map<Transaction*, std::unique_ptr<Transaction>> transactions_;
};

struct Database {
  PostgresConnectionPool pool{2};
  PostgresTransactionManager manager{&pool};
};

template <typename CommitFunction>
void CommitWithoutAServer(Database& database, CommitFunction commit) {
  commit(database.manager, database.manager.StartTransaction());
  auto* const transaction = database.manager.StartTransaction();
  EndSession(transaction->connection->get());
  EXPECT_THROW(commit(database.manager, transaction), std::runtime_error);
}

TEST(Bug, DuckdbPostgresLosesASlotWhenCommitThrows) {
  static Database& database = *new Database;
  CommitWithoutAServer(database, [](auto& manager, auto* transaction) {
    manager.CommitLeaking(transaction);
  });
}

TEST(Fixed, DuckdbPostgresErasesInAnyCase) {
  static Database& database = *new Database;
  CommitWithoutAServer(database, [](auto& manager, auto* transaction) {
    manager.CommitFixed(transaction);
  });
}

}  // namespace
}  // namespace public_bugs
