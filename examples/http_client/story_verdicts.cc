#include "examples/http_client/story_verdicts.h"

#include <regex>

#include "absl/strings/str_cat.h"

namespace http_client {
namespace {

using leaktrap::child::ChildResult;
using leaktrap::child::TestResult;

// What is wrong with a test that is to leak; empty if nothing.
std::string ComplaintAboutLeak(const TestResult& test) {
  if (!test.failed()) return "its leak was not caught";
  if (test.failures.size() > 1) return "it failed for another reason as well";
  const LostResources lost = ResourcesNamedBy(test.failures.front());
  std::string missing;
  if (!lost.thread) missing += " the thread,";
  if (!lost.socket) missing += " the socket with its peer and state,";
  if (!lost.lease) missing += " the lease of the pool,";
  if (missing.empty()) return {};
  missing.pop_back();
  return "its failure does not name" + missing;
}

std::string ComplaintAboutTwin(const TestResult& test) {
  if (test.failed()) return "it is clean, and failed";
  if (test.skipped || !test.ran) return "it did not run";
  return {};
}

}  // namespace

LostResources ResourcesNamedBy(const std::string& failure) {
  static const std::regex thread(R"(thread \d+ "http-body")");
  static const std::regex socket(
      R"(descriptor (\d+): TCP socket 127\.0\.0\.1:\d+ -> (127\.0\.0\.1:\d+) )"
      R"(ESTABLISHED)");
  static const std::regex lease(
      R"(connection [^\n]*\bof pool "backend" to (127\.0\.0\.1:\d+)\b)"
      R"([^\n]*\bon descriptor (\d+))");
  LostResources lost;
  lost.thread = std::regex_search(failure, thread);
  std::smatch sits_on, leased;
  lost.socket = std::regex_search(failure, sits_on, socket);
  lost.lease = std::regex_search(failure, leased, lease);
  // Two reports that happen to stand together are not one story.
  if (lost.socket && lost.lease) {
    lost.lease = sits_on[1] == leased[2] && sits_on[2] == leased[1];
  }
  return lost;
}

StoryVerdicts JudgeStories(const ChildResult& run) {
  StoryVerdicts verdicts;
  const auto complain = [&verdicts](const std::string& complaint) {
    verdicts.complaints.push_back(complaint);
  };
  for (const TestResult& test : run.tests) {
    std::string complaint;
    if (test.suite == "Leaking") {
      complaint = ComplaintAboutLeak(test);
      if (complaint.empty()) ++verdicts.leaks_caught;
    } else if (test.suite == "Fixed") {
      complaint = ComplaintAboutTwin(test);
      if (complaint.empty()) ++verdicts.twins_passed;
    } else {
      complaint = "neither of suite Leaking nor of suite Fixed";
    }
    if (!complaint.empty()) {
      complain(absl::StrCat(test.full_name(), ": ", complaint));
    }
  }
  for (const std::string& failure : run.failures_outside_tests) {
    complain("outside of the tests: " + failure);
  }
  if (verdicts.leaks_caught == 0) complain("leak_stories: no leak was caught");
  if (verdicts.twins_passed == 0) complain("leak_stories: no twin passed");
  if (run.timed_out) {
    complain("leak_stories: did not end in time");
  } else if (run.signal != 0) {
    complain(absl::StrCat("leak_stories: ended by signal ", run.signal));
  } else if (run.exit_code != 1) {
    complain(absl::StrCat("leak_stories: exit code ", run.exit_code,
                          " where 1 is due"));
  }
  return verdicts;
}

}  // namespace http_client
