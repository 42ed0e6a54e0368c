#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <cstring>
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "leaktrap/check/options.h"
#include "leaktrap/check/probe_set.h"
#include "leaktrap/check/self_check.h"
#include "leaktrap/check/snapshot.h"
#include "leaktrap/pool/lease_ledger.h"
#include "leaktrap/probe/thread_probe.h"
#include "leaktrap/resource/identity.h"
#include "leaktrap/resource/kind.h"

namespace leaktrap::internal {
namespace {

class Looks {
 public:
  Looks(const ProbeSet& probes, const Options& options)
      : probes_(probes), options_(options) {}

  // Whether a resource with `number` is new since the last baseline.
  bool SeesNew(Kind kind, uint64_t number) {
    const std::vector<Identity> created = Created(before_, Look(), {});
    return std::any_of(
        created.begin(), created.end(), [&](const Identity& identity) {
          return identity.kind == kind && identity.number == number;
        });
  }
  bool Sees(Kind kind, uint64_t number) {
    before_ = {};
    return SeesNew(kind, number);
  }
  void TakeBaseline() { before_ = Look(); }

  const std::string& error() const { return error_; }

 private:
  Snapshot Look() {
    Snapshot snapshot = probes_.Take(options_);
    if (error_.empty()) error_ = snapshot.error;
    return snapshot;
  }

  const ProbeSet& probes_;
  const Options& options_;
  Snapshot before_;
  std::string error_;
};

std::string CheckThreads(Looks& looks) {
  const int own_tid = OwnProcTid();
  if (own_tid != 0 && looks.Sees(Kind::kThread, own_tid)) return "";
  return "the thread probe does not list the calling thread; is /proc that of "
         "this process's pid namespace?";
}

std::string CheckDescriptors(Looks& looks) {
  looks.TakeBaseline();
  const int descriptor = memfd_create("leaktrap-self-check", MFD_CLOEXEC);
  if (descriptor < 0) {
    return absl::StrCat("memfd_create: ", std::strerror(errno));
  }
  const bool came = looks.SeesNew(Kind::kDescriptor, descriptor);
  close(descriptor);
  const bool went = !looks.SeesNew(Kind::kDescriptor, descriptor);
  if (came && went) return "";
  return absl::StrCat("the descriptor probe does not see a memfd ",
                      came ? "go" : "come");
}

std::string CheckConnections(Looks& looks) {
  LeaseLedger ledger("leaktrap-self-check");
  const uint64_t connection = ledger.Open("nowhere");
  looks.TakeBaseline();
  Lease lease = ledger.CheckOut(connection);
  const uint64_t number = lease.number();
  const bool came = looks.SeesNew(Kind::kConnection, number);
  lease.Return();
  const bool went = !looks.SeesNew(Kind::kConnection, number);
  if (came && went) return "";
  return absl::StrCat("the connection probe does not see a lease ",
                      came ? "go" : "come");
}

}  // namespace

std::string SelfCheck(const ProbeSet& probes, const Options& options) {
  struct {
    Kind kind;
    std::string (*check)(Looks&);
  } const kChecks[] = {{Kind::kThread, CheckThreads},
                       {Kind::kDescriptor, CheckDescriptors},
                       {Kind::kConnection, CheckConnections}};
  for (const auto& [kind, check] : kChecks) {
    if (options.mode(kind) == Mode::kOff) continue;
    Looks looks(probes, options);
    const std::string missed = check(looks);
    // A probe's own words say more than that it missed something.
    if (!looks.error().empty()) return looks.error();
    if (!missed.empty()) return missed;
  }
  return "";
}

}  // namespace leaktrap::internal
