// Signals, cancellation and forks in the midst of recorded calls.

#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <ostream>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "leaktrap/origin/descriptor_ledger.h"
#include "leaktrap/origin/process_ledger.h"
#include "leaktrap/origin/recorded_for_test.h"
#include "leaktrap/origin/recording.h"
#include "leaktrap/origin/thread_ledger.h"
#include "leaktrap/system/unseen_calls.h"

namespace leaktrap::internal {
namespace {

using testing::IsEmpty;

// Makes one, looks whether its record is right, and closes it. Fit for signal
// handlers.
template <typename Create>
bool MakesRight(const char* call, Create create) {
  const int fd = create();
  if (fd == -1) return false;
  const CreationRecord made = FindDescriptor(fd).made;
  const bool right = made.sequence != 0 && std::strcmp(made.call, call) == 0 &&
                     made.tid == CurrentTid() && made.stack > kLostStack;
  return close(fd) == 0 && right;
}

bool MakesRightEvent() {
  return MakesRight("eventfd", [] { return eventfd(0, 0); });
}
bool MakesRightSocket() {
  return MakesRight("socket", [] { return socket(AF_UNIX, SOCK_DGRAM, 0); });
}
bool MakesRightFile() {
  return MakesRight("open", [] { return open("/dev/null", O_RDONLY); });
}
bool MakesRightDuplicate() {
  return MakesRight("dup", [] { return dup(0); });
}

// Three threads that make and close until they are told to end.
class Traffic {
 public:
  Traffic() {
    for (const auto makes_right :
         {MakesRightEvent, MakesRightSocket, MakesRightFile}) {
      threads_.emplace_back([this, makes_right] {
        while (!over_) {
          if (!makes_right()) ++wrong_;
          ++made_;
        }
      });
    }
  }
  ~Traffic() {
    over_ = true;
    for (std::thread& thread : threads_) thread.join();
    EXPECT_EQ(wrong_, 0);
    EXPECT_GT(made_, 0);
  }

  pthread_t thread(int i) { return threads_[i].native_handle(); }

