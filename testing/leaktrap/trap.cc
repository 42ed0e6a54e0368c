#include "leaktrap/trap.h"

#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <set>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "gtest/gtest.h"
#include "leaktrap/check/options.h"
#include "leaktrap/check/run_all.h"
#include "leaktrap/check/scopes.h"
#include "leaktrap/check/verifier.h"
#include "leaktrap/console_color.h"
#include "leaktrap/early_exit.h"
#include "leaktrap/flag_help.h"
#include "leaktrap/listener.h"
#include "leaktrap/lookout.h"
#include "leaktrap/probe/descriptor_reserve.h"
#include "leaktrap/probe/printable_text.h"
#include "leaktrap/raise.h"
#include "leaktrap/recorded_origins.h"
#include "leaktrap/report/json_report.h"
#include "leaktrap/reporter.h"
#include "leaktrap/resource/kind.h"
#include "leaktrap/rules_keeper.h"
#include "leaktrap/system/own_process.h"
#include "leaktrap/there_before.h"

namespace leaktrap::internal {
namespace {

std::vector<Kind> KindsThatAreOn(const Options& options) {
  std::vector<Kind> kinds(kAllKinds.begin(), kAllKinds.end());
  auto off = [&options](Kind kind) { return options.mode(kind) == Mode::kOff; };
  kinds.erase(std::remove_if(kinds.begin(), kinds.end(), off), kinds.end());
  return kinds;
}

// Outside the test suites, where rules' patterns ask for it.
constexpr char kProgramPlace[] = "(program)";

// Whether a filter or sharding leaves some tests to other runs.
template <typename Tests>
bool RunsAll(const Tests& tests) {
  const int left_out_on_purpose =
      GTEST_FLAG_GET(also_run_disabled_tests) ? 0 : tests.disabled_test_count();
  return tests.test_to_run_count() + left_out_on_purpose >=
         tests.total_test_count();
}

// What may stand behind test= in a rule of a file, disabled tests too.
std::set<std::string> AllPlaces() {
  std::set<std::string> places = {kProgramPlace};
  const testing::UnitTest& tests = *testing::UnitTest::GetInstance();
  for (int i = 0; i < tests.total_test_suite_count(); ++i) {
    const testing::TestSuite& suite = *tests.GetTestSuite(i);
    places.insert(Printable(suite.name()));
    for (int j = 0; j < suite.total_test_count(); ++j) {
      places.insert(Printable(
          absl::StrCat(suite.name(), ".", suite.GetTestInfo(j)->name())));
    }
  }
  return places;
}

bool RunsAllTests() { return RunsAll(*testing::UnitTest::GetInstance()); }

// Also in a program that only opens scopes: a scope has to know which thread
// runs the tests.
[[maybe_unused]] const bool kListens = [] {
  Trap::Get();
  AppendListenerOnce();
  PrintHelpAtExit();
  return true;
}();

}  // namespace

Trap& Trap::Get() {
  static Trap* const trap = new Trap;
  return *trap;
}

void Trap::AddProgramOptions(const Options& options) {
  if (watches()) {
    RaiseFailure(nullptr, -1,
                 "Leaktrap: a LeakEnvironment was made after the tests had "
                 "begun, so nothing came of it; make it before "
                 "RUN_ALL_TESTS()");
    return;
  }
  lookout_.AddProgramOptions(options);
}

void Trap::CheckEveryTest() {
  if (!watches()) checks_every_test_ = true;
}

void Trap::StartProgram() {
  ForgetHelp();
  pid_ = 0;
  why_unchecked_.clear();
  program_pid_ = getpid();
  lookout_.Renew();
  const std::string why_not = lookout_.GetReady();
  const std::vector<Kind> kinds = KindsThatAreOn(options());
  if (checks_every_test_ && !kinds.empty()) TestsBegin(options());
  if (!options().errors().empty()) {
    // No test is judged by rules that its user did not mean.
    json_.Start(options(), lookout_.records());
    LeaveUnchecked(why_not, absl::StrCat("Leaktrap: ", why_not,
                                         "\nNothing is checked for leaks."));
    return;
  }
  if (options().lists_rules()) {
    TestsEnd();
    std::printf("%s\n", ListOfRules(options()).c_str());
    std::exit(0);  // as for --gtest_list_tests, there is nothing to run
  }
  if (kinds.empty()) {
    PrintNote("Leaktrap is off.");
    return;
  }
  json_.Start(options(), lookout_.records());
  if (!why_not.empty()) {
    LeaveUnchecked(
        why_not, absl::StrCat("Leaktrap could not look, so nothing is checked "
                              "for leaks: ",
                              why_not));
    return;
  }
  pid_ = OwnPid();
  testing_thread_ = std::this_thread::get_id();
  lookout_.verifier()->StartRun();
  if (!Watches(Scope::kProgram)) lookout_.DistrustRecords();
  scopes_.emplace(options(), lookout_.verifier());
  program_scope_ = 0;
  run_scope_ = 0;
  reporter_ = Reporter(&json_);
  rules_.Start(options(),
               lookout_.records() && options().record() >= Record::kStacks);
  if (checks_every_test_) {
    PrintNote(absl::StrCat("Leaktrap checks each test: ",
                           absl::StrJoin(kinds, ", ",
                                         [](std::string* out, Kind kind) {
                                           out->append(KindPlural(kind));
                                         }),
                           "."));
    const std::string there_before =
        NoteOnWhatIsThere(lookout_.Take(), lookout_.harmless_tids());
    if (!there_before.empty()) PrintNote(there_before);
  }
  for (const std::string& note :
       NotesOnRecording(options(), lookout_.why_not_recorded())) {
    PrintNote(note);
  }
  const std::string thrown =
      RunAll(options().warm_up(), "the function given to WarmUp");
  if (!thrown.empty()) {
    LeaveUnchecked(thrown, absl::StrCat("Leaktrap: ", thrown,
                                        "\nNothing is checked for leaks."));
    return;
  }
  if (Watches(Scope::kProgram)) {
    run_scope_ = scopes_->Open(Scopes::By::kLeaktrap);
  }
}

// Not by a fatal failure: GoogleTest would skip all tests then, and CTest takes
// a program that prints so for one that was skipped, whatever its exit code.
void Trap::LeaveUnchecked(const std::string& why, const std::string& failure) {
  pid_ = 0;
  why_unchecked_ = why.substr(0, why.find('\n'));
  json_.TellError(why);
  RaiseFailure(nullptr, -1, failure);
}

Reporter::Place Trap::NewPlace(const char* scope) const {
  Reporter::Place place;
  place.strict = options().strict();
  place.scope = scope;
  return place;
}

void Trap::ChargeThreads(const std::string& name, const Reporter::Place& place,
                         const Verdict& verdict) {
  if (!place.why_only_noted.empty() && !place.has_failed) return;
  scopes_->ChargeThreads(name, verdict.judgement.leaks);
}

Verdict Trap::Close(Scopes::Id id, const std::string& name,
                    const Reporter::Place& place) {
  Verdict verdict = scopes_->Close(id, name);
  ChargeThreads(name, place, verdict);
  return verdict;
}

bool Trap::watches() const { return pid_ != 0 && pid_ == OwnPid(); }

bool Trap::Watches(Scope scope) const {
  return watches() && checks_every_test_ &&
         options().scopes().count(scope) != 0;
}

void Trap::StartIteration(int iteration) {
  json_.StartIteration(iteration);
  ended_tests_ = 0;
  is_last_round_ = iteration + 1 == GTEST_FLAG_GET(repeat);
  // Then GoogleTest has no environments to end.
  if (testing::UnitTest::GetInstance()->test_to_run_count() == 0) TestsEnd();
  reporter_.rounds().Start();
}

void Trap::StartEnvironments() {
  TestsGoOn();
  if (!watches()) return;
  TakeDescriptorReserve();
  if (Watches(Scope::kProgram)) {
    program_scope_ =
        scopes_->Open(Scopes::By::kLeaktrap, Options().SetPlace(kProgramPlace));
  }
}

void Trap::StartSuite(const testing::TestSuite& suite) {
  ThisSuiteRuns(&suite);
  if (!watches()) return;
  TakeDescriptorReserve();
  if (Watches(Scope::kSuite)) {
    suite_scope_ = scopes_->Open(Scopes::By::kLeaktrap,
                                 Options().SetPlace(Printable(suite.name())));
  }
  since_look_ = Since::kTest;  // SetUpTestSuite() comes
}

void Trap::StartTest(const testing::TestInfo& test) {
  ThisTestRuns(&test);
  if (!watches()) return;
  reporter_.StartTest();
  first_scope_in_test_ = 0;
  TakeDescriptorReserve();  // a test before may have closed it
  test_name_ = NameOf(test);
  if (Watches(Scope::kTest)) {
    test_scope_ =
        scopes_->Open(Scopes::By::kLeaktrap, Options().SetPlace(test_name_),
                      std::exchange(since_look_, Since::kTest));
  }
}

void Trap::EndTest(const testing::TestInfo& test) {
  ThisTestRuns(nullptr);
  if (!watches()) return;
  if (first_scope_in_test_ != 0) scopes_->Abandon(first_scope_in_test_);
  if (!Watches(Scope::kTest) || !scopes_->IsOpen(test_scope_)) {
    // Only its own scopes were looked at.
    rules_.ratchet().End(test_name_, /*is_whole=*/false);
    return;
  }
  Reporter::Place place = NewPlace("test");
  place.file = test.file();
  place.line = test.line();
  const std::string& name = test_name_;
  place.why_only_noted = reporter_.WhyOnlyNoted(*test.result());
  place.has_failed = test.result()->Failed();
  const bool is_whole = place.why_only_noted.empty();
  const Mode policy =
      is_whole ? Mode::kFail : Reporter::PolicyFor(*test.result(), options());
  if (policy == Mode::kFail) place.why_only_noted.clear();
  Verdict verdict =
      policy == Mode::kOff
          ? scopes_->Disregard(test_scope_, place.has_failed ? name : "")
          : scopes_->Close(test_scope_, name);
  if (verdict.is_disregarded()) {
    reporter_.summary().CountUncheckedTest();
  } else {
    reporter_.summary().CountTest();
    reporter_.Confirm(test, name, options(), &verdict, &place);
    ChargeThreads(name, place, verdict);
  }
  reporter_.Conclude(name, place, verdict);
  rules_.ratchet().Add(name, verdict.judgement, verdict.error.empty());
  rules_.ratchet().End(name, is_whole);
  ++ended_tests_;
  since_look_ = Since::kListeners;
}

void Trap::EndSuite(const testing::TestSuite& suite) {
  ThisSuiteRuns(nullptr);
  if (!watches()) return;
  // GoogleTest needs a descriptor for its XML, which it may write next: not
  // every round ends with EndEnvironments().
  GiveUpDescriptorReserve();
  if (!Watches(Scope::kSuite) || !scopes_->IsOpen(suite_scope_)) return;
  Reporter::Place place = NewPlace("suite");
  place.hold = true;
  place.has_failed = suite.ad_hoc_test_result().Failed();
  if (place.has_failed) {
    place.why_only_noted = "the test suite has failed before";
  }
  const std::string name = absl::StrCat(
      "The test suite ", Printable(suite.name()), ", outside its tests,");
  const Verdict verdict = Close(suite_scope_, name, place);
  reporter_.Conclude(name, place, verdict);
  rules_.ratchet().Add(Printable(suite.name()), verdict.judgement,
                       verdict.error.empty());
  rules_.ratchet().End(Printable(suite.name()),
                       RunsAll(suite) && place.why_only_noted.empty());
}

void Trap::EndEnvironments() {
  if (watches()) JudgeEnvironments();
  if (is_last_round_ || GTEST_FLAG_GET(repeat) < 0) TestsPause();
}

void Trap::JudgeEnvironments() {
  reporter_.RaiseHeld();
  lookout_.ListNext();  // the last chance to see what is swapped by raw calls
  if (program_scope_ != 0) {
    const std::string name = "The program, outside its test suites,";
    Reporter::Place place = NewPlace("program");
    const Verdict verdict = Close(program_scope_, name, place);
    reporter_.Conclude(name, place, verdict);
    program_scope_ = 0;
    rules_.ratchet().Add(kProgramPlace, verdict.judgement,
                         verdict.error.empty());
    rules_.ratchet().End(kProgramPlace, RunsAllTests());
  }
  if (rules_.ratchet().has_rules() && checks_every_test_ && RunsAllTests() &&
      options().scopes().size() == 3 &&
      ended_tests_ == testing::UnitTest::GetInstance()->test_to_run_count()) {
    rules_.ratchet().EndAll(AllPlaces());
  }
  if (is_last_round_) {
    const std::string failure = rules_.EndLastRound();
    if (!failure.empty()) {
      RaiseFailure(nullptr, -1, absl::StrCat("Leaktrap: ", failure));
    }
  }
  json_.Flush();
  reporter_.RaiseJsonProblem();
  reporter_.summary().CountRules(options(), "");
  if (options().strict() && RunsAllTests()) {
    for (const std::string& rule : reporter_.summary().UnusedRules()) {
      RaiseFailure(nullptr, -1,
                   absl::StrCat("Leaktrap: the rule ", rule,
                                " matched nothing; take it out, or run without "
                                "--leaktrap_strict"));
    }
  }
  GiveUpDescriptorReserve();
}

void Trap::EndProgram() {
  TestsEnd();
  if (!why_unchecked_.empty() && program_pid_ == getpid()) {
    PrintNote(absl::StrCat("Leaktrap: no test was checked: ", why_unchecked_),
              Color::kRed);
  }
  if (!watches()) return;
  if (run_scope_ != 0) {
    Reporter::Place place = NewPlace("run");
    place.why_only_noted = "GoogleTest counts no failure any more";
    const std::string name = "The run, outside its environments,";
    Verdict verdict = Close(run_scope_, name, place);
    verdict.exceeded.clear();  // of pools the scopes within it have told
    reporter_.Conclude(name, place, verdict);
  }
  if (RunsAllTests()) {
    for (const std::string& rule : reporter_.summary().UnusedRules()) {
      PrintNote(absl::StrCat("Leaktrap: the rule ", rule, " matched nothing."),
                Color::kYellow);
    }
  }
  for (const std::string& note : rules_.Notes()) {
    PrintNote(absl::StrCat("Leaktrap: ", note), Color::kYellow);
  }
  reporter_.ConcludeRounds();
  for (const std::string& grown : reporter_.summary().GrownPools()) {
    PrintNote(absl::StrCat("Leaktrap: ", grown, "."));
  }
  if (checks_every_test_) {
    PrintNote(absl::StrCat(
                  "Leaktrap: ", reporter_.summary().Line(RunsAllTests()), "."),
              reporter_.summary().FoundNothing() ? Color::kGreen : Color::kRed);
  }
  const std::string left_out = reporter_.github().LeftOut();
  if (!left_out.empty()) PrintNote(left_out);
  JsonSummary summary = reporter_.summary().ForJson(RunsAllTests());
  summary.makers = reporter_.rounds().Makers();
  json_.TellSummary(summary);
}

}  // namespace leaktrap::internal
