// A real PostgreSQL on loopback, for tests.
//
//   absl::StatusOr<std::unique_ptr<PostgresServer>> server =
//       PostgresServer::Start();
//   ASSERT_TRUE(server.ok()) << server.status();
//   PGconn* connection = PQconnectdb((*server)->Conninfo().c_str());

#ifndef LEAKTRAP_TESTING_SERVERS_POSTGRES_SERVER_H_
#define LEAKTRAP_TESTING_SERVERS_POSTGRES_SERVER_H_

#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "servers/server_process.h"

namespace leaktrap::servers {

// A server with a cluster of its own in a temporary folder. It ends with the
// thread that started it, should that end without stopping it. Half a second
// goes by until it runs: one is enough for a program of tests, made in
// SetUpTestSuite() or an environment.
//
// Any user may connect without a password. There are the superuser "test" and
// the database "postgres".
class PostgresServer {
 public:
  // Makes the cluster, starts the server on a free port of 127.0.0.1 and waits
  // until it takes connections.
  static absl::StatusOr<std::unique_ptr<PostgresServer>> Start();

  // Stops it, if that was not done, and removes the folder.
  ~PostgresServer();

  PostgresServer(const PostgresServer&) = delete;
  PostgresServer& operator=(const PostgresServer&) = delete;

  int port() const { return port_; }

  // How to connect, as libpq takes it: over TCP, and by the Unix socket.
  std::string Conninfo() const;
  std::string UnixConninfo() const;

  // Ends all sessions at once, and is gone when it returns.
  void Stop();

  // What the server has to say.
  std::string Log() const;

 private:
  explicit PostgresServer(std::string folder) : folder_(std::move(folder)) {}

  absl::Status MakeCluster();
  absl::Status Launch();
  absl::Status AwaitReadiness();
  ServerProgram Program(const std::string& name,
                        const std::vector<std::string>& arguments) const;

  const std::string folder_;
  std::string binaries_;
  int port_ = 0;
  ServerProcess process_;
};

}  // namespace leaktrap::servers

#endif  // LEAKTRAP_TESTING_SERVERS_POSTGRES_SERVER_H_
