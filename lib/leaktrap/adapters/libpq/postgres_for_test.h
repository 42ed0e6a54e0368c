// For our own tests: connections to a real server that lives as long as the
// suite.

#ifndef LEAKTRAP_ADAPTERS_LIBPQ_POSTGRES_FOR_TEST_H_
#define LEAKTRAP_ADAPTERS_LIBPQ_POSTGRES_FOR_TEST_H_

#include <libpq-fe.h>

#include <memory>
#include <string>
#include <utility>

#include "absl/status/statusor.h"
#include "gtest/gtest.h"
#include "servers/postgres_server.h"

namespace leaktrap::libpq {

struct Finish {
  void operator()(PGconn* connection) const { PQfinish(connection); }
};
using Connection = std::unique_ptr<PGconn, Finish>;

inline Connection Connect(const std::string& conninfo) {
  return Connection(PQconnectdb(conninfo.c_str()));
}

// The first column of the first row; empty if there is none.
inline std::string Ask(PGconn* connection, const std::string& query) {
  PGresult* const result = PQexec(connection, query.c_str());
  const std::string answer =
      PQntuples(result) > 0 ? PQgetvalue(result, 0, 0) : "";
  PQclear(result);
  return answer;
}

class PostgresTest : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    absl::StatusOr<std::unique_ptr<servers::PostgresServer>> server =
        servers::PostgresServer::Start();
    ASSERT_TRUE(server.ok()) << server.status();
    server_ = *std::move(server);
  }

  static void TearDownTestSuite() { server_.reset(); }

  void SetUp() override { ASSERT_NE(server_, nullptr); }

  static servers::PostgresServer& server() { return *server_; }

  static Connection Connect() {
    Connection connection = libpq::Connect(server().Conninfo());
    EXPECT_EQ(PQstatus(connection.get()), CONNECTION_OK)
        << PQerrorMessage(connection.get());
    return connection;
  }

  // The server ends the session of `connection`.
  static void Terminate(PGconn* connection) {
    const std::string pid = std::to_string(PQbackendPID(connection));
    EXPECT_EQ(
        Ask(Connect().get(), "SELECT pg_terminate_backend(" + pid + ", 20000)"),
        "t");
  }

 private:
  inline static std::unique_ptr<servers::PostgresServer> server_;
};

}  // namespace leaktrap::libpq

#endif  // LEAKTRAP_ADAPTERS_LIBPQ_POSTGRES_FOR_TEST_H_
