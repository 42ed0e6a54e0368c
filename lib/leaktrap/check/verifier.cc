#include "leaktrap/check/verifier.h"

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "leaktrap/check/judge.h"
#include "leaktrap/check/options.h"
#include "leaktrap/check/sanitizers.h"
#include "leaktrap/check/settle.h"
#include "leaktrap/check/snapshot.h"
#include "leaktrap/resource/identity.h"
#include "leaktrap/resource/kind.h"
#include "leaktrap/resource/resource.h"

namespace leaktrap::internal {
namespace {

using std::chrono::nanoseconds;

constexpr int kShareOfRepeatedWait = 10;

}  // namespace

nanoseconds DefaultLinger() {
  constexpr std::chrono::seconds kLinger(2);
  return RunsSlowly() ? kLinger * 5 : kLinger;
}

Verdict Verifier::Check(const std::string& scope, const Snapshot& before,
                        const Options& options, std::set<Identity>* reported) {
  Verdict verdict;
  std::vector<Identity> left;
  std::vector<Identity> ignored;
  auto look = [&] {
    const Snapshot now = probes_.Take(options);
    verdict.error = now.error;
    if (!now.error.empty()) return Seen::kNotSeen;
    left = Created(before, now, *reported);
    ignored = TakeIgnored(&left, options);
    return Weigh(left, options);
  };
  auto proves_final = [&](absl::FunctionRef<Seen()> look_again) {
    if (!OnlyThisProcessChanges(left)) return false;
    return proof_.Holds(ChildrenMatter(left), [&] {
      const std::vector<Identity> seen_first = left;
      return look_again() == Seen::kLeaks && left == seen_first;
    });
  };
  auto linger = [&] { return LingerFor(scope, left, options); };
  verdict.settled = Settle(clock_, linger, look, proves_final);

  reported->insert(ignored.begin(), ignored.end());
  std::vector<Resource> resources;
  for (const Identity& identity : left) {
    // What is gone by now was only late.
    if (std::optional<Resource> resource = probes_.Describe(identity)) {
      resources.push_back(*std::move(resource));
    }
  }
  for (const Resource& resource : resources) {
    reported->insert(resource.identity);
    if (verdict.settled.ended == Ended::kLinger) {
      waited_for_.insert(WaitedFor(scope, resource));
    }
  }
  verdict.judgement = Judge(std::move(resources), options);
  return verdict;
}

std::vector<Identity> Verifier::TakeIgnored(std::vector<Identity>* left,
                                            const Options& options) const {
  std::vector<Identity> ignored;
  std::vector<Identity> not_ignored;
  for (const Identity& identity : *left) {
    if (HasPatterns(identity.kind, options)) {
      const std::optional<Resource> resource = probes_.Describe(identity);
      if (!resource.has_value()) continue;  // gone
      if (IsIgnored(*resource, options)) {
        ignored.push_back(identity);
        continue;
      }
    }
    not_ignored.push_back(identity);
  }
  *left = std::move(not_ignored);
  return ignored;
}

Seen Verifier::Weigh(const std::vector<Identity>& left,
                     const Options& options) {
  if (left.empty()) return Seen::kNothing;
  std::map<Kind, int> counts;
  for (const Identity& identity : left) ++counts[identity.kind];
  const bool tolerated =
      std::all_of(counts.begin(), counts.end(), [&](const auto& entry) {
        return entry.second <= options.tolerance(entry.first).count;
      });
  return tolerated ? Seen::kTolerated : Seen::kLeaks;
}

bool Verifier::OnlyThisProcessChanges(
    const std::vector<Identity>& identities) const {
  return std::all_of(identities.begin(), identities.end(),
                     [this](const Identity& identity) {
                       return probes_.OnlyThisProcessChanges(identity);
                     });
}

bool Verifier::ChildrenMatter(const std::vector<Identity>& identities) {
  return std::any_of(
      identities.begin(), identities.end(), [](const Identity& identity) {
        return identity.kind == Kind::kProcess || identity.kind == Kind::kOther;
      });
}

nanoseconds Verifier::LingerFor(const std::string& scope,
                                const std::vector<Identity>& left,
                                const Options& options) const {
  const nanoseconds full = options.linger().value_or(DefaultLinger());
  if (waited_for_.empty()) return full;
  const bool known =
      std::all_of(left.begin(), left.end(), [&](const Identity& identity) {
        const std::optional<Resource> resource = probes_.Describe(identity);
        return resource.has_value() &&
               waited_for_.count(WaitedFor(scope, *resource)) != 0;
      });
  return known ? full / kShareOfRepeatedWait : full;
}

Verifier::Wait Verifier::WaitedFor(const std::string& scope,
                                   const Resource& resource) {
  // What alike threads have in common changes with what they do at the moment
  // of looking, and a new one has not reached what the last one stayed in.
  const Kind kind = resource.identity.kind;
  return {scope, kind,
          kind == Kind::kThread ? resource.name : resource.likeness};
}

}  // namespace leaktrap::internal
