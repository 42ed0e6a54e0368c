// What a PostgreSQL server says of its sessions.

#ifndef LEAKTRAP_ADAPTERS_LIBPQ_SERVER_VIEW_H_
#define LEAKTRAP_ADAPTERS_LIBPQ_SERVER_VIEW_H_

#include <libpq-fe.h>

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "leaktrap/pool/open_descriptor.h"

namespace leaktrap::libpq::internal {

struct Session {
  int pid = 0;
  uint64_t started = 0;  // microseconds since 1970; with the pid, its identity
  std::string client;    // "127.0.0.1:40000"; empty for a Unix socket
  std::string state;     // "idle in transaction"
  int64_t since = 0;     // milliseconds, in that state
  std::string database;
  std::string statement;  // the last one, or its beginning
};

struct View {
  std::vector<Session> sessions;  // of clients, but the asking one
  Session own;                    // the asking one
  bool hides_some = false;        // the asking user may not see all
  int port = 0;                   // of the server
};

// Not thread-safe.
class ServerView {
 public:
  explicit ServerView(std::string conninfo) : conninfo_(std::move(conninfo)) {}
  ~ServerView();

  ServerView(const ServerView&) = delete;
  ServerView& operator=(const ServerView&) = delete;

  // Connects where that was not done, or the connection was lost. Throws
  // std::runtime_error with the reason if it gets no answer.
  View Ask();

  // The connection's; -1 when there is none.
  int descriptor() const;

  // The server, for a report: "127.0.0.1:5432".
  std::string Peer() const;

 private:
  struct Finish {
    void operator()(PGconn* connection) const { PQfinish(connection); }
  };
  struct Clear {
    void operator()(PGresult* result) const { PQclear(result); }
  };
  using Result = std::unique_ptr<PGresult, Clear>;

  void Connect();
  void LetGoIfTaken();
  Result Query();

  const std::string conninfo_;
  std::unique_ptr<PGconn, Finish> connection_;
  std::vector<leaktrap::internal::OpenDescriptor> socket_;
};

}  // namespace leaktrap::libpq::internal

#endif  // LEAKTRAP_ADAPTERS_LIBPQ_SERVER_VIEW_H_
