// Sessions that are left inside a transaction, with a probe that asks the
// server for them. The tests of suite Leaking fail, those of suite Fixed pass:
// session_verdicts_test judges them.

#include <libpq-fe.h>

#include <iostream>
#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "gtest/gtest.h"
#include "leaktrap/adapters/libpq/postgres_for_test.h"
#include "leaktrap/adapters/libpq/session_probe.h"
#include "leaktrap/probe/probe.h"
#include "servers/postgres_server.h"

namespace {

using leaktrap::libpq::Ask;
using leaktrap::libpq::Connect;
using leaktrap::libpq::Connection;
using leaktrap::servers::PostgresServer;

// As long as the program: opened before the first test.
struct Connections {
  Connection for_leaks, for_fixes;
};
Connections* connections = nullptr;
std::string conninfo;

TEST(Leaking, Begun) {
  Ask(connections->for_leaks.get(), "BEGIN");
  EXPECT_EQ(Ask(connections->for_leaks.get(), "SELECT 42"), "42");
}

// It is told where it began, and not again.
TEST(Fixed, NothingOfItsOwn) {}

TEST(Fixed, Ended) {
  for (const char* end : {"COMMIT", "ROLLBACK"}) {
    Ask(connections->for_fixes.get(), "BEGIN");
    Ask(connections->for_fixes.get(), end);
  }
}

TEST(Fixed, Failed) {
  Ask(connections->for_fixes.get(), "SELECT no_such_column");
}

TEST(Fixed, ClosedInATransaction) { Ask(Connect(conninfo).get(), "BEGIN"); }

}  // namespace

// The server must run when the probe looks first.
int main(int argc, char** argv) {
  testing::InitGoogleTest(&argc, argv);
  const absl::StatusOr<std::unique_ptr<PostgresServer>> server =
      PostgresServer::Start();
  if (!server.ok()) {
    std::cerr << server.status() << '\n';
    return 2;
  }
  conninfo = (*server)->Conninfo();
  const leaktrap::ProbeRegistration registration(
      leaktrap::libpq::NewSessionProbe(conninfo));
  Connections all{Connect(conninfo), Connect(conninfo)};
  connections = &all;
  return RUN_ALL_TESTS();
}
