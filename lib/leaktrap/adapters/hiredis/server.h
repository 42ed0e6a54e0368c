// Asks a Redis server which clients it has, on a connection that lives for that
// one question.

#ifndef LEAKTRAP_ADAPTERS_HIREDIS_SERVER_H_
#define LEAKTRAP_ADAPTERS_HIREDIS_SERVER_H_

#include <string>
#include <vector>

#include "leaktrap/adapters/hiredis/client_list.h"

namespace leaktrap::hiredis {

// A server to be asked, over TCP and without encryption.
struct Server {
  std::string host;
  int port = 6379;
  std::string username = {};  // "default" if there is a password only
  std::string password = {};  // none if empty
};

namespace internal {

// Where a client's own end is, as CLIENT LIST writes it: "127.0.0.1:54144",
// "[::1]:54144"; empty if `fd` is no Internet socket.
std::string OwnAddressText(int fd);

// The path at the other end of a Unix socket; empty if `fd` is none.
std::string PeerPath(int fd);

// All clients but the one that asks. Throws std::runtime_error with the reason
// if the server does not tell within 5 s, or sees other addresses than the
// clients themselves, as behind a proxy: then none of them could be recognised.
std::vector<Client> AskForClients(const Server& server);

}  // namespace internal
}  // namespace leaktrap::hiredis

#endif  // LEAKTRAP_ADAPTERS_HIREDIS_SERVER_H_
