#include "leaktrap/github_reporter.h"

#include <cstdio>
#include <filesystem>
#include <optional>
#include <string>
#include <system_error>
#include <vector>

#include "absl/strings/str_cat.h"
#include "leaktrap/report/blamed_line.h"
#include "leaktrap/report/findings.h"
#include "leaktrap/report/github_annotation.h"
#include "leaktrap/report/text_report.h"
#include "leaktrap/resource/resource.h"
#include "leaktrap/variable.h"

namespace leaktrap::internal {
namespace {

// GitHub shows no more of a command in a step.
constexpr int kMostOfACommand = 10;

}  // namespace

GithubReporter::GithubReporter()
    : is_on_(Variable("GITHUB_ACTIONS") == "true") {
  if (!is_on_) return;
  workspace_ = Variable("GITHUB_WORKSPACE");
  std::error_code ignored;
  folder_ = std::filesystem::current_path(ignored).string();
}

void GithubReporter::TellLeaks(const char* command, const std::string& owner,
                               const std::vector<Resource>& leaks,
                               const char* file, int line) {
  if (!is_on_) return;
  for (const AlikeFindings& alike : FindingsOf(leaks)) {
    if (!HasRoom(command)) continue;
    const std::optional<SourceLine> own = LineToMend(alike);
    GithubAnnotation annotation;
    annotation.command = command;
    if (own.has_value()) {
      annotation.file = own->file;
      annotation.line = own->line;
    } else if (file != nullptr) {
      annotation.file = file;
      annotation.line = line;
    }
    annotation.title = absl::StrCat("Leaktrap: ", owner, " left behind ",
                                    FindingCounts(alike));
    annotation.message = FindingText(alike).substr(1);
    Print(annotation);
  }
}

void GithubReporter::Tell(const char* command, const char* file, int line,
                          const std::string& report) {
  if (!is_on_ || !HasRoom(command)) return;
  GithubAnnotation annotation;
  annotation.command = command;
  if (file != nullptr) {
    annotation.file = file;
    annotation.line = line;
  }
  annotation.title = "Leaktrap";
  annotation.message = report;
  Print(annotation);
}

std::string GithubReporter::LeftOut() const {
  if (left_out_ == 0) return "";
  return absl::StrCat("Leaktrap: ", left_out_,
                      " more were not annotated, since GitHub shows no more "
                      "than ",
                      kMostOfACommand, " of a kind; they stand above.");
}

bool GithubReporter::HasRoom(const char* command) {
  if (told_[command] == kMostOfACommand) {
    ++left_out_;
    return false;
  }
  ++told_[command];
  return true;
}

void GithubReporter::Print(GithubAnnotation annotation) const {
  annotation.file = PathInRepository(annotation.file, workspace_, folder_);
  std::printf("%s\n", GithubCommand(annotation).c_str());
  std::fflush(stdout);
}

}  // namespace leaktrap::internal
