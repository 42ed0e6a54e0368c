// One resource, left behind in the place that the variable PLACE names and
// released in the one that RELEASE names. KIND says what it is.

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdint>
#include <cstdlib>
#include <functional>
#include <memory>
#include <set>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "children/parking.h"
#include "gtest/gtest.h"
#include "leaktrap/leaktrap.h"

namespace {

using leaktrap::children::Parking;

std::string Variable(const char* name) {
  const char* const value = std::getenv(name);
  return value == nullptr ? "" : value;
}

std::function<void()> MakeThread() {
  auto* const parking = new Parking;
  auto* const thread = new std::thread([parking] { parking->Park(); });
  return [=] {
    parking->Open();
    thread->join();
    delete thread;
    delete parking;
  };
}

std::function<void()> MakeDescriptor() {
  const int descriptor = open("/dev/null", O_RDONLY | O_CLOEXEC);
  return [=] { close(descriptor); };
}

std::function<void()> MakeConnection() {
  static auto* const ledger = new leaktrap::LeaseLedger("db");
  auto* const lease =
      new leaktrap::Lease(ledger->CheckOut(ledger->Open("127.0.0.1:5432")));
  return [=] { delete lease; };
}

// Of a probe of the program's own.
std::set<uint64_t>& Locks() {
  static auto* const locks = new std::set<uint64_t>;
  return *locks;
}

class LockProbe : public leaktrap::Probe {
 public:
  std::string name() const override { return "lock"; }
  leaktrap::Listing List() override {
    leaktrap::Listing listing;
    for (uint64_t lock : Locks()) listing.Add(lock);
    return listing;
  }
  bool OnlyThisProcessChangesIt() const override { return true; }
};

leaktrap::ProbeRegistration lock_probe(std::make_unique<LockProbe>());

std::function<void()> MakeResource() {
  static uint64_t last = 0;
  const uint64_t lock = ++last;
  Locks().insert(lock);
  return [=] { Locks().erase(lock); };
}

// How to release what was made; for ever reachable, as what is left behind in
// real programs mostly is.
std::vector<std::function<void()>>& Made() {
  static auto* const made = new std::vector<std::function<void()>>;
  return *made;
}

bool IsPlace(const std::string& place) { return Variable("PLACE") == place; }

// Every place below calls it with its name.
void At(const std::string& place) {
  if (IsPlace(place)) {
    const std::string kind = Variable("KIND");
    Made().push_back(kind == "thread"       ? MakeThread()
                     : kind == "descriptor" ? MakeDescriptor()
                     : kind == "resource"   ? MakeResource()
                                            : MakeConnection());
  }
  if (Variable("RELEASE") == place) {
    for (const std::function<void()>& release : Made()) release();
    Made().clear();
  }
}

class Listener : public testing::TestEventListener {
 public:
  explicit Listener(std::string name) : name_(std::move(name)) {}

  void OnTestProgramStart(const testing::UnitTest&) override {
    AtEvent("OnTestProgramStart");
  }
  void OnTestIterationStart(const testing::UnitTest&, int) override {
    AtEvent("OnTestIterationStart");
  }
  void OnEnvironmentsSetUpStart(const testing::UnitTest&) override {
    AtEvent("OnEnvironmentsSetUpStart");
  }
  void OnEnvironmentsSetUpEnd(const testing::UnitTest&) override {
    AtEvent("OnEnvironmentsSetUpEnd");
  }
  void OnTestSuiteStart(const testing::TestSuite&) override {
    AtEvent("OnTestSuiteStart");
  }
  void OnTestCaseStart(const testing::TestSuite&) override {
    AtEvent("OnTestCaseStart");
  }
  void OnTestStart(const testing::TestInfo&) override {
    AtEvent("OnTestStart");
  }
  void OnTestPartResult(const testing::TestPartResult&) override {
    AtEvent("OnTestPartResult");
  }
  void OnTestEnd(const testing::TestInfo&) override { AtEvent("OnTestEnd"); }
  void OnTestCaseEnd(const testing::TestSuite&) override {
    AtEvent("OnTestCaseEnd");
  }
  void OnTestSuiteEnd(const testing::TestSuite&) override {
    AtEvent("OnTestSuiteEnd");
  }
  void OnEnvironmentsTearDownStart(const testing::UnitTest&) override {
    AtEvent("OnEnvironmentsTearDownStart");
  }
  void OnEnvironmentsTearDownEnd(const testing::UnitTest&) override {
    AtEvent("OnEnvironmentsTearDownEnd");
  }
  void OnTestIterationEnd(const testing::UnitTest&, int) override {
    AtEvent("OnTestIterationEnd");
  }
  void OnTestProgramEnd(const testing::UnitTest&) override {
    AtEvent("OnTestProgramEnd");
  }

