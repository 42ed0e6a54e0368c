// What the stories need and outlives every test: a bank's database, and pools.

#ifndef EXAMPLES_POSTGRES_POOL_STAGE_H_
#define EXAMPLES_POSTGRES_POOL_STAGE_H_

#include <memory>
#include <string>
#include <vector>

#include "examples/postgres_pool/pool.h"
#include "gtest/gtest.h"
#include "servers/postgres_server.h"

namespace postgres_pool {

class Stage : public testing::Environment {
 public:
  void SetUp() override;

  // Closes what the tests left open.
  void TearDown() override;

  // A pool "db" without connections, as long as the program runs: it gives no
  // leak back at the end of a test.
  Pool& NewPool(PoolOptions options = {});

  std::string Conninfo() const { return server_->Conninfo(); }

  // The number of a new account with so much in it.
  std::string NewAccount(int balance);

  // What there is in an account.
  int Balance(const std::string& account);

  // The server ends the session of `connection`: a restart, an administrator,
  // a time-out.
  void EndSession(const Connection& connection);

 private:
  std::unique_ptr<leaktrap::servers::PostgresServer> server_;
  std::unique_ptr<Connection> administrator_;
  std::vector<std::unique_ptr<Pool>> pools_;
};

}  // namespace postgres_pool

#endif  // EXAMPLES_POSTGRES_POOL_STAGE_H_
