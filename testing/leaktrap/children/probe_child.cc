// A user's own probe: locks that a program keeps count of itself.

#include <cstdint>
#include <cstdlib>
#include <memory>
#include <set>
#include <stdexcept>
#include <string>

#include "gtest/gtest.h"
#include "leaktrap/leaktrap.h"

namespace {

std::set<uint64_t>& HeldLocks() {
  static auto* const locks = new std::set<uint64_t>;
  return *locks;
}

class LockProbe : public leaktrap::Probe {
 public:
  std::string name() const override { return "file lock"; }
  leaktrap::Listing List() override {
    if (throws) throw std::runtime_error("no table of locks");
    leaktrap::Listing listing;
    for (uint64_t lock : HeldLocks()) listing.Add(lock);
    if (blind) listing.error = "cannot read the table of locks";
    return listing;
  }
  bool OnlyThisProcessChangesIt() const override { return true; }

  inline static bool blind = false;
  inline static bool throws = false;
};

leaktrap::ProbeRegistration registration(std::make_unique<LockProbe>());

TEST(Lock, LeftHeld) { HeldLocks().insert(17); }

TEST(Lock, GivenBack) {
  LockProbe::throws = std::getenv("PROBE_THROWS") != nullptr;
  HeldLocks().insert(18);
  HeldLocks().erase(18);
}

// The snapshot is taken before the fixture is made, the look after its end.
class FixtureThatRegistersAProbe : public testing::Test {
  leaktrap::ProbeRegistration registration_{std::make_unique<LockProbe>()};
};
TEST_F(FixtureThatRegistersAProbe, TooLateAndTooShort) {}

TEST(Lock, ProbeGoesBlind) { LockProbe::blind = true; }

}  // namespace
