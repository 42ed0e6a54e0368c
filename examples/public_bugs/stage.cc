#include "examples/public_bugs/stage.h"

#include <optional>
#include <stdexcept>
#include <utility>

#include "absl/status/statusor.h"
#include "gtest/gtest.h"
#include "servers/postgres_server.h"
#include "servers/redis_server.h"

namespace public_bugs {
namespace {

using leaktrap::servers::PostgresServer;
using leaktrap::servers::RedisServer;

// GoogleTest owns it; it is there before Leaktrap looks for the first time.
class Stage : public testing::Environment {
 public:
  void SetUp() override {
    absl::StatusOr<std::unique_ptr<PostgresServer>> postgres =
        PostgresServer::Start();
    ASSERT_TRUE(postgres.ok()) << postgres.status();
    postgres_ = *std::move(postgres);
    redis_.emplace();
  }
  void TearDown() override {
    postgres_.reset();
    redis_.reset();
  }

  PostgresServer& postgres() { return *postgres_; }
  RedisServer& redis() { return *redis_; }

 private:
  std::unique_ptr<PostgresServer> postgres_;
  std::optional<RedisServer> redis_;
};

Stage* const stage =
    static_cast<Stage*>(testing::AddGlobalTestEnvironment(new Stage));

}  // namespace

PgConnection ConnectToPostgres() {
  PgConnection connection(PQconnectdb(stage->postgres().Conninfo().c_str()));
  if (PQstatus(connection.get()) != CONNECTION_OK) {
    throw std::runtime_error(PQerrorMessage(connection.get()));
  }
  return connection;
}

int RedisPort() { return stage->redis().port(); }

std::string Query(PGconn* connection, const std::string& sql) {
  const std::unique_ptr<PGresult, decltype(&PQclear)> result(
      PQexec(connection, sql.c_str()), &PQclear);
  const ExecStatusType status = PQresultStatus(result.get());
  if (status != PGRES_COMMAND_OK && status != PGRES_TUPLES_OK) {
    throw std::runtime_error(PQerrorMessage(connection));
  }
  return PQntuples(result.get()) == 0 ? "" : PQgetvalue(result.get(), 0, 0);
}

void EndSession(PGconn* connection) {
  Query(ConnectToPostgres().get(),
        "SELECT pg_terminate_backend(" +
            std::to_string(PQbackendPID(connection)) + ", 20000)");
}

}  // namespace public_bugs
