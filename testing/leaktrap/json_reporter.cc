#include "leaktrap/json_reporter.h"

#include <memory>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "leaktrap/check/clock.h"
#include "leaktrap/check/options.h"
#include "leaktrap/check/verifier.h"
#include "leaktrap/console_color.h"
#include "leaktrap/json_output.h"
#include "leaktrap/json_run.h"
#include "leaktrap/probe/printable_text.h"
#include "leaktrap/raise.h"
#include "leaktrap/report/json_report.h"

namespace leaktrap::internal {

void JsonReporter::Start(const Options& options, bool recorded) {
  iteration_ = 0;
  if (output_ != nullptr && !output_->IsOfThisProcess()) return;
  const std::string path = JsonPath(options.json());
  if (output_ != nullptr && path_ == path) return;
  path_ = path;
  is_asked_for_ = options.json().has_value();
  problem_printed_ = false;
  output_ = path.empty()
                ? nullptr
                : std::make_unique<JsonOutput>(
                      is_asked_for_ ? path : PathBesideOthers(path),
                      JsonHead(ThisJsonRun(options, recorded)), &SystemClock());
  PrintProblemOnce();
}

void JsonReporter::Tell(JsonSubject subject, const Verdict& verdict) {
  if (!Writes()) return;
  const testing::UnitTest& tests = *testing::UnitTest::GetInstance();
  if (const testing::TestSuite* suite = tests.current_test_suite()) {
    subject.suite = suite->name();
  }
  if (const testing::TestInfo* test = tests.current_test_info()) {
    subject.test = test->name();
  }
  subject.iteration = iteration_;
  Add(JsonEntry(subject, verdict), HasNothingToTell(verdict)
                                       ? JsonOutput::When::kSoon
                                       : JsonOutput::When::kNow);
}

void JsonReporter::TellError(const std::string& error) {
  if (Writes()) Add(JsonError(error), JsonOutput::When::kNow);
}

void JsonReporter::TellSummary(const JsonSummary& summary) {
  if (Writes()) Add(JsonEntry(summary), JsonOutput::When::kNow);
}

void JsonReporter::Flush() {
  if (!Writes()) return;
  output_->Flush();
  PrintProblemOnce();
}

std::string JsonReporter::Problem() const {
  if (!Writes() || output_->problem().empty()) return "";
  return absl::StrCat("Leaktrap could not write its JSON report to ",
                      Printable(output_->path()), ": ", output_->problem(),
                      "; --leaktrap_json=PATH names another file, "
                      "--leaktrap_json= none");
}

bool JsonReporter::Writes() const {
  return output_ != nullptr && output_->IsOfThisProcess();
}

void JsonReporter::Add(const std::string& entry, JsonOutput::When when) {
  output_->Add(entry, when);
  PrintProblemOnce();
}

void JsonReporter::PrintProblemOnce() {
  const std::string problem = Problem();
  if (problem_printed_ || problem.empty()) return;
  problem_printed_ = true;
  PrintNote(problem, Color::kRed);
}

}  // namespace leaktrap::internal
