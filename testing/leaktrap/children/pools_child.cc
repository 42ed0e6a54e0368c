// What pools lend, keep, and get back.

#include <fcntl.h>
#include <poll.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "children/parking.h"
#include "gtest/gtest.h"
#include "leaktrap/leaktrap.h"
#include "leaktrap/pool/checkout.h"
#include "leaktrap/pool/lease_tracker.h"

namespace {

using leaktrap::children::Parking;

struct Connection {
  bool in_transaction = false;
};

struct Inspector {
  leaktrap::LeaseTracker::Details Describe(const Connection*) const {
    return {"127.0.0.1:5432", {}};
  }
  std::string Dirt(const Connection* connection) const {
    return connection->in_transaction ? "inside a transaction" : "";
  }
};

struct GiveBack {
  void operator()(Connection*) const {}
};

// A pool of one connection.
auto Acquire() {
  static auto* const connection = new Connection;
  static auto* const leases = new leaktrap::LeaseTracker("db");
  connection->in_transaction = false;
  return leases->Track(std::unique_ptr<Connection, GiveBack>(connection),
                       Inspector());
}

TEST(Dirty, GivenBack) {
  auto connection = Acquire();
  connection->in_transaction = true;
}

TEST(Dirty, WasNotThisTest) { Acquire(); }

TEST(Dirty, GivenBackByARule) {
  VERIFY_NO_LEAKS(leaktrap::Options().IgnoreConnection("d*", "for a test"));
  Acquire()->in_transaction = true;
}

TEST(Dirty, IsTolerated) {
  VERIFY_NO_LEAKS(
      leaktrap::Options().Tolerate(leaktrap::Kind::kConnection, 1, "known"));
  Acquire()->in_transaction = true;
}

TEST(Dirty, InAScope) {
  VERIFY_NO_LEAKS();
  Acquire()->in_transaction = true;
}

TEST(Dirty, GivenBackTwiceAndOneForgotten) {
  for (int i = 0; i < 2; ++i) Acquire()->in_transaction = true;
  static auto* const forgotten = new auto(Acquire());
  EXPECT_NE(*forgotten, nullptr);
}

leaktrap::LeaseLedger& Ledger() {
  static auto* const ledger = new leaktrap::LeaseLedger("http");
  return *ledger;
}

TEST(Dirty, GivenBackToALedger) {
  leaktrap::Lease lease = Ledger().CheckOut(Ledger().Open("127.0.0.1:80"));
  lease.NoteDirt("with an answer unread");
}

std::array<int, 2> SocketPair() {
  std::array<int, 2> ends = {-1, -1};
  EXPECT_EQ(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()), 0);
  return ends;
}

void OpenIdleConnection(std::vector<int> descriptors) {
  Ledger().SetDescriptors(Ledger().Open("127.0.0.1:81"),
                          std::move(descriptors));
}

TEST(Idle, ThreadThatReadsFromIt) {
  const auto [near, far] = SocketPair();
  OpenIdleConnection({near, far});
  std::thread([near = near] {
    char byte;
    while (read(near, &byte, 1) < 0) continue;
  }).detach();
}

TEST(Idle, ThreadThatPollsItAndMoreAndWhatThatMade) {
  const auto [near, far] = SocketPair();
  OpenIdleConnection({near, far});
  std::thread([near = near] {
    const int wakeup = eventfd(0, EFD_CLOEXEC);
    std::array<pollfd, 3> polled = {
        {{-1, POLLIN, 0}, {wakeup, POLLIN, 0}, {near, POLLIN, 0}}};
    while (poll(polled.data(), polled.size(), -1) < 0) continue;
  }).detach();
}

TEST(Idle, ThreadThatThePoolNamesAndWhatThatMade) {
  const uint64_t connection = Ledger().Open("127.0.0.1:82");
  std::atomic<pid_t> tid = 0;
  std::thread([&tid] {
    const int set = epoll_create1(EPOLL_CLOEXEC);
    std::thread([] {
      for (;;) pause();
    }).detach();
    tid = gettid();
    epoll_event event;
    while (epoll_wait(set, &event, 1, -1) < 0) continue;
  }).detach();
  while (tid == 0) std::this_thread::yield();
  Ledger().SetThreads(connection, {tid});
}

