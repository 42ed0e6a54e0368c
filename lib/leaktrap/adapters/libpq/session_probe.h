// Sessions of this process that were left inside a transaction, as the server
// sees them: pool or no pool, whoever began it, and also where the connection
// looks well from here.
//
//   static leaktrap::ProbeRegistration registration(
//       leaktrap::libpq::NewSessionProbe("host=127.0.0.1 dbname=test"));
//
// Knows sessions by the addresses of this process's sockets, and so those of
// any client library.

#ifndef LEAKTRAP_ADAPTERS_LIBPQ_SESSION_PROBE_H_
#define LEAKTRAP_ADAPTERS_LIBPQ_SESSION_PROBE_H_

#include <memory>
#include <string>

#include "leaktrap/probe/probe.h"

namespace leaktrap::libpq {

// Of the server that `conninfo` leads to, in all of its databases. The server
// must answer as long as the probe is registered: where it does not within some
// seconds, tests fail because it could not be looked.
//
// A look asks pg_stat_activity, on a connection of its own that is opened by
// the first look and kept: 0.3 ms. A session is listed while it is "idle in
// transaction"; one that runs a statement is not.
//
// It could not look, and says so, where the server sees this process's
// connections under other addresses (a proxy in between); where sessions of
// this process belong to a role whose activity `conninfo`'s user may not see
// (GRANT pg_read_all_stats); and where sessions by Unix sockets may as well be
// another process's: connect by TCP in tests.
std::unique_ptr<Probe> NewSessionProbe(std::string conninfo);

}  // namespace leaktrap::libpq

#endif  // LEAKTRAP_ADAPTERS_LIBPQ_SESSION_PROBE_H_
