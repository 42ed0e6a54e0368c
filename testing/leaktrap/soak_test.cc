// Ten thousand clean tests, or as many as SOAK_TESTS says, of threads,
// descriptors, leases and processes, each of which Leaktrap checks: one false
// alarm turns it red. tools/soak.sh runs a hundred thousand.

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <condition_variable>
#include <cstdint>
#include <cstdlib>
#include <future>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "gtest/gtest.h"
#include "leaktrap/leaktrap.h"
#include "leaktrap/soak_sort.h"

namespace leaktrap {
namespace {

class Descriptor {
 public:
  explicit Descriptor(int number) : number_(number) { EXPECT_GE(number, 0); }
  ~Descriptor() { close(number_); }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;

  int number() const { return number_; }

 private:
  const int number_;
};

void JoinedThread() {
  std::thread([] {}).join();
}

void JoinedThreads() {
  std::vector<std::thread> threads;
  for (int i = 0; i < 8; ++i) threads.emplace_back([] {});
  for (std::thread& thread : threads) thread.join();
}

void DetachedThread() {
  std::thread([] {}).detach();
}

// The test goes on when the thread has all but ended.
void DetachedThreadThatIsWaitedFor() {
  struct State {
    std::mutex mutex;
    std::condition_variable changed;
    bool done = false;
  };
  const auto state = std::make_shared<State>();
  std::thread([state] {
    const std::lock_guard<std::mutex> lock(state->mutex);
    state->done = true;
    state->changed.notify_one();
  }).detach();
  std::unique_lock<std::mutex> lock(state->mutex);
  state->changed.wait(lock, [&] { return state->done; });
}

void AsynchronousTask() {
  EXPECT_EQ(std::async(std::launch::async, [] { return 7; }).get(), 7);
}

void File() { const Descriptor file(open("/dev/null", O_RDONLY | O_CLOEXEC)); }

void Pipe() {
  int ends[2];
  ASSERT_EQ(pipe2(ends, O_CLOEXEC), 0);
  const Descriptor read_end(ends[0]), write_end(ends[1]);
  EXPECT_EQ(write(write_end.number(), "x", 1), 1);
}

void EpollOfAnEventfd() {
  const Descriptor epoll(epoll_create1(EPOLL_CLOEXEC));
  const Descriptor event(eventfd(1, EFD_CLOEXEC));
  epoll_event wanted = {};
  wanted.events = EPOLLIN;
  ASSERT_EQ(epoll_ctl(epoll.number(), EPOLL_CTL_ADD, event.number(), &wanted),
            0);
  EXPECT_EQ(epoll_wait(epoll.number(), &wanted, 1, -1), 1);
}

void TcpConnection() {
  sockaddr_in address = {};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof(address);
  auto* const generic = reinterpret_cast<sockaddr*>(&address);
  const Descriptor listening(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  const Descriptor client(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  ASSERT_EQ(bind(listening.number(), generic, size), 0);
  ASSERT_EQ(listen(listening.number(), 1), 0);
  ASSERT_EQ(getsockname(listening.number(), generic, &size), 0);
  ASSERT_EQ(connect(client.number(), generic, size), 0);
  const Descriptor server(
      accept4(listening.number(), nullptr, nullptr, SOCK_CLOEXEC));
  EXPECT_EQ(write(server.number(), "x", 1), 1);
}

LeaseLedger& Ledger() {
  static auto* const ledger = new LeaseLedger("soak");
  return *ledger;
}

void LeaseThatIsReturned() {
  static const uint64_t connection = Ledger().Open("127.0.0.1:1");
  const Lease lease = Ledger().CheckOut(connection);
  EXPECT_TRUE(lease);
}

// The connection stays idle, on a descriptor that was opened in a test.
void ConnectionThatStaysIdle() {
  static const uint64_t connection = [] {
    const uint64_t opened = Ledger().Open("127.0.0.1:2");
    Ledger().SetDescriptors(opened, {eventfd(0, EFD_CLOEXEC)});
    return opened;
  }();
  const Lease lease = Ledger().CheckOut(connection);
  EXPECT_TRUE(lease);
}

void ThreadsThatEachHoldAFileAndALease() {
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([] {
      LeaseLedger ledger("of one thread");
      const Lease lease = ledger.CheckOut(ledger.Open("127.0.0.1:3"));
      const Descriptor file(open("/dev/null", O_RDONLY | O_CLOEXEC));
    });
  }
  for (std::thread& thread : threads) thread.join();
}

std::vector<SoakSort> AllSorts() {
  std::vector<SoakSort> sorts = {
      {"JoinedThread", JoinedThread},
      {"JoinedThreads", JoinedThreads},
      {"DetachedThread", DetachedThread},
      {"DetachedThreadThatIsWaitedFor", DetachedThreadThatIsWaitedFor},
      {"AsynchronousTask", AsynchronousTask},
      {"File", File},
      {"Pipe", Pipe},
      {"EpollOfAnEventfd", EpollOfAnEventfd},
      {"TcpConnection", TcpConnection},
      {"LeaseThatIsReturned", LeaseThatIsReturned},
      {"ConnectionThatStaysIdle", ConnectionThatStaysIdle},
      {"ThreadsThatEachHoldAFileAndALease", ThreadsThatEachHoldAFileAndALease},
  };
  const std::vector<SoakSort> more = SoakSortsOfTheSystem();
  sorts.insert(sorts.end(), more.begin(), more.end());
  return sorts;
}

class SoakTest : public testing::Test {
 public:
  explicit SoakTest(void (*body)()) : body_(body) {}
  void TestBody() override { body_(); }

 private:
  void (*const body_)();
};

int TestsToRun() {
  const char* const asked = std::getenv("SOAK_TESTS");
  return asked == nullptr ? 10000 : std::atoi(asked);
}

void Register(const char* suite, const std::vector<SoakSort>& sorts,
              int tests) {
  for (int i = 0; i < tests; ++i) {
    const SoakSort& sort = sorts[i % sorts.size()];
    const std::string name = sort.name + std::to_string(i);
    testing::RegisterTest(
        suite, name.c_str(), nullptr, nullptr, __FILE__, __LINE__,
        [body = sort.body]() -> testing::Test* { return new SoakTest(body); });
  }
}

// Renewals are waited for until it is proven that they stay. So they come
// first: once there are timers' threads, nothing is proven any more.
[[maybe_unused]] const bool kAllRegistered = [] {
  const int tests = TestsToRun();
  const int renewals = tests / 50;
  Register("RenewingSoakTest", SoakSortsThatRenew(), renewals);
  Register("SoakTest", AllSorts(), tests - renewals);
  return true;
}();

}  // namespace
}  // namespace leaktrap
