#include "leaktrap/adapters/libpq/server_view.h"

#include <cstdlib>
#include <stdexcept>
#include <utility>

namespace leaktrap::libpq::internal {
namespace {

using leaktrap::internal::IsStillOpen;
using leaktrap::internal::OpenDescriptors;

// Outside of any transaction: inside, the server would show what it showed
// first. Other processes of the server have no client_port; what the user may
// not see has none either.
constexpr char kQuery[] =
    "SELECT pid, (extract(epoch FROM backend_start) * 1000000)::bigint,"
    " host(client_addr), client_port, state,"
    " (extract(epoch FROM clock_timestamp() - state_change) * 1000)::bigint,"
    " datname, left(query, 120), pid = pg_backend_pid(),"
    " query = '<insufficient privilege>', current_setting('port')"
    " FROM pg_catalog.pg_stat_activity";

enum Column {
  kPid,
  kStarted,
  kAddress,
  kPort,
  kState,
  kSince,
  kDatabase,
  kStatement,
  kIsOwn,
  kIsHidden,
  kServerPort,
};

// The first line of what libpq says.
std::string Reason(const PGconn* connection) {
  const std::string text = PQerrorMessage(connection);
  return text.substr(0, text.find('\n'));
}

std::string ClientText(const std::string& address, const std::string& port) {
  if (address.empty()) return "";
  const bool has_colons = address.find(':') != std::string::npos;
  return (has_colons ? "[" + address + "]:" : address + ":") + port;
}

}  // namespace

ServerView::~ServerView() { LetGoIfTaken(); }

View ServerView::Ask() {
  LetGoIfTaken();
  // The server may have been restarted: once more, on a new connection.
  for (int attempt = 0;; ++attempt) {
    if (connection_ == nullptr) Connect();
    const Result result = Query();
    if (PQresultStatus(result.get()) != PGRES_TUPLES_OK) {
      const std::string reason = Reason(connection_.get());
      connection_.reset();
      if (attempt == 0) continue;
      throw std::runtime_error(reason);
    }
    View view;
    for (int row = 0; row < PQntuples(result.get()); ++row) {
      const auto text = [&](Column column) {
        return std::string(PQgetvalue(result.get(), row, column));
      };
      view.port = std::atoi(text(kServerPort).c_str());
      if (text(kIsHidden) == "t") view.hides_some = true;
      if (PQgetisnull(result.get(), row, kPort)) continue;
      Session session;
      session.pid = std::atoi(text(kPid).c_str());
      session.started = std::strtoull(text(kStarted).c_str(), nullptr, 10);
      session.client = ClientText(text(kAddress), text(kPort));
      session.state = text(kState);
      session.since = std::atoll(text(kSince).c_str());
      session.database = text(kDatabase);
      session.statement = text(kStatement);
      if (text(kIsOwn) == "t") {
        view.own = std::move(session);
      } else {
        view.sessions.push_back(std::move(session));
      }
    }
    return view;
  }
}

int ServerView::descriptor() const { return PQsocket(connection_.get()); }

std::string ServerView::Peer() const {
  const char* const host = PQhost(connection_.get());
  const char* const port = PQport(connection_.get());
  return ClientText(host == nullptr ? "" : host, port == nullptr ? "" : port);
}

void ServerView::Connect() {
  // What comes before `conninfo` gives way to what stands in it.
  const char* const names[] = {"connect_timeout", "application_name", "dbname",
                               nullptr};
  const char* const values[] = {"5", "leaktrap", conninfo_.c_str(), nullptr};
  connection_.reset(PQconnectdbParams(names, values, /*expand_dbname=*/1));
  if (PQstatus(connection_.get()) != CONNECTION_OK) {
    const std::string reason = Reason(connection_.get());
    connection_.reset();
    throw std::runtime_error(reason);
  }
  PQsetNoticeProcessor(
      connection_.get(), [](void*, const char*) {}, nullptr);
  PQclear(PQexec(connection_.get(), "SET statement_timeout = '5s'"));
  socket_ = OpenDescriptors({PQsocket(connection_.get())});
}

// A test may have closed what it did not open, and have opened something else
// at that number: libpq must neither read nor close it. The memory is kept, for
// those who look for lost memory.
void ServerView::LetGoIfTaken() {
  static auto* const abandoned = new std::vector<PGconn*>;
  if (connection_ == nullptr) return;
  for (const auto& descriptor : socket_) {
    if (!IsStillOpen(descriptor)) abandoned->push_back(connection_.release());
  }
}

ServerView::Result ServerView::Query() {
  return Result(PQexec(connection_.get(), kQuery));
}

}  // namespace leaktrap::libpq::internal
