// What tests ask of the trap themselves: scopes of their own, and how many they
// may leave.

#include <unistd.h>

#include <string>
#include <thread>

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "leaktrap/check/allowance.h"
#include "leaktrap/check/options.h"
#include "leaktrap/check/scopes.h"
#include "leaktrap/check/verifier.h"
#include "leaktrap/probe/printable_text.h"
#include "leaktrap/reporter.h"
#include "leaktrap/trap.h"

namespace leaktrap::internal {
namespace {

constexpr char kPlaces[] =
    "a test, its fixture, SetUpTestSuite or a block behind VERIFY_NO_LEAKS";

}  // namespace

std::string Trap::NameOf(const testing::TestInfo& test) {
  return Printable(absl::StrCat(test.test_suite_name(), ".", test.name()));
}

std::string Trap::WhyNoScope() const {
  if (testing::UnitTest::GetInstance()->current_test_info() == nullptr) {
    return "stands outside a test; move it into one";
  }
  if (pid_ != 0 && pid_ != getpid()) {
    return "stands in a forked child, where nothing is checked; move it into "
           "the test's own process";
  }
  if (watches() && std::this_thread::get_id() != testing_thread_) {
    return "stands on another thread than the test's; move it into the test's "
           "body: it sees the resources of all threads";
  }
  return "";
}

Scopes::Id Trap::OpenScope(const Options& options) {
  Options own = options;
  own.SetPlace(NameOf(*testing::UnitTest::GetInstance()->current_test_info()));
  const Scopes::Id id = scopes_->Open(Scopes::By::kUser, own);
  if (first_scope_in_test_ == 0) first_scope_in_test_ = id;
  return id;
}

void Trap::CloseScope(Scopes::Id id, const char* file, int line,
                      const Options& own, bool thrown_through) {
  if (!watches()) return;
  const testing::TestInfo* test =
      testing::UnitTest::GetInstance()->current_test_info();
  Reporter::Place place = NewPlace("scope");
  place.file = file;
  place.line = line;
  if (test == nullptr || !scopes_->IsOpen(id)) {
    reporter_.Fail(
        place,
        "VERIFY_NO_LEAKS outlived the scope or the test around it, so it was "
        "not checked; let it end first");
    return;
  }
  place.why_only_noted = reporter_.WhyOnlyNoted(*test->result());
  place.has_failed = test->result()->Failed();
  if (!place.why_only_noted.empty()) {
    const Mode policy = Reporter::PolicyFor(*test->result(), options());
    // Nor will the test be judged.
    if (policy == Mode::kOff) return scopes_->Abandon(id);
    if (policy == Mode::kFail) place.why_only_noted.clear();
  }
  if (thrown_through) place.why_only_noted = "an exception left the scope";
  const std::string name =
      absl::StrCat(NameOf(*test), ", the scope of line ", line, ",");
  // An exception may be meant (EXPECT_THROW), and is no excuse for what it left
  // behind: the scope around has the last word on that, and counts it.
  place.counts = !thrown_through;
  const Verdict verdict =
      thrown_through ? scopes_->Close(id, name, Scopes::Judged::kForNow)
                     : Close(id, name, place);
  reporter_.Conclude(name, place, verdict);
  if (place.counts) {
    rules_.ratchet().Add(NameOf(*test), verdict.judgement,
                         verdict.error.empty());
  }
  reporter_.summary().CountRules(own, absl::StrCat(file, ":", line));
}

std::string Trap::WhyNoAllowance() const {
  if (pid_ != 0 && pid_ != getpid()) {
    return "stands in a forked child, where nothing is checked; move it into "
           "the test's own process";
  }
  if (!watches()) {
    // The child of a death test has no listeners, and runs one test.
    const bool may_run_tests =
        program_pid_ != 0 ||
        testing::UnitTest::GetInstance()->current_test_suite() != nullptr;
    return may_run_tests ? "" : std::string("stands outside of ") + kPlaces;
  }
  if (std::this_thread::get_id() != testing_thread_) {
    return "stands on another thread than the test's; move it into the test's "
           "body: it counts for what all threads leave";
  }
  if (!scopes_->has_open()) {
    return absl::StrCat("stands where nothing is checked; move it into ",
                        kPlaces);
  }
  return "";
}

}  // namespace leaktrap::internal
