#include "leaktrap/listener.h"

#include "gtest/gtest.h"
#include "leaktrap/callers_state.h"
#include "leaktrap/trap.h"

namespace leaktrap::internal {
namespace {

class Listener : public testing::EmptyTestEventListener {
 public:
  void OnTestProgramStart(const testing::UnitTest&) override {
    const CallersState kept;
    Trap::Get().StartProgram();
  }
  void OnTestIterationStart(const testing::UnitTest&, int iteration) override {
    const CallersState kept;
    Trap::Get().StartIteration(iteration);
  }
  // Where a listener makes a thing in an event and releases it in its
  // counterpart, both are inside a scope or both outside, whether it comes
  // before this one or after: each scope begins and ends with such a pair.
  void OnEnvironmentsSetUpStart(const testing::UnitTest&) override {
    const CallersState kept;
    Trap::Get().StartEnvironments();
  }
  void OnTestSuiteStart(const testing::TestSuite& suite) override {
    const CallersState kept;
    Trap::Get().StartSuite(suite);
  }
  void OnTestStart(const testing::TestInfo& test) override {
    const CallersState kept;
    Trap::Get().StartTest(test);
  }
  void OnTestEnd(const testing::TestInfo& test) override {
    const CallersState kept;
    Trap::Get().EndTest(test);
  }
  void OnTestSuiteEnd(const testing::TestSuite& suite) override {
    const CallersState kept;
    Trap::Get().EndSuite(suite);
  }
  // Not OnTestIterationEnd: a listener that was appended before InitGoogleTest
  // gets it after the XML is written.
  void OnEnvironmentsTearDownEnd(const testing::UnitTest&) override {
    const CallersState kept;
    Trap::Get().EndEnvironments();
  }
  void OnTestProgramEnd(const testing::UnitTest&) override {
    const CallersState kept;
    Trap::Get().EndProgram();
  }
};

}  // namespace

void AppendListenerOnce() {
  static const bool appended = [] {
    testing::UnitTest::GetInstance()->listeners().Append(new Listener);
    return true;
  }();
  (void)appended;
}

}  // namespace leaktrap::internal
