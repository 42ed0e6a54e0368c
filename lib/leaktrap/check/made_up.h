// Made-up clock, probes and proof, so that difference, rules and settling are
// tested in every order of events and without waiting.

#ifndef LEAKTRAP_CHECK_MADE_UP_H_
#define LEAKTRAP_CHECK_MADE_UP_H_

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/functional/function_ref.h"
#include "leaktrap/check/clock.h"
#include "leaktrap/check/early_end_proof.h"
#include "leaktrap/check/origin_source.h"
#include "leaktrap/check/probe_set.h"
#include "leaktrap/probe/probe.h"

namespace leaktrap::internal {

class MadeUpClock : public Clock {
 public:
  std::chrono::steady_clock::time_point Now() override { return now_; }
  void Sleep(std::chrono::nanoseconds duration) override {
    now_ += duration;
    sleeps.push_back(duration);
  }

  std::chrono::nanoseconds elapsed() const { return now_.time_since_epoch(); }

  std::vector<std::chrono::nanoseconds> sleeps;

 private:
  std::chrono::steady_clock::time_point now_;
};

// What the made-up probes see, to be changed by the test while it runs.
struct MadeUpWorld {
  Listing listing;
  int looks = 0;
  // Called at each look, before it answers.
  std::function<void(int look)> before_look = [](int) {};
  bool only_this_process = true;
  bool describes = true;
  std::set<uint64_t> runtimes_own;  // by number
  const char* runtimes_rule = kCLibraryThreads;
  std::map<uint64_t, std::vector<int>> waits_on;  // by number
  // How often it was asked what something does.
  int asked_for_activity = 0;
  Activity activity;
};

class MadeUpProbe : public Probe {
 public:
  MadeUpProbe(Kind kind, MadeUpWorld* world) : kind_(kind), world_(*world) {}

  std::string name() const override { return "made-up"; }
  Kind kind() const override { return kind_; }
  Listing List() override {
    world_.before_look(++world_.looks);
    return world_.listing;
  }
  std::optional<Resource> Describe(const Identity& identity) override {
    if (!world_.describes) return std::nullopt;
    for (const Identity& existing : world_.listing.identities) {
      if (existing != identity) continue;
      Resource resource;
      resource.identity = identity;
      resource.name = "made-up-" + std::to_string(identity.number);
      resource.description = resource.name;
      resource.likeness = "made up";
      return resource;
    }
    return std::nullopt;
  }
  std::optional<Activity> DescribeActivity(const Identity&) override {
    ++world_.asked_for_activity;
    return world_.activity;
  }
  std::vector<int> WaitsOn(const Identity& identity) override {
    return world_.waits_on[identity.number];
  }
  std::string RuntimesOwn(const Identity& identity) override {
    return world_.runtimes_own.count(identity.number) == 0
               ? ""
               : world_.runtimes_rule;
  }
  bool OnlyThisProcessChangesIt() const override {
    return world_.only_this_process;
  }

 private:
  const Kind kind_;
  MadeUpWorld& world_;
};

// One probe of `kind` that sees `*world`.
inline ProbeSet MadeUpProbes(Kind kind, MadeUpWorld* world,
                             OriginSource* origins = nullptr) {
  std::vector<std::unique_ptr<Probe>> probes;
  probes.push_back(std::make_unique<MadeUpProbe>(kind, world));
  return ProbeSet(
      std::move(probes), [] { return std::vector<RegisteredProbe>(); },
      origins);
}

class MadeUpProof : public EarlyEndProof {
 public:
  explicit MadeUpProof(bool holds) : holds_(holds) {}

  bool Holds(bool about_children,
             absl::FunctionRef<bool()> same_again) override {
    ++asked;
    asked_about_children = about_children;
    return holds_ && same_again();
  }
  StandingThreads TakeStanding() override { return {}; }

  int asked = 0;
  bool asked_about_children = false;

 private:
  const bool holds_;
};

}  // namespace leaktrap::internal

#endif  // LEAKTRAP_CHECK_MADE_UP_H_
