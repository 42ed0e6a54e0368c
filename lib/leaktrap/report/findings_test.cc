#include "leaktrap/report/findings.h"

#include <cstdint>
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "leaktrap/resource/kind.h"
#include "leaktrap/resource/resource.h"
#include "leaktrap/stack/capture.h"

namespace leaktrap::internal {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

Resource Made(Kind kind, uint64_t number, uint64_t sequence,
              const std::string& call, int tid = 1, uintptr_t place = 1) {
  Resource resource;
  resource.identity = {kind, 0, number, {}, sequence};
  resource.likeness = call;
  resource.origin.emplace();
  resource.origin->sequence = sequence;
  resource.origin->call = call;
  resource.origin->tid = tid;
  resource.origin->stack = {place};
  return resource;
}

// Made by the caller, on a real stack.
__attribute__((noinline)) Resource Here(Kind kind, uint64_t number,
                                        uint64_t sequence) {
  Resource resource = Made(kind, number, sequence, "call");
  uintptr_t addresses[32];
  const int count = CaptureStack(__builtin_return_address(0), addresses, 32);
  resource.origin->stack.assign(addresses, addresses + count);
  return resource;
}

// The numbers of each group's parts.
std::vector<std::vector<std::vector<uint64_t>>> NumbersOf(
    const std::vector<Resource>& leaks) {
  std::vector<std::vector<std::vector<uint64_t>>> groups;
  for (const AlikeFindings& alike : FindingsOf(leaks)) {
    auto& group = groups.emplace_back();
    for (const auto& part : alike.parts) {
      auto& numbers = group.emplace_back();
      for (const Resource* leak : part) {
        numbers.push_back(leak->identity.number);
      }
    }
  }
  return groups;
}

auto One(uint64_t number) { return ElementsAre(ElementsAre(number)); }

TEST(FindingsTest, StrangersStayApart) {
  EXPECT_THAT(NumbersOf({}), IsEmpty());
  EXPECT_THAT(NumbersOf({Made(Kind::kDescriptor, 7, 1, "open"),
                         Made(Kind::kDescriptor, 8, 2, "socket"),
                         Made(Kind::kThread, 9, 3, "pthread_create")}),
              ElementsAre(One(7), One(8), One(9)));
}

TEST(FindingsTest, ALeaseItsSocketAndTheThreadThatMadeItAreOne) {
  Resource lease = Made(Kind::kConnection, 1, 10, "checkout");
  lease.descriptors = {52};
  // As a verdict lists them: by kind.
  EXPECT_THAT(
      NumbersOf({Made(Kind::kThread, 4711, 11, "pthread_create"),
                 Made(Kind::kDescriptor, 52, 12, "socket", 4711), lease}),
      ElementsAre(
          ElementsAre(ElementsAre(1), ElementsAre(4711), ElementsAre(52))));
}

TEST(FindingsTest, ALeaseIsTheRootOfAnOlderConnection) {
  Resource lease = Made(Kind::kConnection, 1, 10, "checkout");
  lease.descriptors = {52};
  EXPECT_THAT(NumbersOf({Made(Kind::kDescriptor, 52, 5, "socket"), lease}),
              ElementsAre(ElementsAre(ElementsAre(1), ElementsAre(52))));
  // But not of the thread that took it.
  EXPECT_THAT(
      NumbersOf({Made(Kind::kThread, 4711, 4, "pthread_create"),
                 Made(Kind::kDescriptor, 52, 5, "socket", 4711), lease}),
      ElementsAre(
          ElementsAre(ElementsAre(4711), ElementsAre(1), ElementsAre(52))));
}

TEST(FindingsTest, WhatAThreadOfTheSameIdMadeBeforeIsNotItsOwn) {
  EXPECT_THAT(NumbersOf({Made(Kind::kThread, 4711, 11, "pthread_create"),
                         Made(Kind::kDescriptor, 52, 5, "socket", 4711)}),
              ElementsAre(One(4711), One(52)));
}

TEST(FindingsTest, AThreadAndWhatItWaitsOnAreOne) {
  Resource thread = Made(Kind::kThread, 4711, 11, "pthread_create");
  thread.now.emplace();
  thread.now->descriptor = 52;
  const Resource socket = Made(Kind::kDescriptor, 52, 5, "socket");
  EXPECT_THAT(NumbersOf({thread, socket}),
              ElementsAre(ElementsAre(ElementsAre(52), ElementsAre(4711))));
  thread.now->descriptor = 53;
  EXPECT_THAT(NumbersOf({thread, socket}), ElementsAre(One(4711), One(52)));
}

// As a pool does that hands out a connection and starts a thread to serve it.
__attribute__((noinline)) void Serve(uint64_t number, uint64_t sequence,
                                     std::vector<Resource>* leaks) {
  leaks->push_back(Here(Kind::kThread, number + 4700, sequence + 1));
  leaks->push_back(Here(Kind::kConnection, number, sequence));
  asm volatile("");
}

TEST(FindingsTest, ALeaseAndTheThreadOfTheSameCallAreOne) {
  std::vector<Resource> leaks;
  const volatile uint64_t last = 2;  // not unrolled: one call
  for (uint64_t number = 1; number <= last; ++number) {
    Serve(number, 10 * number, &leaks);
  }
  EXPECT_THAT(
      NumbersOf(leaks),
      ElementsAre(ElementsAre(ElementsAre(1, 2), ElementsAre(4701, 4702))));
}

TEST(FindingsTest, ALeaseAndAThreadOfOtherCallsOfATestStayApart) {
  std::vector<Resource> leaks;
  leaks.push_back(Here(Kind::kConnection, 1, 10));
  leaks.push_back(Here(Kind::kThread, 4711, 11));
  EXPECT_THAT(NumbersOf(leaks), ElementsAre(One(1), One(4711)));
}

TEST(FindingsTest, OfAnotherThreadTheyStayApart) {
  std::vector<Resource> leaks;
  Serve(1, 10, &leaks);
  leaks[0].origin->tid = 2;
  EXPECT_THAT(NumbersOf(leaks), ElementsAre(One(1), One(4701)));
}

TEST(FindingsTest, LeasesAreToldBeforeOthers) {
  EXPECT_THAT(NumbersOf({Made(Kind::kThread, 9, 3, "pthread_create"),
                         Made(Kind::kConnection, 1, 10, "checkout")}),
              ElementsAre(One(1), One(9)));
}

TEST(FindingsTest, WhatPopenMadeIsOne) {
  EXPECT_THAT(
      NumbersOf({Made(Kind::kDescriptor, 3, 1, "popen"),
                 Made(Kind::kProcess, 4711, 1, "popen"),
                 Made(Kind::kDescriptor, 4, 2, "popen")}),
      ElementsAre(ElementsAre(ElementsAre(3), ElementsAre(4711)), One(4)));
}

TEST(FindingsTest, TheEndsOfAPipeAreOne) {
  EXPECT_THAT(NumbersOf({Made(Kind::kDescriptor, 3, 1, "pipe2"),
                         Made(Kind::kDescriptor, 4, 2, "pipe2"),
                         Made(Kind::kDescriptor, 5, 3, "open"),
                         Made(Kind::kDescriptor, 6, 4, "open")}),
              ElementsAre(ElementsAre(ElementsAre(5, 6)),
                          ElementsAre(ElementsAre(3), ElementsAre(4))));
}

// Of some the other end is closed.
TEST(FindingsTest, PipesOfALoopStayApart) {
  std::vector<Resource> leaks;
  for (const uint64_t sequence : {2, 3, 4, 5, 6, 7, 10}) {
    leaks.push_back(Made(Kind::kDescriptor, 100 + sequence, sequence, "pipe2"));
    leaks.back().identity.stamp = {1, (sequence + 1) / 2, 2};
  }
  EXPECT_THAT(
      NumbersOf(leaks),
      ElementsAre(ElementsAre(ElementsAre(102, 107, 110)),
                  ElementsAre(ElementsAre(103, 105), ElementsAre(104, 106))));
}

TEST(FindingsTest, SocketPairsOfALoopStayApart) {
  std::vector<Resource> leaks;
  for (uint64_t sequence = 1; sequence <= 6; ++sequence) {
    leaks.push_back(
        Made(Kind::kDescriptor, 100 + sequence, sequence, "socketpair"));
  }
  EXPECT_THAT(NumbersOf(leaks),
              ElementsAre(ElementsAre(ElementsAre(101, 103, 105),
                                      ElementsAre(102, 104, 106))));
}

TEST(FindingsTest, AlikeOnesAreCountedTheBiggestGroupFirst) {
  std::vector<Resource> leaks = {Made(Kind::kDescriptor, 99, 99, "open")};
  for (uint64_t i = 0; i < 3; ++i) {
    Resource lease = Made(Kind::kConnection, i, 10 * i + 1, "checkout");
    lease.descriptors = {static_cast<int>(50 + i)};
    leaks.push_back(lease);
    leaks.push_back(Made(Kind::kDescriptor, 50 + i, 10 * i + 2, "socket"));
  }
  EXPECT_THAT(
      NumbersOf(leaks),
      ElementsAre(ElementsAre(ElementsAre(0, 1, 2), ElementsAre(50, 51, 52)),
                  One(99)));
}

TEST(FindingsTest, OtherPlacesAreOtherFindings) {
  EXPECT_THAT(NumbersOf({Made(Kind::kDescriptor, 7, 1, "open", 1, 1),
                         Made(Kind::kDescriptor, 8, 2, "open", 1, 2)}),
              SizeIs(2));
}

TEST(FindingsTest, WithoutOriginsALeaseStillHasItsSocket) {
  Resource lease;
  lease.identity = {Kind::kConnection, 1, 1, {}};
  lease.descriptors = {52, 53};
  Resource socket;
  socket.identity = {Kind::kDescriptor, 0, 52, {}};
  EXPECT_THAT(NumbersOf({socket, lease}), SizeIs(1));
}

}  // namespace
}  // namespace leaktrap::internal
