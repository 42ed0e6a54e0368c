#include "leaktrap/check/self_check.h"

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "leaktrap/check/made_up.h"
#include "leaktrap/check/options.h"
#include "leaktrap/check/probe_set.h"
#include "leaktrap/check/snapshot.h"
#include "leaktrap/probe/connection_probe.h"
#include "leaktrap/probe/descriptor_probe.h"
#include "leaktrap/probe/probe.h"
#include "leaktrap/probe/thread_probe.h"
#include "leaktrap/resource/identity.h"
#include "leaktrap/resource/kind.h"

namespace leaktrap::internal {
namespace {

using testing::HasSubstr;

// Switches all kinds off but one.
Options Only(Kind kind) {
  Options options;
  for (const Kind other : kAllKinds) {
    if (other != kind) options.SetMode(other, Mode::kOff);
  }
  return options;
}

ProbeSet Probes(std::vector<std::unique_ptr<Probe>> built_in) {
  return ProbeSet(std::move(built_in),
                  [] { return std::vector<RegisteredProbe>(); });
}

template <typename... More>
ProbeSet ProbesOf(More... more) {
  std::vector<std::unique_ptr<Probe>> built_in;
  (built_in.push_back(std::move(more)), ...);
  return Probes(std::move(built_in));
}

// A real probe, with its answer bent.
class BentProbe : public Probe {
 public:
  BentProbe(std::unique_ptr<Probe> real, std::function<void(Listing*)> bend)
      : real_(std::move(real)), bend_(std::move(bend)) {}

  std::string name() const override { return real_->name(); }
  Kind kind() const override { return real_->kind(); }
  Listing List() override {
    Listing listing = real_->List();
    bend_(&listing);
    return listing;
  }

