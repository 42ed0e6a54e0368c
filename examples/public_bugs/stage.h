// The real servers that the bugs need, and connections to them.

#ifndef EXAMPLES_PUBLIC_BUGS_STAGE_H_
#define EXAMPLES_PUBLIC_BUGS_STAGE_H_

#include <libpq-fe.h>

#include <memory>
#include <string>

namespace public_bugs {

struct Finish {
  void operator()(PGconn* connection) const { PQfinish(connection); }
};
using PgConnection = std::unique_ptr<PGconn, Finish>;

// Servers run from before the first test to after the last one.
PgConnection ConnectToPostgres();
int RedisPort();

// The server's answer; throws std::runtime_error, with the server's words, if
// there is none.
std::string Query(PGconn* connection, const std::string& sql);

// Ends the session at the server, as its restart does: the client finds out
// when it next uses the connection.
void EndSession(PGconn* connection);

}  // namespace public_bugs

#endif  // EXAMPLES_PUBLIC_BUGS_STAGE_H_
