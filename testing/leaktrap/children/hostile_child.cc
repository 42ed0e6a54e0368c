// Leaks of each kind, one for each hostile name.

#include <fcntl.h>
#include <pthread.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstddef>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "children/hostile_texts.h"
#include "children/parking.h"
#include "gtest/gtest.h"
#include "leaktrap/leaktrap.h"

namespace {

using leaktrap::Kind;
using leaktrap::Options;
using leaktrap::children::HostileTexts;
using leaktrap::children::LongHostileText;
using leaktrap::children::Parking;

std::string Folder() { return std::getenv("HOSTILE_FOLDER"); }

int OpenNull() { return open("/dev/null", O_RDONLY | O_CLOEXEC); }

TEST(Hostile, Thread) {
  static auto* const parking = new Parking;
  for (const std::string& text : HostileTexts()) {
    std::thread thread([] { parking->Park(); });
    ASSERT_EQ(
        pthread_setname_np(thread.native_handle(), text.substr(0, 15).c_str()),
        0);
    thread.detach();
  }
}

TEST(Hostile, Path) {
  for (const std::string& text : HostileTexts()) {
    // In a folder of its own: files of one folder are told together.
    const std::string folder = Folder() + "/" + text;
    ASSERT_EQ(mkdir(folder.c_str(), 0700), 0);
    const std::string path = folder + "/" + text;
    ASSERT_GE(open(path.c_str(), O_CREAT | O_WRONLY | O_CLOEXEC, 0600), 0);
  }
}

TEST(Hostile, Memfd) {
  for (const std::string& text : HostileTexts()) {
    ASSERT_GE(memfd_create(text.c_str(), MFD_CLOEXEC), 0);
  }
}

// Opens a folder whose path has `size` bytes, by way of those above it: no
// system call takes such a path.
void LeakFolder(size_t size) {
  int folder = open(Folder().c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC);
  ASSERT_GE(folder, 0);
  for (size_t left = size - Folder().size(); left > 0;) {
    // A slash and a name; the last one must not be a slash alone.
    const size_t piece = left > 200 ? 150 : left;
    std::string name = LongHostileText(piece - 1);
    name.resize(piece - 1, '_');
    ASSERT_TRUE(mkdirat(folder, name.c_str(), 0700) == 0 || errno == EEXIST);
    const int next =
        openat(folder, name.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC);
    ASSERT_GE(next, 0);
    close(folder);
    folder = next;
    left -= piece;
  }
}

TEST(HostileLong, Path) { LeakFolder(4095); }

// The kernel does not spell it out any more.
TEST(HostileLong, PathBeyondTheKernels) { LeakFolder(6000); }

void Listen(const std::string& name) {
  sockaddr_un address = {};
  address.sun_family = AF_UNIX;
  ASSERT_LE(name.size(), sizeof(address.sun_path));
  std::memcpy(address.sun_path, name.data(), name.size());
  const int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  ASSERT_EQ(bind(fd, reinterpret_cast<sockaddr*>(&address),
                 static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) +
                                        name.size())),
            0);
  ASSERT_EQ(listen(fd, 1), 0);
}

TEST(Hostile, AbstractSocket) {
  const std::string own = std::to_string(getpid());
  for (const std::string& text : HostileTexts()) {
    Listen(std::string(1, '\0') + own + text + std::string(1, '\0') + "\n.");
  }
}

TEST(Hostile, SocketFile) {
  ASSERT_EQ(chdir(Folder().c_str()), 0);
  for (const std::string& text : HostileTexts()) Listen("s" + text);
}

void LeakConnection(const std::string& pool, const std::string& peer) {
  static auto* const ledgers =
      new std::vector<std::unique_ptr<leaktrap::LeaseLedger>>;
  static auto* const leases = new std::vector<leaktrap::Lease>;
  ledgers->push_back(std::make_unique<leaktrap::LeaseLedger>(pool));
  leases->push_back(ledgers->back()->CheckOut(ledgers->back()->Open(peer)));
}

TEST(Hostile, Connection) {
  for (const std::string& text : HostileTexts()) LeakConnection(text, text);
}

TEST(HostileLong, Connection) {
  LeakConnection(LongHostileText(), LongHostileText());
}

// Zombies: of others the arguments are told.
TEST(Hostile, Command) {
  for (const std::string& text : HostileTexts()) {
    const pid_t child = fork();
    if (child == 0) {
      prctl(PR_SET_NAME, text.c_str());
      _exit(0);
    }
    siginfo_t info;
    ASSERT_EQ(waitid(P_PID, static_cast<id_t>(child), &info, WEXITED | WNOWAIT),
              0);
  }
}

TEST(Hostile, Arguments) {
  for (const std::string& text : HostileTexts()) {
    int ends[2];
    ASSERT_EQ(pipe2(ends, O_CLOEXEC), 0);
    if (fork() == 0) {
      dup2(ends[1], STDOUT_FILENO);
      execl("/bin/sh", "sh", "-c", "echo; kill -STOP $$", text.c_str(),
            nullptr);
      _exit(1);
    }
    close(ends[1]);
    char byte;
    ASSERT_EQ(read(ends[0], &byte, 1), 1);
    close(ends[0]);
  }
}