 private:
  const std::unique_ptr<Probe> real_;
  const std::function<void(Listing*)> bend_;
};

// Goes on to show all that it ever saw.
std::unique_ptr<Probe> Unforgetting(std::unique_ptr<Probe> real) {
  return std::make_unique<BentProbe>(
      std::move(real),
      [seen = std::vector<Identity>()](Listing* listing) mutable {
        for (const Identity& identity : listing->identities) {
          if (!testing::Matches(testing::Contains(identity))(seen)) {
            seen.push_back(identity);
          }
        }
        listing->identities = seen;
      });
}

// Shows only what it saw at first.
std::unique_ptr<Probe> Frozen(std::unique_ptr<Probe> real) {
  return std::make_unique<BentProbe>(
      std::move(real), [first = std::optional<std::vector<Identity>>()](
                           Listing* listing) mutable {
        if (!first.has_value()) first = listing->identities;
        listing->identities = *first;
      });
}

// Shows as many as there are, but of another number.
std::unique_ptr<Probe> Counting(std::unique_ptr<Probe> real) {
  return std::make_unique<BentProbe>(std::move(real), [](Listing* listing) {
    uint64_t number = 1'000'000'000;
    for (Identity& identity : listing->identities) identity.number = ++number;
  });
}

TEST(SelfCheckTest, RealProbesSee) {
  EXPECT_EQ(SelfCheck(ProbesOf(NewThreadProbe(), NewDescriptorProbe(),
                               NewConnectionProbe()),
                      Options()),
            "");
}

TEST(SelfCheckTest, LeavesNothingBehind) {
  const ProbeSet probes =
      ProbesOf(NewThreadProbe(), NewDescriptorProbe(), NewConnectionProbe());
  const Snapshot before = probes.Take(Options());
  ASSERT_EQ(SelfCheck(probes, Options()), "");
  EXPECT_EQ(probes.Take(Options()).seen->identities, before.seen->identities);
}

TEST(SelfCheckTest, FindsAProbeThatIsMissing) {
  EXPECT_THAT(SelfCheck(ProbesOf(NewDescriptorProbe(), NewConnectionProbe()),
                        Options()),
              HasSubstr("thread probe"));
  EXPECT_THAT(
      SelfCheck(ProbesOf(NewThreadProbe(), NewConnectionProbe()), Options()),
      HasSubstr("descriptor probe"));
  EXPECT_THAT(
      SelfCheck(ProbesOf(NewThreadProbe(), NewDescriptorProbe()), Options()),
      HasSubstr("connection probe"));
}

struct Checked {
  Kind kind;
  std::unique_ptr<Probe> (*real)();
  const char* named;
};

constexpr Checked kThreads = {Kind::kThread, NewThreadProbe, "thread probe"};
constexpr Checked kDescriptors = {Kind::kDescriptor, NewDescriptorProbe,
                                  "descriptor probe"};
constexpr Checked kConnections = {Kind::kConnection, NewConnectionProbe,
                                  "connection probe"};

TEST(SelfCheckTest, FindsABlindProbe) {
  for (const Checked& checked : {kThreads, kDescriptors, kConnections}) {
    MadeUpWorld nothing;
    EXPECT_THAT(
        SelfCheck(MadeUpProbes(checked.kind, &nothing), Only(checked.kind)),
        HasSubstr(checked.named));
    EXPECT_GT(nothing.looks, 0);
  }
}

TEST(SelfCheckTest, FindsAProbeThatOnlyCounts) {
  for (const Checked& checked : {kThreads, kDescriptors, kConnections}) {
    EXPECT_THAT(
        SelfCheck(ProbesOf(Counting(checked.real())), Only(checked.kind)),
        HasSubstr(checked.named));
  }
}

TEST(SelfCheckTest, FindsAProbeThatDoesNotSeeThingsCome) {
  for (const Checked& checked : {kDescriptors, kConnections}) {
    EXPECT_THAT(SelfCheck(ProbesOf(Frozen(checked.real())), Only(checked.kind)),
                AllOf(HasSubstr(checked.named), HasSubstr(" come")));
  }
}

TEST(SelfCheckTest, FindsAProbeThatDoesNotSeeThingsGo) {
  for (const Checked& checked : {kDescriptors, kConnections}) {
    EXPECT_THAT(
        SelfCheck(ProbesOf(Unforgetting(checked.real())), Only(checked.kind)),
        AllOf(HasSubstr(checked.named), HasSubstr(" go")));
  }
}

TEST(SelfCheckTest, PassesOnWhatAProbeSays) {
  for (const Kind kind :
       {Kind::kThread, Kind::kDescriptor, Kind::kConnection}) {
    MadeUpWorld world;
    world.listing.error = "no /proc";
    EXPECT_EQ(SelfCheck(MadeUpProbes(kind, &world), Only(kind)), "no /proc");
  }
}

TEST(SelfCheckTest, PassesOnAnErrorOfAProbeThatSees) {
  const auto failing = [](Listing* listing) { listing->error = "half blind"; };
  EXPECT_EQ(SelfCheck(ProbesOf(std::make_unique<BentProbe>(NewThreadProbe(),
                                                           failing)),
                      Only(Kind::kThread)),
            "half blind");
}

TEST(SelfCheckTest, LeavesOutKindsThatAreOff) {
  for (const Kind kind :
       {Kind::kThread, Kind::kDescriptor, Kind::kConnection}) {
    MadeUpWorld blind;
    EXPECT_EQ(SelfCheck(MadeUpProbes(kind, &blind), Only(Kind::kOther)), "");
    EXPECT_EQ(blind.looks, 0);
  }
}

TEST(SelfCheckTest, ChecksKindsThatAreOnlyReported) {
  for (const Checked& checked : {kThreads, kDescriptors, kConnections}) {
    MadeUpWorld nothing;
    EXPECT_THAT(
        SelfCheck(MadeUpProbes(checked.kind, &nothing),
                  Only(checked.kind).SetMode(checked.kind, Mode::kReport)),
        HasSubstr(checked.named));
  }
}

}  // namespace
}  // namespace leaktrap::internal
