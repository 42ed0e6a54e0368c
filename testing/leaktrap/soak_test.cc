// Ten thousand clean tests of threads, descriptors and leases, each of which
// Leaktrap checks: one false alarm turns it red.

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <condition_variable>
#include <cstdint>
#include <future>
#include <iterator>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "gtest/gtest.h"
#include "leaktrap/leaktrap.h"

namespace leaktrap {
namespace {

constexpr int kTests = 10000;

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

struct Sort {
  const char* name;
  void (*body)();
};

constexpr Sort kSorts[] = {
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

class SoakTest : public testing::Test {
 public:
  explicit SoakTest(const Sort& sort) : sort_(sort) {}
  void TestBody() override { sort_.body(); }

 private:
  const Sort& sort_;
};

[[maybe_unused]] const bool kAllRegistered = [] {
  for (int i = 0; i < kTests; ++i) {
    const Sort& sort = kSorts[i % std::size(kSorts)];
    const std::string name = sort.name + std::to_string(i);
    testing::RegisterTest(
        "SoakTest", name.c_str(), nullptr, nullptr, __FILE__, __LINE__,
        [&sort]() -> testing::Test* { return new SoakTest(sort); });
  }
  return true;
}();

}  // namespace
}  // namespace leaktrap
