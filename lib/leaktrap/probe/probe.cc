#include "leaktrap/probe/probe.h"

#include <algorithm>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "leaktrap/probe/printable_text.h"
#include "leaktrap/resource/identity.h"
#include "leaktrap/resource/resource.h"

namespace leaktrap {
namespace {

struct Registry {
  std::mutex mutex;
  uint64_t last_serial = 0;
  std::vector<internal::RegisteredProbe> probes;
  // Looking has begun; serials up to this one were looked through.
  bool looking = false;
  uint64_t last_seen = 0;
  std::vector<std::string> unseen;
};

// Never destroyed: registrations may be static objects themselves.
Registry& TheRegistry() {
  static Registry* const registry = new Registry;
  return *registry;
}

uint64_t Register(std::shared_ptr<Probe> probe) {
  Registry& registry = TheRegistry();
  const std::lock_guard<std::mutex> lock(registry.mutex);
  const uint64_t serial = ++registry.last_serial;
  if (probe != nullptr) registry.probes.push_back({serial, std::move(probe)});
  return serial;
}

}  // namespace

std::optional<Resource> Probe::Describe(const Identity& identity) {
  Resource resource;
  resource.identity = identity;
  resource.name = internal::Printable(name());
  resource.description = resource.name + " " + std::to_string(identity.number);
  resource.likeness = resource.name;
  resource.release = "release it";
  return resource;
}

ProbeRegistration::ProbeRegistration(std::unique_ptr<Probe> probe)
    : serial_(Register(std::move(probe))) {}

ProbeRegistration::~ProbeRegistration() {
  // Destroyed after the lock is free: its destructor is the user's code.
  std::shared_ptr<Probe> probe;
  Registry& registry = TheRegistry();
  const std::lock_guard<std::mutex> lock(registry.mutex);
  const auto found =
      std::find_if(registry.probes.begin(), registry.probes.end(),
                   [&](const auto& entry) { return entry.serial == serial_; });
  if (found == registry.probes.end()) return;
  probe = std::move(found->probe);
  registry.probes.erase(found);
  if (registry.looking && serial_ > registry.last_seen) {
    registry.unseen.push_back(probe->name());
  }
}

std::vector<internal::RegisteredProbe> internal::UserProbes() {
  Registry& registry = TheRegistry();
  const std::lock_guard<std::mutex> lock(registry.mutex);
  registry.looking = true;
  registry.last_seen = registry.last_serial;
  return registry.probes;
}

std::vector<std::string> internal::TakeUnseenProbes() {
  Registry& registry = TheRegistry();
  const std::lock_guard<std::mutex> lock(registry.mutex);
  return std::exchange(registry.unseen, {});
}

}  // namespace leaktrap
