#include "leaktrap/check/probe_set.h"

#include <memory>
#include <optional>
#include <stdexcept>
#include <utility>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "leaktrap/check/made_up.h"
#include "leaktrap/check/options.h"
#include "leaktrap/check/snapshot.h"
#include "leaktrap/probe/probe.h"
#include "leaktrap/resource/identity.h"
#include "leaktrap/resource/kind.h"
#include "leaktrap/resource/resource.h"

namespace leaktrap::internal {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

constexpr Identity kFile = {Kind::kDescriptor, 0, 7, {1, 100, 0}};
constexpr Identity kSocket = {Kind::kDescriptor, 0, 8, {1, 102, 0}};
constexpr Identity kThread = {Kind::kThread, 0, 7, {55}};

class ProbeSetTest : public testing::Test {
 protected:
  ProbeSetTest()
      : probes_(BuiltIn(), [this] {
          return std::vector<RegisteredProbe>{{41, user_probe_}};
        }) {}

  std::vector<std::unique_ptr<Probe>> BuiltIn() {
    std::vector<std::unique_ptr<Probe>> probes;
    probes.push_back(std::make_unique<MadeUpProbe>(Kind::kThread, &threads_));
    probes.push_back(
        std::make_unique<MadeUpProbe>(Kind::kDescriptor, &descriptors_));
    return probes;
  }

  MadeUpWorld threads_, descriptors_, others_;
  std::shared_ptr<Probe> user_probe_ =
      std::make_shared<MadeUpProbe>(Kind::kOther, &others_);
  ProbeSet probes_;
};

TEST_F(ProbeSetTest, TakesAllSorted) {
  descriptors_.listing.identities = {kSocket, kFile};
  descriptors_.listing.kept_descriptors = {9, 3};
  threads_.listing.identities = {kThread};
  const Snapshot snapshot = probes_.Take(Options());
  EXPECT_THAT(snapshot.seen->identities, ElementsAre(kThread, kFile, kSocket));
  EXPECT_THAT(snapshot.seen->kept_descriptors, ElementsAre(3, 9));
  EXPECT_EQ(snapshot.error, "");
}

TEST_F(ProbeSetTest, AKindThatIsOffIsNotLookedFor) {
  threads_.listing.identities = {kThread};
  descriptors_.listing.error = "no /proc";
  const Snapshot snapshot =
      probes_.Take(Options()
                       .SetMode(Kind::kDescriptor, Mode::kOff)
                       .SetMode(Kind::kOther, Mode::kOff));
  EXPECT_THAT(snapshot.seen->identities, ElementsAre(kThread));
  EXPECT_EQ(snapshot.error, "");
  EXPECT_EQ(descriptors_.looks, 0);
}

TEST_F(ProbeSetTest, WhatAPoolKeepsItKeepsAlsoWhenItsKindIsOff) {
  others_.listing.Add(5);
  others_.listing.kept_descriptors = {9};
  others_.listing.error = "blind";
  const Snapshot snapshot =
      probes_.Take(Options().SetMode(Kind::kOther, Mode::kOff));
  EXPECT_THAT(snapshot.seen->kept_descriptors, ElementsAre(9));
  EXPECT_THAT(snapshot.seen->identities, IsEmpty());
  EXPECT_EQ(snapshot.error, "");
}

TEST_F(ProbeSetTest, AProbeThatThrowsCouldNotLook) {
  others_.before_look = [](int) { throw std::runtime_error("no luck"); };
  EXPECT_EQ(probes_.Take(Options()).error, "a probe threw: no luck");
}

TEST_F(ProbeSetTest, TellsEveryProbeThatCouldNotLook) {
  threads_.listing.error = "no tasks";
  descriptors_.listing.error = "no fd";
  EXPECT_EQ(probes_.Take(Options()).error, "no tasks; no fd");
  threads_.listing.error = "no\ntasks";
  EXPECT_EQ(probes_.Take(Options()).error, "no\\ntasks; no fd");
}

TEST_F(ProbeSetTest, AUsersResourcesCarryTheirProbe) {
  others_.listing.Add(5);
  const Snapshot snapshot = probes_.Take(Options());
  const Identity expected = {Kind::kOther, 41, 5, {}};
  EXPECT_THAT(snapshot.seen->identities, ElementsAre(expected));
}

TEST_F(ProbeSetTest, AsksTheRightProbe) {
  threads_.listing.identities = {kThread};
  const std::optional<Resource> thread = probes_.Describe(kThread);
  ASSERT_TRUE(thread.has_value());
  EXPECT_EQ(thread->identity, kThread);
  EXPECT_FALSE(probes_.Describe(kFile).has_value());
  // No probe with that serial.
  EXPECT_FALSE(probes_.Describe({Kind::kOther, 42, 5, {}}).has_value());
  EXPECT_FALSE(probes_.OnlyThisProcessChanges({Kind::kOther, 42, 5, {}}));
  EXPECT_TRUE(probes_.OnlyThisProcessChanges({Kind::kOther, 41, 5, {}}));
  descriptors_.only_this_process = false;
  EXPECT_FALSE(probes_.OnlyThisProcessChanges(kFile));
  EXPECT_TRUE(probes_.OnlyThisProcessChanges(kThread));
}

class HostileProbe : public Probe {
 public:
  std::string name() const override { return "lock"; }
  Kind kind() const override { return Kind::kDescriptor; }
  Listing List() override { return {}; }
  std::optional<Resource> Describe(const Identity&) override {
    Resource resource;
    resource.name = "a\n";
    resource.description = "b\x1b";
    resource.likeness = "c\xff";
    resource.release = "d\u202e";
    resource.hint = "e\r";
    return resource;
  }
};

TEST(ProbeSetDescribeTest, WhatAProbeHandsOverIsMadePrintable) {
  std::vector<std::unique_ptr<Probe>> built_in;
  built_in.push_back(std::make_unique<HostileProbe>());
  const ProbeSet probes(std::move(built_in),
                        [] { return std::vector<RegisteredProbe>(); });
  const std::optional<Resource> resource = probes.Describe(kFile);
  ASSERT_TRUE(resource.has_value());
  EXPECT_EQ(resource->name, "a\\n");
  EXPECT_EQ(resource->description, "b\\x1b");
  EXPECT_EQ(resource->likeness, "c\\xff");
  EXPECT_EQ(resource->release, "d\\xe2\\x80\\xae");
  EXPECT_EQ(resource->hint, "e\\r");
}

}  // namespace
}  // namespace leaktrap::internal