TEST(NotIdle, WhatAnEventLoopThatServesAPoolLeavesOpen) {
  const auto [near, far] = SocketPair();
  OpenIdleConnection({near, far});
  std::atomic<bool> opened = false;
  std::thread([&opened, near = near] {
    const int wakeup = eventfd(0, EFD_CLOEXEC);
    EXPECT_GE(open("/dev/null", O_RDONLY | O_CLOEXEC), 0);
    std::array<pollfd, 2> polled = {{{wakeup, POLLIN, 0}, {near, POLLIN, 0}}};
    opened = true;
    while (poll(polled.data(), polled.size(), -1) < 0) continue;
  }).detach();
  while (!opened) std::this_thread::yield();
}

// Each of these was of some use to a pool once.
TEST(NotIdle, ThreadThatOpenedAConnectionAndWaitsForever) {
  static auto* const parking = new Parking;
  std::atomic<bool> opened = false;
  std::thread([&opened] {
    OpenIdleConnection({eventfd(0, EFD_CLOEXEC)});
    opened = true;
    parking->Park();
  }).detach();
  while (!opened) std::this_thread::yield();
}

TEST(NotIdle, ThreadThatReadsFromALeasedOne) {
  const auto [near, far] = SocketPair();
  const uint64_t connection = Ledger().Open("127.0.0.1:83");
  Ledger().SetDescriptors(connection, {near, far});
  static auto* const lease = new leaktrap::Lease(Ledger().CheckOut(connection));
  EXPECT_TRUE(*lease);
  std::thread([near = near] {
    char byte;
    while (read(near, &byte, 1) < 0) continue;
  }).detach();
}

// Client library handles, of which pools are made.
class Handles final : public leaktrap::ConnectionPool {
 public:
  std::string name() const override { return "library"; }
  bool OtherPoolsAreMadeOfIt() const override { return true; }
  std::string ReleaseAdvice() const override { return "handle_free(3)"; }
  bool OnlyThisProcessChangesIt() const override { return true; }
  leaktrap::PoolCounts Counts() const override { return {}; }
  std::vector<leaktrap::PooledConnection> Connections() const override {
    return connections_;
  }

  // Of a socket pair, and of what the library wakes itself by.
  std::vector<int> Make() {
    const auto [near, far] = SocketPair();
    const std::vector<int> descriptors = {near, far, eventfd(0, EFD_CLOEXEC)};
    leaktrap::PooledConnection connection;
    connection.id = connection.lease = connections_.size() + 1;
    connection.peer = "127.0.0.1:84";
    connection.descriptors = descriptors;
    connection.checkout = leaktrap::RecordCheckout();
    connections_.push_back(connection);
    return descriptors;
  }

 private:
  std::vector<leaktrap::PooledConnection> connections_;
  leaktrap::PoolRegistration registration_{this};
};

Handles& Library() {
  static auto* const handles = new Handles;
  return *handles;
}

TEST(Handle, OfAnIdleConnection) { OpenIdleConnection({Library().Make()[2]}); }

TEST(Handle, OfALeasedConnection) {
  const uint64_t connection = Ledger().Open("127.0.0.1:84");
  Ledger().SetDescriptors(connection, {Library().Make()[2]});
  static auto* const lease = new leaktrap::Lease(Ledger().CheckOut(connection));
  EXPECT_TRUE(*lease);
}

TEST(Handle, OfNoPool) { Library().Make(); }

std::unique_ptr<leaktrap::LeaseTracker> tracker;
leaktrap::TrackedLease* lost;

void LoseAConnection() {
  lost = new leaktrap::TrackedLease(tracker->CheckOut({"127.0.0.1:5433", {}}));
}

TEST(Late, LosesAConnection) {
  tracker = std::make_unique<leaktrap::LeaseTracker>("late");
  LoseAConnection();
}

TEST(Late, GivesItBack) { delete lost; }

TEST(Late, PoolDiesFirst) {
  LoseAConnection();
  tracker.reset();
}

}  // namespace
