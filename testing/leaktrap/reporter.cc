#include "leaktrap/reporter.h"

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "gtest/gtest.h"
#include "leaktrap/check/allowance.h"
#include "leaktrap/check/judge.h"
#include "leaktrap/check/settle.h"
#include "leaktrap/check/verifier.h"
#include "leaktrap/console_color.h"
#include "leaktrap/free_descriptor.h"
#include "leaktrap/json_reporter.h"
#include "leaktrap/probe/printable_text.h"
#include "leaktrap/raise.h"
#include "leaktrap/report/blamed_line.h"
#include "leaktrap/report/json_report.h"
#include "leaktrap/report/origin_text.h"
#include "leaktrap/report/text_report.h"
#include "leaktrap/resource/resource.h"

namespace leaktrap::internal {
namespace {

std::string LineText(const std::optional<SourceLine>& line) {
  return line.has_value() ? absl::StrCat(line->file, ":", line->line) : "";
}

// `why` it is no failure, and the leaks.
void NoteLeaks(const std::string& why, Color headline, const std::string& owner,
               const std::vector<Resource>& leaks, const Settled& settled) {
  if (leaks.empty()) return;
  PrintNote(
      absl::StrCat("Leaktrap, ", why, ": ", LeakText(owner, leaks, settled)),
      headline, LineText(BlamedLine(leaks)));
}

}  // namespace

std::string Reporter::Place::LineText() const {
  return file == nullptr ? "" : absl::StrCat(file, ":", line);
}

std::string Reporter::WhyOnlyNoted(const testing::TestResult& result) const {
  if (result.Skipped()) return "the test was skipped";
  int failures = 0;
  for (int i = 0; i < result.total_part_count(); ++i) {
    if (result.GetTestPartResult(i).failed()) ++failures;
  }
  return failures > raised_in_test_ ? "the test has failed before" : "";
}

Mode Reporter::PolicyFor(const testing::TestResult& result,
                         const Options& options) {
  return result.Skipped() ? options.if_test_skipped()
                          : options.if_test_failed();
}

void Reporter::Conclude(const std::string& owner, const Place& place,
                        const Verdict& verdict) {
  if (place.counts) {
    summary_.CountVerdict(verdict);
    summary_.CountRules(verdict.allowances);
    xml_properties_.Record(verdict);
    // Whatever encloses a test grows with it.
    if (std::string(place.scope) == "test") {
      summary_.CountGrowth(owner, verdict);
    }
  }
  CountRound(owner, place, verdict);
  summary_.CountTime(verdict);
  if (HasNothingToTell(verdict)) {
    TellJson(place, verdict);
    return;
  }
  const FreeDescriptor descriptor;
  if (!verdict.error.empty()) {
    Fail(place, absl::StrCat("Leaktrap could not look after ", owner, ": ",
                             verdict.error));
  }
  const Judgement& judgement = verdict.judgement;
  if (!judgement.tolerated.empty()) {
    PrintNote(
        absl::StrCat("Leaktrap: ", ToleratedText(owner, judgement.tolerated)));
  }
  for (const std::string& note : place.confirmed.notes) {
    PrintNote(absl::StrCat("Leaktrap, ", note), Color::kYellow);
  }
  NoteLeaks("only reporting", Color::kRed, owner, judgement.only_reported,
            verdict.settled);
  github_.TellLeaks("warning", owner, judgement.only_reported, place.file,
                    place.line);
  NoteLeaks("only a note since at each look they were others", Color::kYellow,
            owner, verdict.passing, verdict.settled);
  NoteLeaks("only a note since others are charged", Color::kYellow, owner,
            verdict.charged_elsewhere, verdict.settled);
  NoteLeaks(
      "only a note since each took the place of one that the same call had "
      "made",
      Color::kYellow, owner, verdict.replacing, verdict.settled);
  if (!verdict.late.empty()) {
    PrintNote(
        absl::StrCat("Leaktrap: ", LateReleasesText(owner, verdict.late)));
  }
  std::vector<std::string> reports;
  ReportReleases(owner, verdict, place.strict, &reports);
  if (!judgement.leaks.empty()) {
    const std::string report =
        absl::StrJoin({LeakText(owner, judgement.leaks, verdict.settled),
                       absl::StrJoin(verdict.surplus, "\n  ")},
                      verdict.surplus.empty() ? "" : "\n  ") +
        place.confirmed.remarks;
    const std::optional<SourceLine> line = BlamedLine(judgement.leaks);
    Place at_maker = place;
    if (line.has_value()) {
      at_maker.file = line->file.c_str();
      at_maker.line = line->line;
    }
    if (Report(at_maker, report)) {
      github_.TellLeaks("error", owner, judgement.leaks, place.file,
                        place.line);
    }
  }
  ReportUnmet(owner, place, verdict);
  for (const std::string& exceeded : verdict.exceeded) {
    const std::string report =
        absl::StrCat(owner, " went beyond a limit: ", exceeded);
    if (verdict.limits_only_reported) {
      PrintNote(absl::StrCat("Leaktrap, only reporting: ", report),
                Color::kRed);
      github_.Tell("warning", place.file, place.line, report);
    } else {
      reports.push_back(report);
    }
  }
  for (const std::string& report : reports) {
    if (Report(place, report)) {
      github_.Tell("error", place.file, place.line, report);
    }
  }
  const std::string waits = summary_.NoteOnWaits(verdict);
  if (!waits.empty()) PrintNote(waits, Color::kYellow);
  TellJson(place, verdict);
}

void Reporter::Confirm(const testing::TestInfo& test, const std::string& name,
                       const Options& options, Verdict* verdict, Place* place) {
  if (!place->why_only_noted.empty()) return;
  const std::chrono::milliseconds took(test.result()->elapsed_time());
  place->confirmed = confirmer_.Confirm(name, took, options, verdict);
}

void Reporter::ConcludeRounds() const {
  rounds_.Conclude();
  const std::string note = confirmer_.Note();
  if (!note.empty()) PrintNote(note, Color::kYellow);
}

// What belongs to the run comes once, and to no round.
void Reporter::CountRound(const std::string& owner, const Place& place,
                          const Verdict& verdict) {
  if (!place.counts || !Rounds::AreSeveral()) return;
  const testing::TestInfo* const test =
      testing::UnitTest::GetInstance()->current_test_info();
  const bool is_run = std::string(place.scope) == "run";
  const std::string charged =
      test == nullptr
          ? owner.substr(0, owner.find_last_not_of(',') + 1)
          : Printable(absl::StrCat(test->test_suite_name(), ".", test->name()));
  const bool is_end = std::string(place.scope) != "scope" && !is_run;
  // Whatever its policy is: it did not come to what it leaks.
  const bool is_whole = test == nullptr ? place.why_only_noted.empty()
                                        : WhyOnlyNoted(*test->result()).empty();
  rounds_.Count(charged, is_end, is_whole, verdict);
}

void Reporter::ReportUnmet(const std::string& owner, const Place& place,
                           const Verdict& verdict) {
  for (const Unmet& unmet : verdict.unmet) {
    Place at_macro = place;
    at_macro.file = unmet.file.c_str();
    at_macro.line = unmet.line;
    const std::string report = absl::StrCat(owner, " ", unmet.text);
    if (unmet.only_reported) {
      PrintNote(absl::StrCat("Leaktrap, only reporting: ", report), Color::kRed,
                at_macro.LineText());
      github_.Tell("warning", at_macro.file, at_macro.line, report);
    } else if (Report(at_macro, report)) {
      github_.Tell("error", at_macro.file, at_macro.line, report);
    }
  }
  for (const Unmet& unchecked : verdict.unchecked) {
    PrintNote(absl::StrCat("Leaktrap: ", owner, " ", unchecked.text, ", ",
                           Printable(unchecked.file), ":", unchecked.line),
              Color::kYellow);
  }
}

void Reporter::TellJson(const Place& place, const Verdict& verdict) const {
  if (!json_->Writes()) return;
  JsonSubject subject;
  subject.entry = place.scope;
  if (place.file != nullptr) subject.file = place.file;
  subject.line = place.line;
  subject.only_noted = place.why_only_noted;
  subject.strict = place.strict;
  subject.is_last_word = place.counts;
  subject.confirmed =
      std::string(absl::StripLeadingAsciiWhitespace(place.confirmed.remarks));
  json_->Tell(subject, verdict);
}

bool Reporter::Report(const Place& place, const std::string& report) {
  if (place.why_only_noted.empty()) {
    Raise(place, absl::StrCat("Leaktrap: ", report));
    return true;
  }
  PrintNote(absl::StrCat("Leaktrap, only a note since ", place.why_only_noted,
                         ": ", report),
            Color::kRed, place.LineText());
  return false;
}

void Reporter::ReportReleases(const std::string& owner, const Verdict& verdict,
                              bool strict, std::vector<std::string>* reports) {
  std::vector<std::string> texts;
  if (!verdict.foreign_releases.empty()) {
    texts.push_back(ForeignReleasesText(owner, verdict.foreign_releases));
  }
  if (!verdict.repeated_releases.empty()) {
    texts.push_back(RepeatedReleasesText(owner, verdict.repeated_releases));
  }
  for (const std::string& text : texts) {
    if (strict) {
      reports->push_back(text);
    } else {
      PrintNote(absl::StrCat(
                    "Leaktrap, only a note without --leaktrap_strict: ", text),
                Color::kYellow);
    }
  }
}

void Reporter::Fail(const Place& place, const std::string& message) {
  Raise(place, message);
  github_.Tell("error", place.file, place.line, message);
}

void Reporter::Raise(const Place& place, const std::string& message) {
  if (place.hold) {
    held_.push_back(
        {place.file == nullptr ? "" : place.file, place.line, message});
    // Told at once too: the run may not come to its end.
    PrintNote(message, Color::kRed, place.LineText());
    return;
  }
  ++raised_in_test_;
  RaiseFailure(place.file, place.line, message);
}

void Reporter::RaiseHeld() {
  for (const Held& held : held_) {
    RaiseFailure(held.file.empty() ? nullptr : held.file.c_str(), held.line,
                 held.message);
  }
  held_.clear();
}

void Reporter::RaiseJsonProblem() const {
  const std::string problem = json_->Problem();
  if (!problem.empty() && json_->is_asked_for())
    RaiseFailure(nullptr, -1, problem);
}

}  // namespace leaktrap::internal
