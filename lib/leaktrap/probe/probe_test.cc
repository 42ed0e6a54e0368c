#include "leaktrap/probe/probe.h"

#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "gtest/gtest.h"
#include "leaktrap/resource/identity.h"
#include "leaktrap/resource/kind.h"

namespace leaktrap {
namespace {

class NamedProbe : public Probe {
 public:
  explicit NamedProbe(std::string name) : name_(std::move(name)) {}
  std::string name() const override { return name_; }
  Listing List() override {
    Listing listing;
    listing.Add(41);
    return listing;
  }

 private:
  const std::string name_;
};

// Its destructor registers, as a user's might.
class LateProbe : public NamedProbe {
 public:
  using NamedProbe::NamedProbe;
  ~LateProbe() override {
    ProbeRegistration registration(std::make_unique<NamedProbe>("late"));
  }
};

std::vector<std::string> Names() {
  std::vector<std::string> names;
  for (const auto& entry : internal::UserProbes()) {
    names.push_back(entry.probe->name());
  }
  return names;
}

TEST(ProbeTest, ListsAndDescribesByNameAndNumber) {
  NamedProbe probe("file lock");
  const Listing listing = probe.List();
  EXPECT_EQ(listing.error, "");
  ASSERT_EQ(listing.identities.size(), 1u);
  const Identity identity = listing.identities[0];
  EXPECT_EQ(identity, (Identity{Kind::kOther, 0, 41, {}}));

  const auto resource = probe.Describe(identity);
  ASSERT_TRUE(resource);
  EXPECT_EQ(resource->identity, identity);
  EXPECT_EQ(resource->name, "file lock");
  EXPECT_EQ(resource->description, "file lock 41");
  EXPECT_EQ(resource->likeness, "file lock");
  EXPECT_FALSE(resource->release.empty());
  EXPECT_EQ(resource->age, std::nullopt);
}

TEST(ProbeTest, ADescriptionIsOneLine) {
  NamedProbe probe("two\nlines");
  EXPECT_EQ(probe.Describe({})->description, R"(two\nlines 0)");
}

TEST(ProbeTest, ClaimsNothingUnlessItSaysSo) {
  NamedProbe probe("x");
  EXPECT_EQ(probe.kind(), Kind::kOther);
  EXPECT_FALSE(probe.OnlyThisProcessChangesIt());
}

TEST(ProbeRegistrationTest, SeenInOrderForAsLongAsItLives) {
  EXPECT_EQ(Names(), (std::vector<std::string>{}));
  {
    ProbeRegistration a(std::make_unique<NamedProbe>("a"));
    std::optional<ProbeRegistration> b(std::make_unique<NamedProbe>("b"));
    ProbeRegistration c(std::make_unique<NamedProbe>("c"));
    EXPECT_EQ(Names(), (std::vector<std::string>{"a", "b", "c"}));
    b.reset();
    EXPECT_EQ(Names(), (std::vector<std::string>{"a", "c"}));
  }
  EXPECT_EQ(Names(), (std::vector<std::string>{}));
}

TEST(ProbeRegistrationTest, SerialsAreNotZeroAndNotGivenOutAgain) {
  uint64_t first;
  {
    ProbeRegistration probe(std::make_unique<NamedProbe>("a"));
    first = internal::UserProbes().at(0).serial;
    EXPECT_NE(first, 0u);
  }
  ProbeRegistration probe(std::make_unique<NamedProbe>("b"));
  EXPECT_GT(internal::UserProbes().at(0).serial, first);
}

TEST(ProbeRegistrationTest, AProbeInUseOutlivesItsRegistration) {
  std::vector<internal::RegisteredProbe> probes;
  {
    ProbeRegistration probe(std::make_unique<NamedProbe>("a"));
    probes = internal::UserProbes();
  }
  EXPECT_EQ(probes.at(0).probe->List().identities.size(), 1u);
}

TEST(ProbeRegistrationTest, NoProbeIsNoEntry) {
  ProbeRegistration none(nullptr);
  EXPECT_EQ(Names(), (std::vector<std::string>{}));
}

TEST(UnseenProbesTest, OneThatGoesWithoutALookIsNamedOnce) {
  internal::UserProbes();
  internal::TakeUnseenProbes();
  { const ProbeRegistration unseen(std::make_unique<NamedProbe>("unseen")); }
  {
    const ProbeRegistration seen(std::make_unique<NamedProbe>("seen"));
    internal::UserProbes();
  }
  EXPECT_EQ(internal::TakeUnseenProbes(), std::vector<std::string>{"unseen"});
  EXPECT_TRUE(internal::TakeUnseenProbes().empty());
}

TEST(ProbeRegistrationTest, AProbesDestructorMayRegister) {
  { ProbeRegistration probe(std::make_unique<LateProbe>("a")); }
  EXPECT_EQ(Names(), (std::vector<std::string>{}));
}

TEST(ProbeRegistrationTest, ManyThreadsRegisterAtOnce) {
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([] {
      for (int j = 0; j < 500; ++j) {
        ProbeRegistration probe(std::make_unique<NamedProbe>("a"));
        for (const auto& entry : internal::UserProbes()) {
          EXPECT_EQ(entry.probe->List().identities.size(), 1u);
        }
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(Names(), (std::vector<std::string>{}));
}

}  // namespace
}  // namespace leaktrap
