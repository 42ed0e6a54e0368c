// All probes, asked together.

#ifndef LEAKTRAP_CHECK_PROBE_SET_H_
#define LEAKTRAP_CHECK_PROBE_SET_H_

#include <array>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/types/span.h"
#include "leaktrap/check/clock.h"
#include "leaktrap/check/options.h"
#include "leaktrap/check/origin_source.h"
#include "leaktrap/check/quick_look.h"
#include "leaktrap/check/snapshot.h"
#include "leaktrap/probe/probe.h"
#include "leaktrap/probe/quick_probe.h"
#include "leaktrap/resource/identity.h"
#include "leaktrap/resource/kind.h"
#include "leaktrap/resource/resource.h"

namespace leaktrap::internal {

// To be used by one thread.
class ProbeSet {
 public:
  // `user_probes` is asked again at each look, since probes come and go.
  // `origins`, which may be null, and `clock` are not owned, and must outlive
  // the set.
  ProbeSet(std::vector<std::unique_ptr<Probe>> built_in,
           std::function<std::vector<RegisteredProbe>()> user_probes,
           OriginSource* origins = nullptr, Clock* clock = &SystemClock());

  // Null if nothing is recorded.
  OriginSource* origins() const { return origins_; }

  // Asks the probes of every kind whose mode is not kOff. Never throws: a
  // user's code that does is a probe that could not look.
  Snapshot Take(const Options& options) const;

  // The same at the least cost: what has not changed since the last of these
  // looks is not listed once more, but shared with it (QuickLook).
  Snapshot TakeQuickly(const Options& options, Since since = Since::kTest);

  // The next quick look lists everything.
  void ListNext() { quick_look_.ListNext(); }

  // Quick looks ask for each identity, as where nothing is recorded.
  void DistrustRecords() { quick_look_.DistrustRecords(); }

  // The next quick look lists nothing for time's sake (QuickLook).
  void TrustNext() { quick_look_.TrustNext(); }

  // Nothing if it has gone since, or if its probe has.
  std::optional<Resource> Describe(const Identity& identity) const;

  // The same but for what it does now, which takes a running thread
  // milliseconds to tell.
  std::optional<Resource> DescribeWithoutActivity(
      const Identity& identity) const;

  // QuickProbe::TheseStandStill, of all of them.
  void TheseStandStill(const StandingThreads* threads) const;

  // The descriptors that a thread waits on (Probe::WaitsOn).
  std::vector<int> WaitsOn(const Identity& identity) const;

  // The built-in rule by which it is the C library's, the kernel's or a
  // parallel runtime's own (Probe::RuntimesOwn). What the recorder saw being
  // made is not, unless such a runtime called for it.
  std::string RuntimesOwn(const Identity& identity) const;

  // Whether nothing outside this process can make `identity` go away.
  bool OnlyThisProcessChanges(const Identity& identity) const;

 private:
  // A look that goes on: what was seen, not sorted yet, and what went wrong.
  struct Gathered {
    Sight sight;
    std::string error;
  };

  static void Ask(Probe& probe, Kind kind, uint64_t source, bool on,
                  Gathered* gathered);
  // What only listing tells, and what QuickProbes list.
  void GatherOthers(const KindsOn& on, Gathered* gathered) const;
  enum class Remembers { kNo, kYes };
  void GatherQuick(const KindsOn& on, Remembers remembers,
                   Gathered* gathered) const;
  // With what the recorder knows of it.
  Sight Recognised(const KindsOn& on, Sight sight) const;
  void NoteRecorder(Snapshot* snapshot) const;

  // Whether QuickProbes find nothing that is different.
  bool StillShown(const KindsOn& on, Since since) const;
  void NoteListed();

  std::shared_ptr<Probe> ProbeOf(const Identity& identity) const;

  // Whether the recorder saw a parallel runtime make it, or not who did.
  bool MayBeParallelRuntimes(const Identity& identity) const;

  std::vector<std::shared_ptr<Probe>> built_in_;
  // Those of `built_in_` that are one; null for the others.
  std::vector<QuickProbe*> quick_;
  std::function<std::vector<RegisteredProbe>()> user_probes_;
  OriginSource* const origins_;
  QuickLook quick_look_;
  // Of what that saw last, by Kind: what the probes had listed themselves.
  std::array<absl::Span<const Identity>, kAllKinds.size()> listed_;
  // Whether a caller of pthread_create(3) is one, by return address.
  mutable std::map<uintptr_t, bool> parallel_runtimes_;
  std::vector<Identity> running_threads_;  // where some others have finished
};

}  // namespace leaktrap::internal

#endif  // LEAKTRAP_CHECK_PROBE_SET_H_
