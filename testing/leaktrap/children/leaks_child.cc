// Each kind of leak beside its clean twin.

#include <fcntl.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdint>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "children/parking.h"
#include "gtest/gtest.h"
#include "leaktrap/leaktrap.h"

namespace {

using leaktrap::children::LeakThread;
using leaktrap::children::Parking;

int OpenNull() { return open("/dev/null", O_RDONLY | O_CLOEXEC); }

leaktrap::LeaseLedger& Ledger() {
  static auto* const ledger = new leaktrap::LeaseLedger("db");
  return *ledger;
}

TEST(Leak, Thread) { LeakThread(); }

TEST(Clean, Thread) {
  Parking parking;
  std::thread thread([&] { parking.Park(); });
  parking.Open();
  thread.join();
}

TEST(Leak, Descriptor) { ASSERT_GE(OpenNull(), 0); }

TEST(Clean, Descriptor) { ASSERT_EQ(close(OpenNull()), 0); }

TEST(Leak, Connection) {
  const uint64_t connection = Ledger().Open("127.0.0.1:5432");
  static auto* const lease = new leaktrap::Lease(Ledger().CheckOut(connection));
  ASSERT_TRUE(*lease);
}

TEST(Clean, Connection) {
  const uint64_t connection = Ledger().Open("127.0.0.1:5432");
  const leaktrap::Lease lease = Ledger().CheckOut(connection);
  ASSERT_TRUE(lease);
}

TEST(Clean, IdleConnectionKeepsItsDescriptor) {
  const uint64_t connection = Ledger().Open("127.0.0.1:5433");
  Ledger().SetDescriptors(connection, {OpenNull()});
  Ledger().CheckOut(connection).Return();
}

TEST(Leak, ConnectionAndItsDescriptor) {
  const uint64_t connection = Ledger().Open("127.0.0.1:5434");
  Ledger().SetDescriptors(connection, {OpenNull()});
  static auto* const lease = new leaktrap::Lease(Ledger().CheckOut(connection));
  ASSERT_TRUE(*lease);
}

TEST(Leak, ConnectionOfAPoolThatDied) {
  static auto* const lease = [] {
    leaktrap::LeaseLedger ledger("short-lived");
    return new leaktrap::Lease(ledger.CheckOut(ledger.Open("127.0.0.1:5435")));
  }();
  ASSERT_TRUE(*lease);
}

TEST(Clean, ConnectionThatOutlivedItsPool) {
  leaktrap::Lease lease;
  leaktrap::LeaseLedger ledger("short-lived");
  lease = ledger.CheckOut(ledger.Open("127.0.0.1:5435"));
}

TEST(Leak, ManyAlike) {
  for (int i = 0; i < 50; ++i) ASSERT_GE(eventfd(0, EFD_CLOEXEC), 0);
}

// Releases in its destructor, after TearDown().
class Fixture : public testing::Test {
 protected:
  ~Fixture() override {
    parking_.Open();
    thread_.join();
    close(descriptor_);
  }

  Parking parking_;
  std::thread thread_{[this] { parking_.Park(); }};
  int descriptor_ = OpenNull();
  leaktrap::LeaseLedger ledger_{"fixture"};
  leaktrap::Lease lease_ = ledger_.CheckOut(ledger_.Open("127.0.0.1:1"));
};
using Clean_Fixture = Fixture;
TEST_F(Clean_Fixture, DestructorReleases) {}

// Two tests of one pool: idle in the first, and gone from the books but not
// from the process in the second.
uint64_t idle_connection = 0;

TEST(Pool, OpensAConnectionThatStaysIdle) {
  idle_connection = Ledger().Open("127.0.0.1:5436");
  Ledger().SetDescriptors(idle_connection, {OpenNull()});
}

TEST(Pool, LetsItGoAndDoesNotCloseIt) { Ledger().Discard(idle_connection); }

// Idle before the test, and lost by it.
TEST(PoolLoses, KeepsAConnection) {
  idle_connection = Ledger().Open("127.0.0.1:5437");
  Ledger().SetDescriptors(idle_connection, {OpenNull()});
}

TEST(PoolLoses, LeasesItAndForgets) {
  static auto* const lease =
      new leaktrap::Lease(Ledger().CheckOut(idle_connection));
  ASSERT_TRUE(*lease);
}

TEST(Limit, MaxIdle) {
  VERIFY_NO_LEAKS(leaktrap::Options().MaxIdle("db", 1));
  Ledger().Open("127.0.0.1:1");
  Ledger().Open("127.0.0.1:2");
}

// Keeps no count of what was leased at one time.
class SilentPool final : public leaktrap::ConnectionPool {
 public:
  std::string name() const override { return "silent"; }
  std::vector<leaktrap::PooledConnection> Connections() const override {
    return {};
  }
  leaktrap::PoolCounts Counts() const override { return {}; }

 private:
  leaktrap::PoolRegistration registration_{this};
};

TEST(Limit, MaxLeasedOfAPoolThatCannotTell) {
  const SilentPool pool;
  VERIFY_NO_LEAKS(leaktrap::Options().MaxLeased("silent", 1));
}

TEST(Swap, EpollAtTheNumberOfAnEventfd) {
  static const int eventfd_before = eventfd(0, EFD_CLOEXEC);
  VERIFY_NO_LEAKS();
  close(eventfd_before);
  ASSERT_EQ(epoll_create1(EPOLL_CLOEXEC), eventfd_before);
}

// Nobody can prove that a signal will not come: this one is waited for, and all
// leaks after it.
TEST(SlowLeak, ThreadThatMayEnd) {
  std::thread([] { pause(); }).detach();
}

}  // namespace
