#include "leaktrap/report/text_report.h"

#include <chrono>
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "leaktrap/check/judge.h"
#include "leaktrap/check/settle.h"
#include "leaktrap/resource/resource.h"

namespace leaktrap::internal {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;
using testing::SizeIs;

Resource Socket(uint64_t number) {
  Resource resource;
  resource.identity = {Kind::kDescriptor, 0, number, {}};
  resource.description = std::to_string(number) + ": TCP socket to here";
  resource.likeness = "TCP sockets to here";
  resource.release = "close it (close(2))";
  return resource;
}

Resource Thread(uint64_t number) {
  Resource resource;
  resource.identity = {Kind::kThread, 0, number, {}};
  resource.description = std::to_string(number) + " \"worker\", sleeping";
  resource.likeness = "named \"worker\", sleeping";
  resource.release = "join it";
  resource.age = std::chrono::microseconds(12'345'678);
  return resource;
}

constexpr Settled kProven = {Ended::kProof, 2, std::chrono::nanoseconds(0)};

TEST(LeakTextTest, OneLeak) {
  EXPECT_EQ(LeakText("Client.Get", {Socket(7)}, kProven),
            "Client.Get left behind 1 descriptor:\n"
            "  descriptor 7: TCP socket to here\n"
            "    to release it: close it (close(2))\n"
            "  looks=2, waited=0, ended=proof");
}

TEST(LeakTextTest, SeveralKindsWithAgeAndWaiting) {
  const Settled settled = {Ended::kLinger, 208,
                           std::chrono::nanoseconds(2'000'123'456)};
  EXPECT_EQ(LeakText("Client.Get", {Thread(42), Socket(7)}, settled),
            "Client.Get left behind 1 thread, 1 descriptor:\n"
            "  thread 42 \"worker\", sleeping, 12.3s old\n"
            "    to release it: join it\n"
            "  descriptor 7: TCP socket to here\n"
            "    to release it: close it (close(2))\n"
            "  looks=208, waited=2s, ended=linger");
}

TEST(LeakTextTest, AnAgeOfAFewClockTicksIsNotShown) {
  Resource young = Thread(42);
  young.age = std::chrono::milliseconds(100);
  EXPECT_THAT(LeakText("Client.Get", {young}, kProven), Not(HasSubstr(" old")));
}

TEST(LeakTextTest, AlikeOnesAreOneParagraphTheBiggestFirst) {
  std::vector<Resource> leaks = {Thread(42)};
  for (int i = 0; i < 10; ++i) leaks.push_back(Socket(i));
  EXPECT_EQ(LeakText("Client.Get", leaks, kProven),
            "Client.Get left behind 1 thread, 10 descriptors:\n"
            "  10 descriptors, TCP sockets to here:\n"
            "    descriptor 0: TCP socket to here\n"
            "    descriptor 1: TCP socket to here\n"
            "    descriptor 2: TCP socket to here\n"
            "    and 7 more\n"
            "    to release it: close it (close(2))\n"
            "  thread 42 \"worker\", sleeping, 12.3s old\n"
            "    to release it: join it\n"
            "  looks=2, waited=0, ended=proof");
}

TEST(LeakTextTest, AlikeOnesOfAFindingAreOneParagraphToo) {
  std::vector<Resource> leaks = {Thread(42)};
  for (int i = 0; i < 10; ++i) leaks.push_back(Socket(i));
  leaks.push_back(Socket(99));
  leaks.back().likeness = "eventfds";
  leaks.back().description = "99: an eventfd";
  for (Resource& leak : leaks) {
    leak.origin.emplace();
    leak.origin->sequence = 100 + leak.identity.number;
    leak.origin->call = "call";
    leak.origin->tid = 42;
  }
  leaks[0].origin->sequence = 1;
  EXPECT_THAT(LeakText("Client.Get", leaks, kProven),
              HasSubstr("    what goes with it:\n"
                        "      10 descriptors, TCP sockets to here:\n"
                        "        descriptor 0: TCP socket to here\n"
                        "        descriptor 1: TCP socket to here\n"
                        "        descriptor 2: TCP socket to here\n"
                        "        and 7 more\n"
                        "        made by call() on thread 42\n"
                        "      descriptor 99: an eventfd\n"));
}

TEST(LeakTextTest, AFindingOfManySortsIsBounded) {
  std::vector<Resource> leaks = {Thread(42)};
  for (int i = 0; i < 20; ++i) {
    for (int k = 0; k < 2; ++k) {
      leaks.push_back(Socket(2 * i + k));
      leaks.back().likeness = "of sort " + std::to_string(i);
    }
  }
  for (Resource& leak : leaks) {
    leak.origin.emplace();
    leak.origin->sequence = 100 + leak.identity.number;
    leak.origin->tid = 42;
  }
  leaks[0].origin->sequence = 1;
  EXPECT_THAT(LeakText("Client.Get", leaks, kProven),
              AllOf(HasSubstr("2 descriptors, of sort 4:"),
                    Not(HasSubstr("of sort 5")), HasSubstr("and 30 more")));
}

TEST(LeakTextTest, AlikeMeansOfOneKindToo) {
  Resource thread = Thread(42);
  thread.likeness = Socket(7).likeness;
  EXPECT_THAT(
      LeakText("Client.Get", {thread, Socket(7)}, kProven),
      AllOf(HasSubstr("\n  thread 42 "), HasSubstr("\n  descriptor 7: ")));
}

TEST(LeakTextTest, IsBoundedHoweverManyLeaks) {
  std::vector<Resource> leaks;
  for (int i = 0; i < 20'000; ++i) {
    leaks.push_back(Socket(i));
    leaks.back().likeness = "of sort " + std::to_string(i % 100);
  }
  const std::string report = LeakText("Client.Get", leaks, kProven);
  EXPECT_THAT(report, SizeIs(testing::Lt(8192)));
  EXPECT_THAT(report, AllOf(HasSubstr("left behind 20000 descriptors:"),
                            HasSubstr("200 descriptors, of sort 0:"),
                            HasSubstr("\n  and 16000 of other sorts")));
}

TEST(LeakTextTest, AUsersProbeNamesItsOwn) {
  Resource lock;
  lock.description = "file lock 17";
  EXPECT_THAT(LeakText("Client.Get", {lock}, kProven),
              AllOf(HasSubstr("left behind 1 resource:\n  file lock 17\n"),
                    Not(HasSubstr("to release it"))));
}

TEST(ToleratedTextTest, ALineALeakWithItsReason) {
  EXPECT_EQ(ToleratedText("Client.Get", {{Socket(7), "the driver's"},
                                         {Thread(42), "one\nworker"}}),
            "Client.Get left behind, tolerated: descriptor 7: TCP socket to "
            "here (the driver's)\n"
            "Client.Get left behind, tolerated: thread 42 \"worker\", "
            "sleeping, 12.3s old (one\\nworker)");
}

}  // namespace
}  // namespace leaktrap::internal
