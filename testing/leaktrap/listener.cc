#include "leaktrap/listener.h"

#include "gtest/gtest.h"
#include "leaktrap/trap.h"

namespace leaktrap::internal {
namespace {

class Listener : public testing::EmptyTestEventListener {
 public:
  void OnTestProgramStart(const testing::UnitTest&) override {
    Trap::Get().StartProgram();
  }
  void OnTestIterationStart(const testing::UnitTest&, int) override {
    Trap::Get().StartIteration();
  }
  void OnTestStart(const testing::TestInfo& test) override {
    Trap::Get().StartTest(test);
  }
  void OnTestEnd(const testing::TestInfo& test) override {
    Trap::Get().EndTest(test);
  }
  // Not OnTestIterationEnd: a listener that was appended before InitGoogleTest
  // gets it after the XML is written.
  void OnEnvironmentsTearDownEnd(const testing::UnitTest&) override {
    Trap::Get().EndIteration();
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
