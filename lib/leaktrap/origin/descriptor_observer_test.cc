#include "leaktrap/origin/descriptor_observer.h"

#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "leaktrap/origin/recording.h"

namespace leaktrap::internal {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

struct Observed {
  int fd;
  std::string call;
  uintptr_t caller;
};

std::vector<Observed>& AllObserved() {
  static auto& all = *new std::vector<Observed>;
  return all;
}

void Observe(int fd, const char* call, const void* caller) {
  AllObserved().push_back({fd, call, reinterpret_cast<uintptr_t>(caller)});
}

__attribute__((noinline)) int MakePairHere(int* ends) {
  const int result = socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends);
  asm("");
  return result;
}

class DescriptorObserverTest : public testing::Test {
 protected:
  DescriptorObserverTest() {
    AllObserved().clear();
    descriptor_observer = Observe;
  }
  ~DescriptorObserverTest() override {
    descriptor_observer = nullptr;
    SetRecording(Recording::kStacks);
  }
};

TEST_F(DescriptorObserverTest, IsToldByWhomEachIsMade) {
  for (const Recording recording : {Recording::kStacks, Recording::kOff}) {
    SetRecording(recording);
    AllObserved().clear();
    int ends[2];
    ASSERT_EQ(MakePairHere(ends), 0);
    std::vector<int> told;
    const auto begin = reinterpret_cast<uintptr_t>(&MakePairHere);
    for (const Observed& observed : AllObserved()) {
      told.push_back(observed.fd);
      EXPECT_EQ(observed.call, "socketpair");
      EXPECT_GT(observed.caller, begin);
      EXPECT_LT(observed.caller, begin + 1024);
    }
    EXPECT_THAT(told, ElementsAre(ends[0], ends[1]));
    for (const int end : ends) close(end);
  }
}

TEST_F(DescriptorObserverTest, IsNotToldOfWhatFailed) {
  EXPECT_EQ(socket(-1, SOCK_STREAM, 0), -1);
  EXPECT_EQ(errno, EAFNOSUPPORT);
  EXPECT_THAT(AllObserved(), IsEmpty());
}

}  // namespace
}  // namespace leaktrap::internal
