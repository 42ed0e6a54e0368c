#include "leaktrap/adapters/libpq/session_probe.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "leaktrap/adapters/libpq/server_view.h"
#include "leaktrap/probe/descriptor_numbers.h"
#include "leaktrap/probe/socket_address.h"

namespace leaktrap::libpq {
namespace {

using internal::ServerView;
using internal::Session;
using internal::View;
using leaktrap::internal::AddressText;
using leaktrap::internal::OpenDescriptorNumbers;
using leaktrap::internal::OwnAddress;
using leaktrap::internal::PeerAddress;
using leaktrap::internal::Port;
using leaktrap::internal::SocketAddress;

constexpr int kAttempts = 100;
constexpr auto kPause = std::chrono::milliseconds(5);

// As the server writes it: an IPv4 address as such, no scope.
std::string ClientText(const SocketAddress& address) {
  std::string text = AddressText(address);
  const std::string mapped = "[::ffff:";
  if (text.rfind(mapped, 0) == 0) {
    text.erase(0, mapped.size());
    text.erase(text.find(']'), 1);
  }
  const size_t scope = text.find('%');
  if (scope != text.npos) text.erase(scope, text.find(']') - scope);
  return text;
}

bool IsEstablished(int fd) {
  tcp_info info = {};
  socklen_t size = sizeof(info);
  return getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &size) == 0 &&
         info.tcpi_state == TCP_ESTABLISHED;
}

bool EndsWith(const std::string& text, const std::string& end) {
  return text.size() >= end.size() &&
         text.compare(text.size() - end.size(), end.size(), end) == 0;
}

bool IsInTransaction(const Session& session) {
  return session.state.rfind("idle in transaction", 0) == 0;
}

// This process's connections to a server.
struct OwnSockets {
  std::map<std::string, int> by_address;  // descriptors
  std::vector<int> by_unix_socket;
};

OwnSockets FindOwnSockets(int server_port, int but) {
  std::vector<uint64_t> numbers;
  if (!OpenDescriptorNumbers(&numbers)) {
    throw std::runtime_error("this process's descriptors cannot be listed");
  }
  OwnSockets own;
  for (const uint64_t number : numbers) {
    const int fd = static_cast<int>(number);
    if (fd == but) continue;
    const SocketAddress peer = PeerAddress(fd);
    if (!peer.known()) continue;
    if (peer.family() == AF_UNIX) {
      if (EndsWith(AddressText(peer),
                   "/.s.PGSQL." + std::to_string(server_port))) {
        own.by_unix_socket.push_back(fd);
      }
    } else if (Port(peer) == server_port && IsEstablished(fd)) {
      own.by_address[ClientText(OwnAddress(fd))] = fd;
    }
  }
  return own;
}

class SessionProbe final : public Probe {
 public:
  explicit SessionProbe(std::string conninfo) : server_(std::move(conninfo)) {}

  std::string name() const override { return "PostgreSQL session"; }

  Listing List() override {
    Listing listing;
    try {
      // A session is there for some milliseconds longer than its connection,
      // and so not all doubts stay.
      for (int attempt = 1;; ++attempt) {
        seen_.clear();
        listing.error = Look();
        if (listing.error.empty() || attempt == kAttempts) break;
        std::this_thread::sleep_for(kPause);
      }
    } catch (const std::exception& error) {
      listing.error = error.what();
    }
    if (!listing.error.empty()) {
      listing.error =
          "cannot tell which PostgreSQL sessions of this process "
          "are in a transaction: " +
          listing.error;
      seen_.clear();
    }
    if (server_.descriptor() >= 0) {
      listing.kept_descriptors.push_back(server_.descriptor());
    }
    for (const auto& [pid, seen] : seen_) {
      Identity identity;
      identity.number = static_cast<uint64_t>(pid);
      identity.stamp[0] = seen.session.started;
      listing.identities.push_back(identity);
    }
    return listing;
  }

  std::optional<Resource> Describe(const Identity& identity) override {
    const auto found = seen_.find(static_cast<int>(identity.number));
    if (found == seen_.end()) return std::nullopt;
    const Session& session = found->second.session;
    Resource resource;
    resource.identity = identity;
    resource.name = name();
    resource.likeness =
        name() + "s of " + server_.Peer() + ", " + session.state;
    resource.description = name() + " " + std::to_string(session.pid) + " of " +
                           server_.Peer() + ", database " + session.database +
                           ", " + session.state + " for " +
                           std::to_string(session.since) + "ms";
    if (found->second.descriptor >= 0) {
      resource.descriptors = {found->second.descriptor};
      resource.description +=
          ", on descriptor " + std::to_string(found->second.descriptor);
    }
    resource.description += "; its last statement: " + session.statement;
    resource.release = "COMMIT or ROLLBACK";
    return resource;
  }

 private:
  struct Seen {
    Session session;
    int descriptor;  // -1 if it is not known
  };

  // Why it is in doubt what it saw; empty if it is not.
  std::string Look() {
    const View view = server_.Ask();
    const std::string doubt = DoubtAbout(view);
    if (!doubt.empty()) return doubt;
    std::vector<Session> in_transaction;
    size_t by_unix_socket = 0;
    for (const Session& session : view.sessions) {
      if (session.client.empty()) ++by_unix_socket;
      if (IsInTransaction(session)) in_transaction.push_back(session);
    }
    if (in_transaction.empty() && !view.hides_some) return "";
    OwnSockets own = FindOwnSockets(view.port, server_.descriptor());
    for (const Session& session : view.sessions) {
      const auto socket = own.by_address.find(session.client);
      if (socket == own.by_address.end()) continue;
      if (IsInTransaction(session)) {
        seen_[session.pid] = {session, socket->second};
      }
      own.by_address.erase(socket);
    }
    if (view.hides_some && !own.by_address.empty()) {
      return "the server hides the sessions of other roles; GRANT "
             "pg_read_all_stats to the user that looks";
    }
    if (own.by_unix_socket.empty()) return "";
    if (view.hides_some) return "the server hides sessions by Unix sockets";
    for (const Session& session : in_transaction) {
      if (!session.client.empty()) continue;
      if (by_unix_socket != own.by_unix_socket.size()) {
        return "one by a Unix socket may be another process's";
      }
      seen_[session.pid] = {session, -1};
    }
    return "";
  }

  std::string DoubtAbout(const View& view) const {
    if (view.own.state == "disabled") return "track_activities is off";
    if (view.own.client.empty()) return "";
    const std::string here = ClientText(OwnAddress(server_.descriptor()));
    if (here == view.own.client) return "";
    return "the server knows " + here + " as " + view.own.client;
  }

  ServerView server_;
  std::map<int, Seen> seen_;  // in the last look, by pid
};

}  // namespace

std::unique_ptr<Probe> NewSessionProbe(std::string conninfo) {
  return std::make_unique<SessionProbe>(std::move(conninfo));
}

}  // namespace leaktrap::libpq
