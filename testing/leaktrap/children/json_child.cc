// What makes a report hard to write: names of all sorts, and tests that end, or
// go elsewhere.

#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <memory>
#include <string>
#include <thread>

#include "children/parking.h"
#include "gtest/gtest.h"
#include "leaktrap/leaktrap.h"

namespace {

using leaktrap::children::Parking;

int OpenNull() { return open("/dev/null", O_RDONLY | O_CLOEXEC); }

std::string HostileText(size_t size) {
  std::string text = "a\"\\\n\x1b[2J\xff\xc3";
  while (text.size() < size) text += "\n\xe2\x82\"";
  return text;
}

TEST(Hostile, ThreadName) {
  static auto* const parking = new Parking;
  std::thread thread([] { parking->Park(); });
  pthread_setname_np(thread.native_handle(), "\"\\\n\x1b\xff\xe2\x82");
  thread.detach();
}

TEST(Hostile, Path) {
  const std::string path =
      std::string(getenv("TEST_TMPDIR")) + "/" + HostileText(200);
  ASSERT_GE(open(path.c_str(), O_CREAT | O_WRONLY | O_CLOEXEC, 0600), 0);
  unlink(path.c_str());
}

TEST(Hostile, PoolName) {
  static auto* const ledger = new leaktrap::LeaseLedger(HostileText(4096));
  static auto* const lease =
      new leaktrap::Lease(ledger->CheckOut(ledger->Open(HostileText(4096))));
  ASSERT_TRUE(*lease);
}

TEST(Hostile, Reason) {
  VERIFY_NO_LEAKS(leaktrap::Options().Tolerate(leaktrap::Kind::kDescriptor, 1,
                                               HostileText(4096)));
  OpenNull();
}

TEST(Killed, Leaks) { OpenNull(); }
TEST(Killed, IsKilled) { raise(SIGKILL); }

TEST(Moves, ToAnotherFolder) {
  OpenNull();
  ASSERT_EQ(chdir("/"), 0);
}
TEST(Moves, IsElsewhere) {}

// The child goes on with the other tests, and to the end.
TEST(Forks, AndTheChildGoesOn) {
  const pid_t child = fork();
  if (child == 0) {
    OpenNull();
    return;
  }
  ASSERT_EQ(waitpid(child, nullptr, 0), child);
}
TEST(Forks, DeathTest) {
  EXPECT_EXIT(
      {
        OpenNull();
        exit(3);
      },
      testing::ExitedWithCode(3), "");
}

}  // namespace
