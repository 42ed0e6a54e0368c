// Everything that all probes see in one look, and the difference of two looks.

#ifndef LEAKTRAP_CHECK_SNAPSHOT_H_
#define LEAKTRAP_CHECK_SNAPSHOT_H_

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "leaktrap/check/options.h"
#include "leaktrap/check/origin_source.h"
#include "leaktrap/check/reported.h"
#include "leaktrap/probe/probe.h"
#include "leaktrap/resource/identity.h"
#include "leaktrap/resource/kind.h"
#include "leaktrap/resource/resource.h"

namespace leaktrap::internal {

struct Snapshot {
  std::vector<Identity> identities;   // sorted
  std::vector<int> kept_descriptors;  // sorted
  std::vector<pid_t> kept_threads;    // sorted
  std::map<uint64_t, KeptConnections> kept_connections;
  std::vector<uint64_t> user_probes;  // those that were asked, sorted
  std::string error;  // of the probes that could not look; empty if all could

  // Of an OriginSource, after the probes had looked.
  uint64_t last_sequence = 0;
  uint64_t releases = 0;

  // Whether what `later` shows, which a later look or this one saw, was there.
  bool Has(const Identity& later) const;
};

// What is in `after` and not in `before`, or was kept on purpose then and is
// not any more. Not what is kept on purpose now, what was `reported` already,
// and what a probe shows that `before` did not ask yet. Sorted.
std::vector<Identity> Created(const Snapshot& before, const Snapshot& after,
                              const Reported& reported);

// Whether a pool keeps that descriptor, or thread, for connections that are
// idle.
bool IsKept(const Snapshot& snapshot, const Identity& identity);

// Whether `snapshot` shows what `identity`, of an earlier look, may be.
bool Shows(const Snapshot& snapshot, const Identity& identity);

// What is in `before` and not in `after`, but for descriptors that were kept on
// purpose.
std::vector<Identity> Gone(const Snapshot& before, const Snapshot& after);

// How many of each kind those are.
std::map<Kind, int> Released(const Snapshot& before, const Snapshot& after);

class ProbeSet {
 public:
  // `user_probes` is asked again at each look, since probes come and go.
  // `origins` may be null; it is not owned, and must outlive the set.
  ProbeSet(std::vector<std::unique_ptr<Probe>> built_in,
           std::function<std::vector<RegisteredProbe>()> user_probes,
           OriginSource* origins = nullptr);

  // Null if nothing is recorded.
  OriginSource* origins() const { return origins_; }

  // Asks the probes of every kind whose mode is not kOff. Never throws: a
  // user's code that does is a probe that could not look.
  Snapshot Take(const Options& options) const;

  // Nothing if it has gone since, or if its probe has.
  std::optional<Resource> Describe(const Identity& identity) const;

  // The same but for what it does now, which takes a running thread
  // milliseconds to tell.
  std::optional<Resource> DescribeWithoutActivity(
      const Identity& identity) const;

  // The descriptors that a thread waits on (Probe::WaitsOn).
  std::vector<int> WaitsOn(const Identity& identity) const;

  // The built-in rule by which it is the C library's or the kernel's own
  // (Probe::RuntimesOwn). What the recorder saw being made is not.
  std::string RuntimesOwn(const Identity& identity) const;

  // Whether nothing outside this process can make `identity` go away.
  bool OnlyThisProcessChanges(const Identity& identity) const;

 private:
  std::shared_ptr<Probe> ProbeOf(const Identity& identity) const;

  std::vector<std::shared_ptr<Probe>> built_in_;
  std::function<std::vector<RegisteredProbe>()> user_probes_;
  OriginSource* const origins_;
};

}  // namespace leaktrap::internal

#endif  // LEAKTRAP_CHECK_SNAPSHOT_H_
