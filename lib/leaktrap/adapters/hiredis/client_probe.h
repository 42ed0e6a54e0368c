// Redis clients of this process that are left in a state in which nobody else
// may use their connection, as the server sees it: inside MULTI, subscribed,
// monitoring, or waiting for an answer for which no thread waits. Pool or no
// pool.
//
//   static leaktrap::ProbeRegistration registration(
//       leaktrap::hiredis::NewClientProbe({host, port}));
//
// Knows connections by their sockets, and so those of any client library.

#ifndef LEAKTRAP_ADAPTERS_HIREDIS_CLIENT_PROBE_H_
#define LEAKTRAP_ADAPTERS_HIREDIS_CLIENT_PROBE_H_

#include <memory>

#include "leaktrap/adapters/hiredis/server.h"
#include "leaktrap/probe/probe.h"

namespace leaktrap::hiredis {

// Of the clients of `server`, which must answer as long as the probe is
// registered: where it does not, tests fail because it could not be looked.
//
// A look opens a connection, asks CLIENT LIST and closes it: some 100 us on
// loopback. A client by a Unix socket cannot be told from those of other
// processes: where one is in such a state, and this process has a connection to
// that socket, the look says that it could not look.
std::unique_ptr<Probe> NewClientProbe(Server server);

}  // namespace leaktrap::hiredis

#endif  // LEAKTRAP_ADAPTERS_HIREDIS_CLIENT_PROBE_H_
