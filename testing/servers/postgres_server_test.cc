#include "servers/postgres_server.h"

#include <fcntl.h>
#include <libpq-fe.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <filesystem>
#include <memory>
#include <string>
#include <thread>
#include <utility>

#include "absl/status/statusor.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace leaktrap::servers {
namespace {

using testing::HasSubstr;

// The first column of the first row, or what went wrong.
std::string Ask(const std::string& conninfo, const char* query) {
  PGconn* const connection = PQconnectdb(conninfo.c_str());
  PGresult* const result = PQexec(connection, query);
  const std::string answer = PQresultStatus(result) == PGRES_TUPLES_OK
                                 ? PQgetvalue(result, 0, 0)
                                 : PQerrorMessage(connection);
  PQclear(result);
  PQfinish(connection);
  return answer;
}

class PostgresServerTest : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    absl::StatusOr<std::unique_ptr<PostgresServer>> server =
        PostgresServer::Start();
    ASSERT_TRUE(server.ok()) << server.status();
    server_ = server->release();
  }

  static void TearDownTestSuite() { delete std::exchange(server_, nullptr); }

  void SetUp() override { ASSERT_NE(server_, nullptr); }

  static PostgresServer* server_;
};

PostgresServer* PostgresServerTest::server_ = nullptr;

TEST_F(PostgresServerTest, AnswersOverTcpAndByItsUnixSocket) {
  EXPECT_EQ(Ask(server_->Conninfo(), "SELECT 6 * 7"), "42");
  EXPECT_EQ(Ask(server_->Conninfo(), "SELECT inet_server_addr()"), "127.0.0.1");
  EXPECT_EQ(Ask(server_->UnixConninfo(), "SELECT 6 * 7"), "42");
  EXPECT_EQ(Ask(server_->UnixConninfo(),
                "SELECT coalesce(inet_server_addr()::text, 'none')"),
            "none");
}

TEST_F(PostgresServerTest, ListensOnLoopbackAlone) {
  EXPECT_EQ(Ask(server_->Conninfo(), "SHOW listen_addresses"), "127.0.0.1");
}

TEST_F(PostgresServerTest, SaysWhyInItsLog) {
  Ask(server_->Conninfo(), "SELECT no_such_column");
  EXPECT_THAT(server_->Log(), HasSubstr("no_such_column"));
}

TEST_F(PostgresServerTest, TwoAreApart) {
  absl::StatusOr<std::unique_ptr<PostgresServer>> other =
      PostgresServer::Start();
  ASSERT_TRUE(other.ok()) << other.status();
  Ask((*other)->Conninfo(), "CREATE TABLE here (i int)");
  const char query[] = "SELECT count(*) FROM pg_class WHERE relname = 'here'";
  EXPECT_EQ(Ask((*other)->Conninfo(), query), "1");
  EXPECT_EQ(Ask(server_->Conninfo(), query), "0");
}

TEST_F(PostgresServerTest, StopsAlthoughSomebodyIsConnected) {
  absl::StatusOr<std::unique_ptr<PostgresServer>> server =
      PostgresServer::Start();
  ASSERT_TRUE(server.ok()) << server.status();
  PGconn* const connection = PQconnectdb((*server)->Conninfo().c_str());
  EXPECT_EQ(PQstatus(connection), CONNECTION_OK);
  (*server)->Stop();
  PGresult* const result = PQexec(connection, "SELECT 1");
  EXPECT_NE(PQresultStatus(result), PGRES_TUPLES_OK);
  PQclear(result);
  PQfinish(connection);
  EXPECT_EQ(PQping((*server)->Conninfo().c_str()), PQPING_NO_RESPONSE);
}

TEST_F(PostgresServerTest, LeavesNoFiles) {
  absl::StatusOr<std::unique_ptr<PostgresServer>> server =
      PostgresServer::Start();
  ASSERT_TRUE(server.ok()) << server.status();
  const std::string data = Ask((*server)->Conninfo(), "SHOW data_directory");
  const std::string folder = data.substr(0, data.rfind('/'));
  EXPECT_EQ(access(folder.c_str(), F_OK), 0) << folder;
  server->reset();
  EXPECT_NE(access(folder.c_str(), F_OK), 0) << folder;
}

// What a child leaves behind comes to this process, which waits for it.
TEST(AbandonedPostgresServerTest, EndsWithTheProcessThatStartedIt) {
  ASSERT_EQ(prctl(PR_SET_CHILD_SUBREAPER, 1), 0);
  int ends[2];
  ASSERT_EQ(pipe2(ends, O_CLOEXEC), 0);
  const pid_t child = fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    absl::StatusOr<std::unique_ptr<PostgresServer>> server =
        PostgresServer::Start();
    if (!server.ok()) _exit(1);
    const std::string data = Ask((*server)->Conninfo(), "SHOW data_directory");
    if (write(ends[1], data.data(), data.size()) < 0) _exit(1);
    _exit(0);  // the server is not destroyed
  }
  close(ends[1]);
  int status = -1;
  ASSERT_EQ(waitpid(child, &status, 0), child);
  EXPECT_EQ(status, 0);
  std::array<char, 1024> data;
  const ssize_t size = read(ends[0], data.data(), data.size());
  close(ends[0]);
  ASSERT_GT(size, 0);

  const auto deadline =
      std::chrono::steady_clock::now() + std::chrono::seconds(20);
  pid_t ended;
  while ((ended = waitpid(-1, nullptr, WNOHANG)) >= 0 &&
         std::chrono::steady_clock::now() < deadline) {
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
  }
  EXPECT_EQ(ended, -1) << "a process of the server runs on";
  std::filesystem::remove_all(
      std::filesystem::path(std::string(data.data(), size)).parent_path());
}

}  // namespace
}  // namespace leaktrap::servers
