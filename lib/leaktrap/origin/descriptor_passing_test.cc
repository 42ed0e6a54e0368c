// Descriptors that were made elsewhere: that came through a socket, or were
// there when the program began.

#include <fcntl.h>
#include <spawn.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <set>
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "leaktrap/origin/descriptor_ledger.h"
#include "leaktrap/origin/recorded_for_test.h"
#include "leaktrap/origin/recorder.h"
#include "leaktrap/origin/recording.h"
#include "leaktrap/origin/thread_ledger.h"

namespace leaktrap::internal {
namespace {

using testing::Each;
using testing::IsEmpty;
using testing::SizeIs;

// One message of a byte, and of descriptors.
class Message {
 public:
  // `room` for so many descriptors.
  explicit Message(size_t room) : control_(CMSG_SPACE(room * sizeof(int))) {
    header_.msg_iov = &data_;
    header_.msg_iovlen = 1;
    header_.msg_control = control_.data();
    header_.msg_controllen = control_.size();
  }

  static void Send(int socket, const std::vector<int>& fds) {
    const size_t size = fds.size() * sizeof(int);
    Message message(fds.size());
    cmsghdr* const part = CMSG_FIRSTHDR(&message.header_);
    part->cmsg_level = SOL_SOCKET;
    part->cmsg_type = SCM_RIGHTS;
    part->cmsg_len = CMSG_LEN(size);
    std::memcpy(CMSG_DATA(part), fds.data(), size);
    ASSERT_EQ(sendmsg(socket, &message.header_, 0), 1);
  }

  msghdr* header() { return &header_; }

 private:
  char byte_ = 'x';
  iovec data_ = {&byte_, 1};
  std::vector<char> control_;
  msghdr header_ = {};
};

class Passing : public testing::Test {
 protected:
  Passing() {
    EXPECT_EQ(socketpair(AF_UNIX, SOCK_DGRAM, 0, sockets_), 0);
    before_ = OpenNumbers();
  }
  ~Passing() override {
    close(sockets_[0]);
    close(sockets_[1]);
  }

  std::set<int> New() {
    std::set<int> fds = OpenNumbers();
    for (const int fd : before_) fds.erase(fd);
    return fds;
  }

  // What the records of the new ones say; closes them.
  std::vector<std::string> TakeNew() {
    std::vector<std::string> calls;
    for (const int fd : New()) {
      calls.push_back(CallThatMade(fd));
      close(fd);
      EXPECT_EQ(CallThatMade(fd), "");
    }
    return calls;
  }

