#include "leaktrap/adapters/hiredis/client_probe.h"

#include <cerrno>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <stdexcept>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include "leaktrap/adapters/hiredis/client_list.h"
#include "leaktrap/probe/descriptor_numbers.h"
#include "leaktrap/probe/proc_file.h"
#include "leaktrap/stack/waited_descriptors.h"

namespace leaktrap::hiredis {
namespace {

using internal::Client;

// Where this process's sockets are connected from, and to.
struct OwnSockets {
  std::map<std::string, int> by_address;  // the first descriptor of each
  std::set<std::string> unix_paths;
};

OwnSockets FindOwnSockets() {
  std::vector<uint64_t> numbers;
  if (!leaktrap::internal::OpenDescriptorNumbers(&numbers)) {
    throw std::system_error(errno, std::generic_category(),
                            "this process's descriptors");
  }
  OwnSockets own;
  for (const uint64_t number : numbers) {
    const int fd = static_cast<int>(number);
    const std::string address = internal::OwnAddressText(fd);
    if (!address.empty()) {
      own.by_address.emplace(address, fd);
    } else if (const std::string path = internal::PeerPath(fd); !path.empty()) {
      own.unix_paths.insert(path);
    }
  }
  return own;
}

// The descriptors on which threads of this process wait.
std::set<int> FindWaitedDescriptors() {
  std::vector<uint64_t> tids;
  if (!leaktrap::internal::ListProcNumbers("/proc/self/task", &tids)) {
    throw std::system_error(errno, std::generic_category(),
                            "this process's threads");
  }
  std::set<int> waited;
  for (const uint64_t tid : tids) {
    for (const int fd : leaktrap::internal::WaitedDescriptors(
             static_cast<int>(tid), leaktrap::internal::ReadProcFile)) {
      waited.insert(fd);
    }
  }
  return waited;
}

// A new state is a new finding, and the text of a state tells it apart but for
// the counts in it.
uint64_t StateOf(const Client& client) {
  return (client.in_multi ? 1 : 0) | (client.subscribed() ? 2 : 0) |
         (client.monitoring ? 4 : 0) | (client.blocked ? 8 : 0) |
         (client.watched > 0 ? 16 : 0);
}

class ClientProbe final : public Probe {
 public:
  explicit ClientProbe(Server server) : server_(std::move(server)) {}

  std::string name() const override { return "redis client"; }

  Listing List() override {
    Listing listing;
    seen_.clear();
    std::vector<Client> dirty;
    for (Client& client : internal::AskForClients(server_)) {
      if (!internal::DirtOf(client).empty()) {
        dirty.push_back(std::move(client));
      }
    }
    if (dirty.empty()) return listing;  // as a rule: no socket is looked at
    const OwnSockets own = FindOwnSockets();
    std::optional<std::set<int>> waited;
    for (Client& client : dirty) {
      if (client.by_unix_socket) {
        if (own.unix_paths.count(client.address) == 0) continue;
        throw std::runtime_error(
            "a Redis client is left " + internal::DirtOf(client) + " on " +
            client.address + ", and may be another process's");
      }
      const auto socket = own.by_address.find(client.address);
      if (socket == own.by_address.end()) continue;
      if (client.blocked) {
        // A consumer asks again and again: it is at work, not left behind.
        if (!waited.has_value()) waited = FindWaitedDescriptors();
        if (waited->count(socket->second) != 0) client.blocked = false;
        if (internal::DirtOf(client).empty()) continue;
      }
      Identity identity;
      identity.number = client.id;
      identity.stamp[0] = StateOf(client);
      listing.identities.push_back(identity);
      seen_[client.id] = {std::move(client), socket->second};
    }
    return listing;
  }

  std::optional<Resource> Describe(const Identity& identity) override {
    const auto found = seen_.find(identity.number);
    if (found == seen_.end()) return std::nullopt;
    const auto& [client, fd] = found->second;
    const std::string dirt = internal::DirtOf(client);
    Resource resource;
    resource.identity = identity;
    resource.name = name();
    resource.description = resource.name + " " + std::to_string(client.id) +
                           " of " + server_.host + ":" +
                           std::to_string(server_.port) + ", " + dirt +
                           ", on descriptor " + std::to_string(fd);
    resource.likeness = "redis clients left " + dirt;
    resource.release = internal::RemedyFor(client);
    resource.descriptors = {fd};
    return resource;
  }

 private:
  const Server server_;
  std::map<uint64_t, std::pair<Client, int>> seen_;  // in the last look
};

}  // namespace

std::unique_ptr<Probe> NewClientProbe(Server server) {
  return std::make_unique<ClientProbe>(std::move(server));
}

}  // namespace leaktrap::hiredis
