#include "leaktrap/adapters/hiredis/server.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <stdexcept>

#include "leaktrap/adapters/hiredis/server_connection.h"

namespace leaktrap::hiredis::internal {

std::string OwnAddressText(int fd) {
  sockaddr_storage storage = {};
  socklen_t size = sizeof(storage);
  if (getsockname(fd, reinterpret_cast<sockaddr*>(&storage), &size) != 0) {
    return "";
  }
  char host[INET6_ADDRSTRLEN] = {};
  if (storage.ss_family == AF_INET) {
    const auto& address = reinterpret_cast<const sockaddr_in&>(storage);
    inet_ntop(AF_INET, &address.sin_addr, host, sizeof(host));
    return std::string(host) + ":" + std::to_string(ntohs(address.sin_port));
  }
  if (storage.ss_family != AF_INET6) return "";
  const auto& address = reinterpret_cast<const sockaddr_in6&>(storage);
  const std::string port = std::to_string(ntohs(address.sin6_port));
  if (IN6_IS_ADDR_V4MAPPED(&address.sin6_addr)) {
    inet_ntop(AF_INET, &address.sin6_addr.s6_addr[12], host, sizeof(host));
    return std::string(host) + ":" + port;
  }
  inet_ntop(AF_INET6, &address.sin6_addr, host, sizeof(host));
  return "[" + std::string(host) + "]:" + port;
}

std::string PeerPath(int fd) {
  sockaddr_un address = {};
  socklen_t size = sizeof(address);
  if (getpeername(fd, reinterpret_cast<sockaddr*>(&address), &size) != 0 ||
      address.sun_family != AF_UNIX ||
      size <= offsetof(sockaddr_un, sun_path)) {
    return "";
  }
  return std::string(
      address.sun_path,
      strnlen(address.sun_path, size - offsetof(sockaddr_un, sun_path)));
}

std::vector<Client> AskForClients(const Server& server) {
  ServerConnection connection(server.host, server.port);
  if (!server.password.empty()) {
    std::vector<std::string> words = {"AUTH"};
    if (!server.username.empty()) words.push_back(server.username);
    words.push_back(server.password);
    connection.Ask(words);
  }
  const std::string answer = connection.Ask({"CLIENT", "ID"});
  const uint64_t own_id = std::strtoull(answer.c_str(), nullptr, 10);
  std::vector<Client> clients =
      ParseClientList(connection.Ask({"CLIENT", "LIST"}));
  const auto own =
      std::find_if(clients.begin(), clients.end(),
                   [&](const Client& client) { return client.id == own_id; });
  if (own == clients.end()) {
    throw std::runtime_error("CLIENT LIST does not tell of who asks for it");
  }
  const std::string address = OwnAddressText(connection.fd());
  if (own->address != address) {
    throw std::runtime_error("Redis sees the client " + address + " as " +
                             own->address +
                             ": clients are not to be recognised through a "
                             "proxy or translated addresses");
  }
  clients.erase(own);
  return clients;
}

}  // namespace leaktrap::hiredis::internal
