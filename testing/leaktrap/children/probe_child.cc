// A user's own probe: locks that a program keeps count of itself.

#include <cstdint>
#include <memory>
#include <set>
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
    leaktrap::Listing listing;
    for (uint64_t lock : HeldLocks()) listing.Add(lock);
    if (blind) listing.error = "cannot read the table of locks";
    return listing;
  }
  bool OnlyThisProcessChangesIt() const override { return true; }

  inline static bool blind = false;
};

leaktrap::ProbeRegistration registration(std::make_unique<LockProbe>());

TEST(Lock, LeftHeld) { HeldLocks().insert(17); }

TEST(Lock, GivenBack) {
  HeldLocks().insert(18);
  HeldLocks().erase(18);
}

TEST(Lock, ProbeGoesBlind) { LockProbe::blind = true; }

}  // namespace
