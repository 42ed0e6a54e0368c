// What Leaktrap asks a hiredis connection when it is lent and when it is given
// back.
//
//   leaktrap::LeaseTracker leases("redis");
//   auto connection = leases.Lend(
//       [&] { return pool.Acquire(); },
//       [&](redisContext* c) { pool.Release(c); },
//       leaktrap::hiredis::Inspector());
//
// It reads fields and asks the kernel whether bytes wait to be read; it sends
// nothing and reads nothing. What only the server knows (MULTI, SUBSCRIBE) is
// asked by InspectorWithServer (server_inspector.h).
//
// Header-only; compiled against the hiredis that the program has, 0.14 or 1.x.
// Fit for production code.

#ifndef LEAKTRAP_ADAPTERS_HIREDIS_INSPECTOR_H_
#define LEAKTRAP_ADAPTERS_HIREDIS_INSPECTOR_H_

#include <hiredis/hiredis.h>
#include <poll.h>

#include <cerrno>
#include <string>

#include "leaktrap/pool/lease_tracker.h"

namespace leaktrap::hiredis {

namespace internal {

inline std::string PeerOf(const redisContext& context) {
  if (context.connection_type == REDIS_CONN_UNIX) {
    return context.unix_sock.path == nullptr ? "" : context.unix_sock.path;
  }
  if (context.tcp.host == nullptr) return "";  // made by redisConnectFd()
  std::string host = context.tcp.host;
  if (host.find(':') != std::string::npos) host = "[" + host + "]";
  return host + ":" + std::to_string(context.tcp.port);
}

inline LeaseTracker::Details DetailsOf(const redisContext& context) {
  LeaseTracker::Details details;
  details.peer = PeerOf(context);
  if (context.fd >= 0) details.descriptors.push_back(context.fd);
  return details;
}

// Only some versions can encrypt, and have the field.
template <typename Context>
auto IsEncrypted(const Context& context, int)
    -> decltype(context.privctx != nullptr) {
  return context.privctx != nullptr;
}
template <typename Context>
bool IsEncrypted(const Context&, long) {
  return false;
}

// Replies that arrived and were not taken out. Not `ridx`: it is 0 also where
// a program that does not block has asked for a reply in vain.
inline bool HasReplyInReader(const redisReader* reader) {
  return reader != nullptr &&
         (reader->pos < reader->len || reader->reply != nullptr);
}

// An empty output buffer is an empty string in every version; commands have no
// zero byte in front.
inline bool HasUnsentCommand(const redisContext& context) {
  return context.obuf != nullptr && context.obuf[0] != '\0';
}

// How the socket is, by one poll(2), which takes nothing out of it, neither
// bytes nor an error.
inline std::string SocketDirt(const redisContext& context) {
  pollfd socket = {context.fd, POLLIN | POLLRDHUP, 0};
  int ready = poll(&socket, 1, 0);
  while (ready < 0 && errno == EINTR) ready = poll(&socket, 1, 0);
  if (ready < 0) return "in a state that poll(2) does not tell";
  if ((socket.revents & POLLNVAL) != 0) {
    return "broken (its descriptor is closed)";
  }
  if ((socket.revents & POLLERR) != 0) return "broken (the connection failed)";
  if ((socket.revents & (POLLHUP | POLLRDHUP)) != 0) {
    return "broken (the server closed the connection)";
  }
  // A protocol that encrypts sends bytes of its own.
  if ((socket.revents & POLLIN) != 0 && !IsEncrypted(context, 0)) {
    return "with a reply not read";
  }
  return "";
}

}  // namespace internal

// Stateless; each function may be called by any thread that may use the
// connection.
struct Inspector {
  LeaseTracker::Details Describe(const redisContext* context) const {
    return internal::DetailsOf(*context);
  }

  // "with a command not sent", "with a reply not read", "broken (...)", or
  // nothing. A reply that is still on its way is not seen.
  std::string Dirt(const redisContext* context) const {
    if (context->err != 0) {
      return "broken (" + std::string(context->errstr) + ")";
    }
    if (internal::HasUnsentCommand(*context)) return "with a command not sent";
    if (internal::HasReplyInReader(context->reader)) {
      return "with a reply not read";
    }
    return internal::SocketDirt(*context);
  }
};

}  // namespace leaktrap::hiredis

#endif  // LEAKTRAP_ADAPTERS_HIREDIS_INSPECTOR_H_
