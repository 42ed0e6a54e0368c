#include "leaktrap/trap.h"

#include <unistd.h>

#include <algorithm>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/time/time.h"
#include "gtest/gtest.h"
#include "leaktrap/check/clock.h"
#include "leaktrap/check/early_end_proof.h"
#include "leaktrap/check/options.h"
#include "leaktrap/check/self_check.h"
#include "leaktrap/check/snapshot.h"
#include "leaktrap/check/tsan_thread.h"
#include "leaktrap/check/verifier.h"
#include "leaktrap/flags.h"
#include "leaktrap/listener.h"
#include "leaktrap/probe/connection_probe.h"
#include "leaktrap/probe/descriptor_probe.h"
#include "leaktrap/probe/descriptor_reserve.h"
#include "leaktrap/probe/probe.h"
#include "leaktrap/probe/thread_probe.h"
#include "leaktrap/raise.h"
#include "leaktrap/report/text_report.h"
#include "leaktrap/resource/kind.h"

namespace leaktrap::internal {
namespace {

std::unique_ptr<ProbeSet> AllProbes() {
  std::vector<std::unique_ptr<Probe>> built_in;
  built_in.push_back(NewThreadProbe());
  built_in.push_back(NewDescriptorProbe());
  built_in.push_back(NewConnectionProbe());
  return std::make_unique<ProbeSet>(std::move(built_in), UserProbes);
}

// kProcess has no probe yet.
std::vector<Kind> KindsThatAreOn(const Options& options) {
  std::vector<Kind> kinds = {Kind::kThread, Kind::kDescriptor,
                             Kind::kConnection, Kind::kOther};
  auto off = [&options](Kind kind) { return options.mode(kind) == Mode::kOff; };
  kinds.erase(std::remove_if(kinds.begin(), kinds.end(), off), kinds.end());
  return kinds;
}

std::string FullName(const testing::TestInfo& test) {
  return absl::StrCat(test.test_suite_name(), ".", test.name());
}

// Also in a program that only opens scopes: a scope has to know which thread
// runs the tests, and what it reported before.
[[maybe_unused]] const bool kListens = [] {
  AppendListenerOnce();
  return true;
}();

}  // namespace

Trap& Trap::Get() {
  static Trap* const trap = new Trap;
  return *trap;
}

void Trap::AddProgramOptions(const Options& options) {
  program_options_.Append(options);
}

void Trap::StartProgram() {
  pid_ = 0;
  options_ = program_options_;
  options_.Append(OptionsFromEnvironment());
  options_.Append(flag_options_.has_value() ? *flag_options_
                                            : OptionsFromCommandLine());
  if (!options_.errors().empty()) {
    // Not one test runs under rules that its user did not mean.
    RaiseFatalFailure(
        absl::StrCat("Leaktrap: ", absl::StrJoin(options_.errors(), "\n")));
    return;
  }
  if (KindsThatAreOn(options_).empty()) {
    PrintNote("Leaktrap is off.");
    return;
  }
  if (!probes_) probes_ = AllProbes();
  if (!proof_) proof_ = NewEarlyEndProof(WakeTsanThread());
  if (!verifier_) {
    verifier_ =
        std::make_unique<Verifier>(probes_.get(), &SystemClock(), proof_.get());
  }
  const std::string missed = SelfCheck(*probes_, options_);
  if (!missed.empty()) {
    RaiseFailure(nullptr, -1,
                 absl::StrCat("Leaktrap could not look, so nothing is checked "
                              "for leaks: ",
                              missed));
    return;
  }
  pid_ = getpid();
  testing_thread_ = std::this_thread::get_id();
  if (checks_every_test_) {
    PrintNote(absl::StrCat("Leaktrap checks each test: ",
                           absl::StrJoin(KindsThatAreOn(options_), ", ",
                                         [](std::string* out, Kind kind) {
                                           out->append(KindPlural(kind));
                                         }),
                           "."));
  }
}

void Trap::StartIteration() {
  if (watches()) TakeDescriptorReserve();
}

void Trap::EndIteration() {
  // GoogleTest writes its XML next, and needs a descriptor for it.
  if (watches()) GiveUpDescriptorReserve();
}

bool Trap::watches() const { return pid_ != 0 && pid_ == getpid(); }

void Trap::StartTest(const testing::TestInfo&) {
  if (!watches()) return;
  reported_.clear();
  raised_ = 0;
  TakeDescriptorReserve();  // a test before may have closed it
  if (checks_every_test_) before_ = Baseline(options_);
}

void Trap::EndTest(const testing::TestInfo& test) {
  if (!watches() || !checks_every_test_) return;
  std::string why_only_noted;
  if (test.result()->Skipped()) {
    why_only_noted = "the test was skipped";
  } else if (FailedByItself(*test.result())) {
    why_only_noted = "the test has failed before";
  }
  const std::string name = FullName(test);
  const Verdict verdict = CheckSince(name, before_, options_);
  Conclude(name, test.file(), test.line(), why_only_noted, verdict);
}

std::string Trap::WhyNoScope() const {
  if (testing::UnitTest::GetInstance()->current_test_info() == nullptr) {
    return "stands outside a test; move it into one";
  }
  if (watches() && std::this_thread::get_id() != testing_thread_) {
    return "stands on another thread than the test's; move it into the test's "
           "body: it sees the resources of all threads";
  }
  return "";
}

Snapshot Trap::Baseline(const Options& options) const {
  return verifier_->Baseline(options);
}

Verdict Trap::CheckSince(const std::string& scope, const Snapshot& before,
                         const Options& options) {
  if (before.error.empty()) {
    return verifier_->Check(scope, before, options, &reported_);
  }
  Verdict verdict;
  verdict.error = before.error;
  return verdict;
}

void Trap::EndScope(const char* file, int line, const Snapshot& before,
                    const Options& options, bool thrown_through) {
  const testing::TestInfo* test =
      testing::UnitTest::GetInstance()->current_test_info();
  if (!watches() || test == nullptr) return;
  std::string why_only_noted;
  if (thrown_through) {
    why_only_noted = "an exception left the scope";
  } else if (FailedByItself(*test->result())) {
    why_only_noted = "the test has failed before";
  }
  const std::string name =
      absl::StrCat(FullName(*test), ", the scope of line ", line, ",");
  Conclude(name, file, line, why_only_noted, CheckSince(name, before, options));
}

bool Trap::FailedByItself(const testing::TestResult& result) const {
  int failures = 0;
  for (int i = 0; i < result.total_part_count(); ++i) {
    if (result.GetTestPartResult(i).failed()) ++failures;
  }
  return failures > raised_;
}

void Trap::Conclude(const std::string& owner, const char* file, int line,
                    const std::string& why_only_noted, const Verdict& verdict) {
  if (!verdict.error.empty()) {
    Raise(file, line, absl::StrCat("Leaktrap could not look: ", verdict.error));
    return;
  }
  const Judgement& judgement = verdict.judgement;
  if (!judgement.tolerated.empty()) {
    PrintNote(absl::StrCat("Leaktrap: ",
                           ToleratedReport(owner, judgement.tolerated)));
  }
  if (!judgement.only_reported.empty()) {
    PrintNote(absl::StrCat(
        "Leaktrap, only reporting: ",
        LeakReport(owner, judgement.only_reported, verdict.settled)));
  }
  if (judgement.leaks.empty()) return;
  const std::string report =
      LeakReport(owner, judgement.leaks, verdict.settled);
  if (why_only_noted.empty()) {
    Raise(file, line, absl::StrCat("Leaktrap: ", report));
  } else {
    PrintNote(absl::StrCat("Leaktrap, only a note since ", why_only_noted, ": ",
                           report));
  }
}

void Trap::Raise(const char* file, int line, const std::string& message) {
  ++raised_;
  RaiseFailure(file, line, message);
}

}  // namespace leaktrap::internal
