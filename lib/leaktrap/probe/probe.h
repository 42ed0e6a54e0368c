// How Leaktrap looks at one sort of resource; the base of its own probes and of
// a user's.
//
//   class LockProbe : public leaktrap::Probe {
//    public:
//     std::string name() const override { return "file lock"; }
//     leaktrap::Listing List() override {
//       leaktrap::Listing listing;
//       for (const Lock& lock : Lock::AllHeld()) listing.Add(lock.id());
//       return listing;
//     }
//   };
//   static leaktrap::ProbeRegistration registration(
//       std::make_unique<LockProbe>());

#ifndef LEAKTRAP_PROBE_PROBE_H_
#define LEAKTRAP_PROBE_PROBE_H_

#include <sys/types.h>

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "leaktrap/resource/identity.h"
#include "leaktrap/resource/kind.h"
#include "leaktrap/resource/resource.h"

namespace leaktrap {

// The connections that a pool keeps idle.
struct KeptConnections {
  std::string pool;
  int count = 0;

  friend bool operator==(const KeptConnections& a, const KeptConnections& b) {
    return a.pool == b.pool && a.count == b.count;
  }
};

// What a probe saw in one look.
struct Listing {
  // Everything that exists now, in any order, each identity once.
  std::vector<Identity> identities;

  // Descriptors that this probe's owner keeps on purpose (those of a pool's
  // idle connections): they are never leaks.
  std::vector<int> kept_descriptors;

  // Descriptors under what stands in `identities`, which is told for them: no
  // leaks either, unless nobody wants to know of resources of this kind.
  std::vector<int> covered_descriptors;

  // Threads, by their kernel's ids, that keep idle connections alive.
  std::vector<pid_t> kept_threads;

  // By the pools' serials.
  std::map<uint64_t, KeptConnections> kept_connections;

  // Why the probe could not look, in one line; empty if it could. A test whose
  // probe could not look fails: it never passes unseen.
  std::string error;

  // For probes of kind kOther: a resource with this number exists. Numbers must
  // not be given out again while tests run; set Identity::stamp if they are.
  void Add(uint64_t number) {
    identities.push_back({Kind::kOther, 0, number, {}});
  }
};

namespace internal {

// What Probe::RuntimesOwn() may return.
inline constexpr char kCLibraryThreads[] = "c_library_threads";
inline constexpr char kIoUringWorkers[] = "io_uring_workers";
inline constexpr char kParallelRuntimes[] = "parallel_runtimes";

}  // namespace internal

// Called on the thread that runs the tests, while other threads may run.
class Probe {
 public:
  virtual ~Probe() = default;

  // What one resource is called, in the singular: "file lock".
  virtual std::string name() const = 0;

  virtual Kind kind() const { return Kind::kOther; }

  // Must itself create nothing that it or another probe would list.
  virtual Listing List() = 0;

  // Finds out what a report says about a resource that List() has just shown.
  // Nothing if it has gone since. The default names it by name() and number.
  virtual std::optional<Resource> Describe(const Identity& identity);

  // What the resource does now. Asked after Describe(), and only where that is
  // told or matched by a rule: it may take milliseconds. Nothing if it does
  // nothing, as is the default.
  virtual std::optional<Activity> DescribeActivity(const Identity&) {
    return std::nullopt;
  }

  // The descriptors that a thread waits on; empty if it waits on none, or if
  // that is not known. Unlike DescribeActivity(), it is asked of every new
  // thread where some pool keeps connections.
  virtual std::vector<int> WaitsOn(const Identity&) { return {}; }

  // For what the C library or the kernel keeps for its own use, which is
  // neither waited for nor blamed: the built-in rule that says so, which users
  // can switch off. Empty for everything else.
  virtual std::string RuntimesOwn(const Identity&) { return ""; }

  // True if nothing outside this process can make List() change: then a
  // difference may be final before its time (see EarlyEndProof).
  virtual bool OnlyThisProcessChangesIt() const { return false; }

  // The same for one resource, where they differ.
  virtual bool OnlyThisProcessChanges(const Identity&) const {
    return OnlyThisProcessChangesIt();
  }
};

// Adds a user's probe for as long as the registration lives: as a rule, from
// before the first test to the end. What a probe sees in its first look was
// there before; one that goes without having been looked through at all fails
// the test in words. Thread-safe.
class ProbeRegistration {
 public:
  explicit ProbeRegistration(std::unique_ptr<Probe> probe);
  ~ProbeRegistration();

  ProbeRegistration(const ProbeRegistration&) = delete;
  ProbeRegistration& operator=(const ProbeRegistration&) = delete;

 private:
  const uint64_t serial_;
};

namespace internal {

struct RegisteredProbe {
  uint64_t serial = 0;  // never zero, never given out again
  std::shared_ptr<Probe> probe;
};

// Users' probes in the order of their registration, which are looked through
// now. Thread-safe.
std::vector<RegisteredProbe> UserProbes();

// The names of probes that came and went since the last call without having
// been looked through. Thread-safe.
std::vector<std::string> TakeUnseenProbes();

}  // namespace internal

}  // namespace leaktrap

#endif  // LEAKTRAP_PROBE_PROBE_H_
