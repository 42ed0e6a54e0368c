#include "examples/postgres_pool/stage.h"

#include <utility>

#include "absl/status/statusor.h"

namespace postgres_pool {

using leaktrap::servers::PostgresServer;

void Stage::SetUp() {
  absl::StatusOr<std::unique_ptr<PostgresServer>> server =
      PostgresServer::Start();
  ASSERT_TRUE(server.ok()) << server.status();
  server_ = *std::move(server);
  administrator_ = std::make_unique<Connection>(Conninfo());
  administrator_->Execute(
      "CREATE TABLE accounts (id serial PRIMARY KEY, balance int NOT NULL)");
}

void Stage::TearDown() {
  pools_.clear();
  administrator_.reset();
  server_.reset();
}

Pool& Stage::NewPool(PoolOptions options) {
  pools_.push_back(
      std::make_unique<Pool>("db", Conninfo(), std::move(options)));
  return *pools_.back();
}

std::string Stage::NewAccount(int balance) {
  return administrator_->Execute(
      "INSERT INTO accounts (balance) VALUES ($1) RETURNING id",
      {std::to_string(balance)})[0][0];
}

int Stage::Balance(const std::string& account) {
  return std::stoi(administrator_->Execute(
      "SELECT balance FROM accounts WHERE id = $1", {account})[0][0]);
}

void Stage::EndSession(const Connection& connection) {
  administrator_->Execute("SELECT pg_terminate_backend($1, 20000)",
                          {std::to_string(PQbackendPID(connection.handle()))});
}

}  // namespace postgres_pool