// A user's own, which does not care what it hands over.
class HostileProbe : public leaktrap::Probe {
 public:
  explicit HostileProbe(std::string name) : name_(std::move(name)) {}

  std::string name() const override { return name_; }
  bool OnlyThisProcessChangesIt() const override { return true; }

  leaktrap::Listing List() override {
    if (!thrown.empty()) throw std::runtime_error(std::exchange(thrown, ""));
    leaktrap::Listing listing;
    for (size_t i = 0; i < shown; ++i) listing.Add(i);
    listing.error = std::exchange(error, "");
    return listing;
  }

  std::optional<leaktrap::Resource> Describe(
      const leaktrap::Identity& identity) override {
    if (uses_default) return Probe::Describe(identity);
    const std::string& text = HostileTexts()[identity.number];
    leaktrap::Resource resource;
    resource.name = resource.description = text;
    resource.likeness = resource.release = resource.hint = text;
    return resource;
  }

  inline static size_t shown = 0;
  inline static bool uses_default = false;
  inline static std::string error;
  inline static std::string thrown;

 private:
  const std::string name_;
};

leaktrap::ProbeRegistration registration(
    std::make_unique<HostileProbe>(LongHostileText(60)));

TEST(Hostile, Probe) { HostileProbe::shown = HostileTexts().size(); }

TEST(Hostile, ProbeByDefault) {
  HostileProbe::uses_default = true;
  ++HostileProbe::shown;
}

std::string AllTexts() {
  std::string all;
  for (const std::string& text : HostileTexts()) all += text;
  return all;
}

TEST(HostileError, OfAProbe) { HostileProbe::error = AllTexts(); }
TEST(HostileError, ThrownByAProbe) { HostileProbe::thrown = AllTexts(); }
TEST(HostileError, ThrownBeforeTheCheck) {
  VERIFY_NO_LEAKS(
      Options().BeforeCheck([] { throw std::runtime_error(AllTexts()); }));
}

TEST(HostileRule, Refused) {
  VERIFY_NO_LEAKS(Options().IgnoreThread(AllTexts(), ""));
}
TEST(HostileRule, Reason) {
  VERIFY_NO_LEAKS(Options().Tolerate(Kind::kDescriptor, 1, AllTexts()));
  OpenNull();
}
TEST(HostileRule, Unused) {
  VERIFY_NO_LEAKS(Options().IgnoreThread(AllTexts(), "unused"));
}
TEST(HostileRule, Limit) {
  static auto* const ledger = new leaktrap::LeaseLedger(AllTexts());
  VERIFY_NO_LEAKS(Options().MaxLeased("A*Q*", 0));
  const leaktrap::Lease lease = ledger->CheckOut(ledger->Open(""));
}

TEST(HostileLong, Reason) {
  VERIFY_NO_LEAKS(Options().Tolerate(Kind::kDescriptor, 1, LongHostileText()));
  OpenNull();
}

TEST(HostileLong, ReportAsAValue) {
  const leaktrap::Snapshot before = leaktrap::Snapshot::Take();
  static auto* const ledger = new leaktrap::LeaseLedger(LongHostileText());
  const leaktrap::Lease lease = ledger->CheckOut(ledger->Open("Z"));
  ADD_FAILURE() << leaktrap::FindLeaks(before, Options());
}

// Debug information names any file as the code does.
__attribute__((noinline)) int OpenNullElsewhere();
__attribute__((noinline)) void LeaveScopeElsewhere();

// The compiler writes the name as it is, and so do the symbol's readers.
__attribute__((noinline)) int OpenNullInTurnedFunction() __asm__(
    "turned\u202e_function");
int OpenNullInTurnedFunction() {
  const int null = OpenNull();
  return null;
}
TEST(HostileFunction, Name) { ASSERT_GE(OpenNullInTurnedFunction(), 0); }

TEST(HostileFile, OfTheLeak) { ASSERT_GE(OpenNullElsewhere(), 0); }
TEST(HostileFile, OfTheScope) { LeaveScopeElsewhere(); }

// The names of tests and suites, which GoogleTest prints as they are:
// registered where somebody asks for them.
class Named : public testing::Test {
 public:
  static void TearDownTestSuite() { OpenNull(); }
  void TestBody() override { OpenNull(); }
};

[[maybe_unused]] const bool kRegistered = [] {
  if (std::getenv("HOSTILE_NAMES") == nullptr) return false;
  std::vector<std::string> names = HostileTexts();
  names.push_back(LongHostileText());
  names.push_back("Y" + std::string(4095, 'y'));
  for (const std::string& name : names) {
    testing::RegisterTest(("Named" + name).c_str(), name.c_str(), nullptr,
                          nullptr, __FILE__, __LINE__,
                          [] { return new Named; });
  }
  return true;
}();

#line 7 "::turned\u202e<&\"\\q\xff.cc"
int OpenNullElsewhere() {
  const int null = open("/dev/null", O_RDONLY | O_CLOEXEC);
  return null;
}

#line 7 "forged\n[  PASSED  ] \x1b[2J.cc"
void LeaveScopeElsewhere() {
  VERIFY_NO_LEAKS(Options().IgnoreThread("no-such", "unused"));
  const int null = open("/dev/null", O_RDONLY | O_CLOEXEC);
  EXPECT_GE(null, 0);
}

}  // namespace