 private:
  std::atomic<bool> over_{false};
  std::atomic<int> wrong_{0};
  std::atomic<int> made_{0};
  std::vector<std::thread> threads_;
};

std::atomic<int> handled{0};
std::atomic<int> handled_wrong{0};

void MakeInHandler(int) {
  const int saved_errno = errno;
  if (!MakesRightDuplicate()) ++handled_wrong;
  ++handled;
  errno = saved_errno;
}

TEST(Disturbed, BySignalHandlersThatMakeDescriptors) {
  handled = 0;
  struct sigaction action = {};
  action.sa_handler = MakeInHandler;
  action.sa_flags = SA_RESTART;
  sigaction(SIGALRM, &action, nullptr);
  sigaction(SIGUSR1, &action, nullptr);
  {
    Traffic traffic;
    itimerval often = {};
    often.it_interval.tv_usec = often.it_value.tv_usec = 200;
    setitimer(ITIMER_REAL, &often, nullptr);
    for (int i = 0; handled < 2000; ++i) {
      pthread_kill(traffic.thread(i % 3), SIGUSR1);
      std::this_thread::yield();
    }
    const itimerval never = {};
    setitimer(ITIMER_REAL, &never, nullptr);
  }
  signal(SIGALRM, SIG_DFL);
  signal(SIGUSR1, SIG_DFL);
  EXPECT_EQ(handled_wrong, 0);
}

TEST(Disturbed, ByForks) {
  Traffic traffic;
  for (int i = 0; i < 300; ++i) {
    const pid_t child = fork();
    if (child == 0) {
      _exit(MakesRightEvent() && MakesRightFile() && MakesRightSocket() ? 0
                                                                        : 1);
    }
    int status = -1;
    ASSERT_EQ(waitpid(child, &status, 0), child);
    ASSERT_EQ(status, 0) << i;
  }
}

// Whether the thread is in that system call.
bool IsIn(int tid, long call) {
  std::ifstream file("/proc/self/task/" + std::to_string(tid) + "/syscall");
  std::string number;
  file >> number;
  return number == std::to_string(call);
}

struct BlockingCall {
  const char* name;
  long number;
  void (*block)(int socket);
};

void PrintTo(const BlockingCall& call, std::ostream* out) { *out << call.name; }

std::string FifoPath() { return testing::TempDir() + "/leaktrap-fifo"; }

const BlockingCall kBlocking[] = {
    {"accept", SYS_accept,
     [](int socket) { accept(socket, nullptr, nullptr); }},
    {"accept4", SYS_accept4,
     [](int socket) { accept4(socket, nullptr, nullptr, 0); }},
    {"open", SYS_openat, [](int) { open(FifoPath().c_str(), O_RDONLY); }},
    {"recvmsg", SYS_recvmsg,
     [](int) {
       int pair[2];
       ASSERT_EQ(socketpair(AF_UNIX, SOCK_DGRAM, 0, pair), 0);
       struct Closer {
         ~Closer() {
           close(pair[0]);
           close(pair[1]);
         }
         const int* pair;
       } closer = {pair};
       char byte;
       iovec data = {&byte, 1};
       msghdr message = {};
       message.msg_iov = &data;
       message.msg_iovlen = 1;
       recvmsg(pair[0], &message, 0);
     }},
    {"waitpid", SYS_wait4, [](int) { waitpid(-1, nullptr, 0); }},
    {"wait4", SYS_wait4, [](int) { wait4(-1, nullptr, 0, nullptr); }},
    {"wait3", SYS_wait4, [](int) { wait3(nullptr, 0, nullptr); }},
    {"waitid", SYS_waitid, [](int) { waitid(P_ALL, 0, nullptr, WEXITED); }},
};

struct Blocked {
  const BlockingCall* call;
  int socket;
  std::atomic<int> tid{0};
  std::atomic<bool> unwound{false};
};

void* Block(void* argument) {
  auto* const blocked = static_cast<Blocked*>(argument);
  struct Unwinding {
    ~Unwinding() { blocked->unwound = true; }
    Blocked* blocked;
  } unwinding = {blocked};
  blocked->tid = CurrentTid();
  blocked->call->block(blocked->socket);
  return nullptr;
}

class Cancelled : public testing::TestWithParam<BlockingCall> {};

TEST_P(Cancelled, UnwindsAndLeavesNothing) {
  mkfifo(FifoPath().c_str(), 0600);
  const int listener = socket(AF_UNIX, SOCK_STREAM, 0);
  sockaddr_un address = {};
  address.sun_family = AF_UNIX;
  ASSERT_EQ(bind(listener, reinterpret_cast<sockaddr*>(&address),
                 sizeof(sa_family_t)),
            0);
  ASSERT_EQ(listen(listener, 1), 0);
  const pid_t child = fork();  // for those that wait for one
  while (child == 0) pause();
  const std::set<int> before = OpenNumbers();

  Blocked blocked;
  blocked.call = &GetParam();
  blocked.socket = listener;
  pthread_t handle;
  ASSERT_EQ(pthread_create(&handle, nullptr, Block, &blocked), 0);
  while (blocked.tid == 0 || !IsIn(blocked.tid, GetParam().number)) {
    std::this_thread::yield();
  }
  pthread_cancel(handle);
  void* result = nullptr;
  ASSERT_EQ(pthread_join(handle, &result), 0);
  EXPECT_EQ(result, PTHREAD_CANCELED);
  EXPECT_TRUE(blocked.unwound);
  EXPECT_THAT(RunningThreads(), IsEmpty());
  EXPECT_THAT(FinishedThreads(), IsEmpty());
  EXPECT_THAT(OpenNumbers(), testing::ContainerEq(before));
  EXPECT_NE(FindProcess(child).sequence, 0u);

  kill(child, SIGKILL);
  EXPECT_EQ(waitpid(child, nullptr, 0), child);
  close(listener);
  unlink(FifoPath().c_str());
}

INSTANTIATE_TEST_SUITE_P(All, Cancelled, testing::ValuesIn(kBlocking),
                         [](const testing::TestParamInfo<BlockingCall>& info) {
                           return std::string(info.param.name);
                         });

// close(2) may be where a thread learns that it has been cancelled: before it
// has closed anything.
TEST(CancelledClose, LeavesARecordOfWhatItLeaves) {
  int fd = eventfd(0, 0);
  const uint64_t sequence = FindDescriptor(fd).made.sequence;
  pthread_t handle;
  ASSERT_EQ(pthread_create(
                &handle, nullptr,
                [](void* fd) -> void* {
                  pthread_cancel(pthread_self());
                  close(*static_cast<int*>(fd));
                  return nullptr;
                },
                &fd),
            0);
  void* result = nullptr;
  ASSERT_EQ(pthread_join(handle, &result), 0);
  ASSERT_EQ(result, PTHREAD_CANCELED);
  ASSERT_NE(UnseenFcntl(fd, F_GETFD), -1) << "closed all the same";
  EXPECT_EQ(FindDescriptor(fd).made.sequence, sequence);
  close(fd);
  EXPECT_EQ(CallThatMade(fd), "");
}

}  // namespace
}  // namespace leaktrap::internal
