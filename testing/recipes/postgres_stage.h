// A real PostgreSQL that all tests of a program share.

#ifndef LEAKTRAP_TESTING_RECIPES_POSTGRES_STAGE_H_
#define LEAKTRAP_TESTING_RECIPES_POSTGRES_STAGE_H_

#include <memory>
#include <string>
#include <utility>

#include "absl/status/statusor.h"
#include "gtest/gtest.h"
#include "servers/postgres_server.h"

namespace recipes {

class PostgresStage : public testing::Environment {
 public:
  void SetUp() override {
    absl::StatusOr<std::unique_ptr<leaktrap::servers::PostgresServer>> server =
        leaktrap::servers::PostgresServer::Start();
    ASSERT_TRUE(server.ok()) << server.status();
    server_ = *std::move(server);
  }
  void TearDown() override { server_.reset(); }

  std::string Conninfo() const { return server_->Conninfo(); }

 private:
  std::unique_ptr<leaktrap::servers::PostgresServer> server_;
};

}  // namespace recipes

#endif  // LEAKTRAP_TESTING_RECIPES_POSTGRES_STAGE_H_
