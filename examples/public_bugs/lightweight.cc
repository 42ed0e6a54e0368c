// Handed back inside BEGIN, as in Lightweight: the pool's Return() puts a
// mapper on the list of idle ones and ends no transaction, and its guard
// returns in any case. The next user inherits what the one before has begun,
// and its locks. Nothing is left behind: it is dirty.
//
// https://github.com/LASTRADA-Software/Lightweight/issues/583

#include <libpq-fe.h>

#include <memory>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "examples/public_bugs/stage.h"
#include "gtest/gtest.h"
#include "leaktrap/adapters/libpq/inspector.h"
#include "leaktrap/pool/lease_tracker.h"

namespace public_bugs {
namespace {

using leaktrap::libpq::Inspector;

enum class OnReturn { kNothing, kRollback };

class DataMapperPool {
 public:
  struct Return {
    DataMapperPool* pool;
    void operator()(PGconn* mapper) const {
      if (pool->on_return_ == OnReturn::kRollback &&
          PQtransactionStatus(mapper) != PQTRANS_IDLE) {
        Query(mapper, "ROLLBACK");
      }
      pool->idle_.emplace_back(mapper);
    }
  };
  using PooledDataMapper = std::unique_ptr<PGconn, Return>;

  explicit DataMapperPool(OnReturn on_return) : on_return_(on_return) {}

  PooledDataMapper Acquire() {
    if (idle_.empty()) idle_.push_back(ConnectToPostgres());
    PGconn* const mapper = idle_.back().release();
    idle_.pop_back();
    return PooledDataMapper(mapper, Return{this});
  }

 private:
  const OnReturn on_return_;
  std::vector<PgConnection> idle_;
};

struct Database {
  Database(OnReturn on_return, Inspector what)
      : pool(on_return), inspector(what) {}

  auto Acquire() { return leases.Track(pool.Acquire(), inspector); }

  DataMapperPool pool;
  Inspector inspector;
  leaktrap::LeaseTracker leases{"lightweight"};
};

// Returns early, since there is nothing to pay.
void Pay(Database& database, int amount) {
  const auto mapper = database.Acquire();
  Query(mapper.get(), "BEGIN");
  if (amount == 0) return;
  Query(mapper.get(), "SELECT " + std::to_string(amount));
  Query(mapper.get(), "COMMIT");
}

PGTransactionStatusType WhatTheNextUserGets(Database& database) {
  return PQtransactionStatus(database.Acquire().get());
}

TEST(Bug, LightweightHandsBackInsideBegin) {
  Database database(OnReturn::kNothing, Inspector());
  Pay(database, 7);
  Pay(database, 0);
  // Only the first return is dirty for what its own user did, but the heir's is
  // no better.
  EXPECT_EQ(WhatTheNextUserGets(database), PQTRANS_INTRANS);
}

TEST(Fixed, LightweightRollsBackOnReturn) {
  Database database(OnReturn::kRollback, Inspector().PoolRollsBack());
  Pay(database, 7);
  Pay(database, 0);
  EXPECT_EQ(WhatTheNextUserGets(database), PQTRANS_IDLE);
}

TEST(Fixed, LightweightsUserEndsWhatItBegins) {
  Database database(OnReturn::kNothing, Inspector());
  Pay(database, 7);
  {
    const auto mapper = database.Acquire();
    Query(mapper.get(), "BEGIN");
    Query(mapper.get(), "ROLLBACK");
  }
  EXPECT_EQ(WhatTheNextUserGets(database), PQTRANS_IDLE);
}

}  // namespace
}  // namespace public_bugs