  int sockets_[2];
  std::set<int> before_;
};

TEST_F(Passing, ByRecvmsg) {
  Message::Send(sockets_[0], {0, 1, 2});
  Message message(3);
  ASSERT_EQ(recvmsg(sockets_[1], message.header(), 0), 1);
  for (const int fd : New()) {
    EXPECT_EQ(FindDescriptor(fd).made.tid, CurrentTid());
  }
  const std::vector<std::string> calls = TakeNew();
  EXPECT_THAT(calls, SizeIs(3));
  EXPECT_THAT(calls, Each("recvmsg"));
}

TEST_F(Passing, ByRecvmmsg) {
  Message::Send(sockets_[0], {0, 1});
  Message::Send(sockets_[0], {2});
  Message first(2);
  Message second(2);
  mmsghdr messages[2] = {};
  messages[0].msg_hdr = *first.header();
  messages[1].msg_hdr = *second.header();
  ASSERT_EQ(recvmmsg(sockets_[1], messages, 2, 0, nullptr), 2);
  const std::vector<std::string> calls = TakeNew();
  EXPECT_THAT(calls, SizeIs(3));
  EXPECT_THAT(calls, Each("recvmmsg"));
}

// Looking at a message makes descriptors, too.
TEST_F(Passing, ByPeeking) {
  Message::Send(sockets_[0], {0});
  Message message(1);
  ASSERT_EQ(recvmsg(sockets_[1], message.header(), MSG_PEEK), 1);
  EXPECT_THAT(TakeNew(), SizeIs(1));
  Message again(1);
  ASSERT_EQ(recvmsg(sockets_[1], again.header(), 0), 1);
  EXPECT_THAT(TakeNew(), SizeIs(1));
}

TEST_F(Passing, OnlyThoseThatThereIsRoomFor) {
  Message::Send(sockets_[0], {0, 1, 2, 0, 1});
  Message message(2);
  ASSERT_EQ(recvmsg(sockets_[1], message.header(), 0), 1);
  ASSERT_NE(message.header()->msg_flags & MSG_CTRUNC, 0);
  EXPECT_THAT(TakeNew(), Each("recvmsg"));
}

TEST_F(Passing, BesideOtherParts) {
  const int on = 1;
  ASSERT_EQ(setsockopt(sockets_[1], SOL_SOCKET, SO_PASSCRED, &on, sizeof(on)),
            0);
  Message::Send(sockets_[0], {0});
  Message message(64);
  ASSERT_EQ(recvmsg(sockets_[1], message.header(), 0), 1);
  EXPECT_THAT(TakeNew(), testing::ElementsAre("recvmsg"));
}

// The kernel adds a pidfd of whoever sent the message.
TEST_F(Passing, OfTheSender) {
  constexpr int kPassPidfd = 76;  // SO_PASSPIDFD
  const int on = 1;
  if (setsockopt(sockets_[1], SOL_SOCKET, kPassPidfd, &on, sizeof(on)) == -1) {
    GTEST_SKIP() << "SO_PASSPIDFD: " << std::strerror(errno);
  }
  Message::Send(sockets_[0], {0});
  Message message(64);
  ASSERT_EQ(recvmsg(sockets_[1], message.header(), 0), 1);
  EXPECT_THAT(TakeNew(), testing::ElementsAre("recvmsg", "recvmsg"));
}

TEST_F(Passing, OfNothing) {
  ASSERT_EQ(send(sockets_[0], "x", 1, 0), 1);
  Message message(1);
  ASSERT_EQ(recvmsg(sockets_[1], message.header(), 0), 1);
  EXPECT_EQ(recvmsg(sockets_[1], message.header(), MSG_DONTWAIT), -1);
  EXPECT_EQ(errno, EAGAIN);
  EXPECT_THAT(TakeNew(), IsEmpty());
}

// Runs this program with the tests of `filter` only.
int RunSelf(const std::string& filter, const std::string& variable) {
  std::string path = "/proc/self/exe";
  std::string filter_flag = "--gtest_filter=" + filter;
  std::string disabled_flag = "--gtest_also_run_disabled_tests";
  char* const arguments[] = {path.data(), filter_flag.data(),
                             disabled_flag.data(), nullptr};
  std::string own = variable;
  char* const environment[] = {own.data(), nullptr};
  pid_t child = 0;
  EXPECT_EQ(posix_spawn(&child, path.c_str(), nullptr, nullptr, arguments,
                        environment),
            0);
  int status = -1;
  EXPECT_EQ(waitpid(child, &status, 0), child);
  return status;
}

TEST(Inherited, AreToldApart) {
  EXPECT_EQ(CallThatMade(0), "exec");
  EXPECT_EQ(FindDescriptor(0).made.stack, 0u);
  const int fd = dup2(0, 700);
  EXPECT_EQ(CallThatMade(fd), "dup2");
  EXPECT_EQ(RunSelf("*ChildThatInherits", "INHERITED=700"), 0);
  close(fd);
}

TEST(Inherited, DISABLED_ChildThatInherits) {
  ASSERT_STREQ(getenv("INHERITED"), "700");
  EXPECT_EQ(CallThatMade(700), "exec");
  EXPECT_EQ(CallThatMade(701), "");
  const uint64_t first = FindDescriptor(700).file;
  const int fd = dup(700);
  EXPECT_EQ(CallThatMade(fd), "dup");
  EXPECT_EQ(FindDescriptor(fd).file, first);
  close(fd);
  close(700);
  EXPECT_EQ(CallThatMade(700), "");
  EXPECT_EQ(WhyNotRecorded(), "");
}

TEST(SwitchedOff, RecordsNothing) {
  EXPECT_EQ(RunSelf("*ChildThatIsNotRecorded", "LEAKTRAP_RECORD=off"), 0);
}

TEST(SwitchedOff, DISABLED_ChildThatIsNotRecorded) {
  EXPECT_EQ(GetRecording(), Recording::kOff);
  EXPECT_EQ(WhyNotRecorded(), "it was switched off");
  const int fd = eventfd(0, 0);
  EXPECT_EQ(CallThatMade(fd), "");
  close(fd);
  EXPECT_EQ(CallThatMade(0), "");
  pthread_t handle;
  int on_stack = 0;
  ASSERT_EQ(
      pthread_create(
          &handle, nullptr, [](void* argument) { return argument; }, &on_stack),
      0);
  void* result = nullptr;
  ASSERT_EQ(pthread_join(handle, &result), 0);
  EXPECT_EQ(result, &on_stack);
  EXPECT_THAT(FinishedThreads(), IsEmpty());
  EXPECT_EQ(LastSequence(), 0u);
}

}  // namespace
}  // namespace leaktrap::internal
