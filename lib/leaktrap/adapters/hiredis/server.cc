#include "leaktrap/adapters/hiredis/server.h"

#include <arpa/inet.h>
#include <hiredis/hiredis.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>

#include <algorithm>
#include <cstddef>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <new>
#include <stdexcept>

namespace leaktrap::hiredis::internal {
namespace {

constexpr timeval kPatience = {5, 0};

// Lives for one question.
class Asker {
 public:
  explicit Asker(const Server& server)
      : context_(redisConnectWithTimeout(server.host.c_str(), server.port,
                                         kPatience)) {
    if (context_ == nullptr) throw std::bad_alloc();
    if (context_->err != 0) Fail(server);
    redisSetTimeout(context_.get(), kPatience);
  }

  // A reset instead of an orderly close: else each look would keep a port in
  // TIME_WAIT.
  ~Asker() {
    const linger at_once = {1, 0};
    setsockopt(context_->fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof(at_once));
  }

  int fd() const { return context_->fd; }

  // The text of an answer, whether a status, a number or a string.
  std::string Ask(const Server& server, const std::vector<std::string>& words) {
    std::vector<const char*> texts;
    std::vector<size_t> sizes;
    for (const std::string& word : words) {
      texts.push_back(word.data());
      sizes.push_back(word.size());
    }
    const std::unique_ptr<redisReply, decltype(&freeReplyObject)> reply(
        static_cast<redisReply*>(
            redisCommandArgv(context_.get(), static_cast<int>(words.size()),
                             texts.data(), sizes.data())),
        &freeReplyObject);
    if (reply == nullptr) Fail(server);
    if (reply->type == REDIS_REPLY_INTEGER) {
      return std::to_string(reply->integer);
    }
    const std::string text(reply->str == nullptr ? "" : reply->str,
                           static_cast<size_t>(reply->len));
    if (reply->type == REDIS_REPLY_STRING ||
        reply->type == REDIS_REPLY_STATUS) {
      return text;
    }
    throw std::runtime_error("Redis answers " + words[0] + " with \"" + text +
                             "\"");
  }

 private:
  struct Free {
    void operator()(redisContext* context) const { redisFree(context); }
  };

  [[noreturn]] void Fail(const Server& server) const {
    throw std::runtime_error("Redis at " + server.host + " port " +
                             std::to_string(server.port) + ": " +
                             context_->errstr);
  }

  const std::unique_ptr<redisContext, Free> context_;
};

}  // namespace

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
  Asker asker(server);
  if (!server.password.empty()) {
    std::vector<std::string> words = {"AUTH"};
    if (!server.username.empty()) words.push_back(server.username);
    words.push_back(server.password);
    asker.Ask(server, words);
  }
  const std::string answer = asker.Ask(server, {"CLIENT", "ID"});
  const uint64_t own_id = std::strtoull(answer.c_str(), nullptr, 10);
  std::vector<Client> clients =
      ParseClientList(asker.Ask(server, {"CLIENT", "LIST"}));
  const auto own =
      std::find_if(clients.begin(), clients.end(),
                   [&](const Client& client) { return client.id == own_id; });
  if (own == clients.end()) {
    throw std::runtime_error("CLIENT LIST does not tell of who asks for it");
  }
  const std::string address = OwnAddressText(asker.fd());
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