 private:
  void AtEvent(const char* event) { At(name_ + event); }

  const std::string name_;
};

// Runs before Leaktrap's own static initialisers.
struct Early {
  Early() {
    At("StaticInitialiser");
    testing::UnitTest::GetInstance()->listeners().Append(
        new Listener("Before."));
  }
};
__attribute__((init_priority(101))) Early early;

class Environment : public testing::Environment {
 public:
  explicit Environment(std::string name) : name_(std::move(name)) {}
  void SetUp() override { At(name_ + "SetUp"); }
  void TearDown() override { At(name_ + "TearDown"); }

 private:
  const std::string name_;
};

class Base : public testing::Test {
 protected:
  ~Base() override { At("BaseDestructor"); }
};

class Placement : public Base {
 public:
  static void SetUpTestSuite() {
    At("SetUpTestSuite");
    if (IsPlace("SetUpTestSuiteThatFails")) LeaveAndFail();
  }
  static void TearDownTestSuite() { At("TearDownTestSuite"); }

 protected:
  Placement() { At("Constructor"); }
  ~Placement() override { At("Destructor"); }
  void SetUp() override {
    At("SetUp");
    if (IsPlace("SetUpThatFails")) LeaveAndFail();
  }
  void TearDown() override { At("TearDown"); }

  static void LeaveAndFail() {
    At(Variable("PLACE"));
    FAIL() << "the code's own failure";
  }
};

void ThrowAndCatch() {
  struct AtUnwinding {
    ~AtUnwinding() { At("Unwinding"); }
  };
  try {
    const AtUnwinding unwinding;
    At("Exception");
    throw std::runtime_error("on the way out");
  } catch (const std::runtime_error&) {
  }
}

TEST_F(Placement, Test) {
  At("Body");
  ThrowAndCatch();
  if (IsPlace("Thread")) std::thread([] { At("Thread"); }).join();
  if (IsPlace("FatalFailure")) LeaveAndFail();
  if (IsPlace("SkippedTest")) {
    At("SkippedTest");
    GTEST_SKIP() << "not today";
  }
  At("EndOfBody");
}

void ExpectEndsWell(pid_t child) {
  int status = -1;
  ASSERT_EQ(waitpid(child, &status, 0), child);
  EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0) << status;
}

TEST(Fork, ChildExits) {
  const pid_t child = fork();
  if (child == 0) {
    At("ForkedChild");
    _exit(0);
  }
  ExpectEndsWell(child);
}

// GoogleTest's events happen in the child as well, down to the end of main.
TEST(Fork, ChildGoesOn) {
  VERIFY_NO_LEAKS();
  const pid_t child = fork();
  if (child == 0) {
    At("ForkedChildThatGoesOn");
    return;
  }
  ExpectEndsWell(child);
  At("ParentOfForkedChild");
}

class Generated : public testing::TestWithParam<int> {};
TEST_P(Generated, Test) {}

testing::internal::ParamGenerator<int> Generate() {
  At("ParameterGenerator");
  return testing::Values(1, 2);
}
INSTANTIATE_TEST_SUITE_P(By, Generated, Generate());

}  // namespace

int main(int argc, char** argv) {
  testing::InitGoogleTest(&argc, argv);
  testing::UnitTest::GetInstance()->listeners().Append(new Listener("After."));
  testing::AddGlobalTestEnvironment(new Environment("FirstEnvironment."));
  testing::AddGlobalTestEnvironment(new Environment("LastEnvironment."));
  At("Main");
  return RUN_ALL_TESTS();
}
