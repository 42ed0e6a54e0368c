// As Inspector, and asks the server about what it alone knows of a connection
// that is given back.
//
//   const leaktrap::hiredis::InspectorWithServer inspector({host, port});
//   auto connection = leases.Lend(acquire, release, inspector);
//
// Each return costs a connection of its own and a CLIENT LIST, some 100 us on
// loopback, while a verifier looks, and nothing otherwise.

#ifndef LEAKTRAP_ADAPTERS_HIREDIS_SERVER_INSPECTOR_H_
#define LEAKTRAP_ADAPTERS_HIREDIS_SERVER_INSPECTOR_H_

#include <hiredis/hiredis.h>

#include <stdexcept>
#include <string>
#include <utility>

#include "leaktrap/adapters/hiredis/client_list.h"
#include "leaktrap/adapters/hiredis/inspector.h"
#include "leaktrap/adapters/hiredis/server.h"
#include "leaktrap/pool/lease_tracker.h"

namespace leaktrap::hiredis {

// As Inspector in its threads.
class InspectorWithServer {
 public:
  // `server` is the one that the connections go to.
  explicit InspectorWithServer(Server server) : server_(std::move(server)) {}

  LeaseTracker::Details Describe(const redisContext* context) const {
    return Inspector().Describe(context);
  }

  // Beyond Inspector's: "inside MULTI (2 commands queued)", "subscribed to 1
  // channel", "monitoring". Throws std::runtime_error if the server cannot be
  // asked or the connection is not recognised among its clients: those by a
  // Unix socket never are.
  std::string Dirt(const redisContext* context) const {
    std::string dirt = Inspector().Dirt(context);
    if (!dirt.empty()) return dirt;
    const std::string address = internal::OwnAddressText(context->fd);
    for (const internal::Client& client : internal::AskForClients(server_)) {
      if (!client.by_unix_socket && client.address == address) {
        return internal::DirtOf(client);
      }
    }
    throw std::runtime_error(
        address.empty()
            ? "the server does not tell clients by a Unix socket apart"
            : "the server knows no client " + address);
  }

 private:
  Server server_;
};

}  // namespace leaktrap::hiredis

#endif  // LEAKTRAP_ADAPTERS_HIREDIS_SERVER_INSPECTOR_H_
