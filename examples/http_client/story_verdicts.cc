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

// What is wrong with a test that is to go beyond a limit and leave nothing.
std::string ComplaintAboutWaste(const TestResult& test) {
  static const std::regex limit(
      R"(went beyond a limit: pool "backend" (had leased at one time|discarded))"
      R"( \d+ of its connections; Max(Leased|Discarded)\("backend", \d+\))");
  if (!test.failed()) return "its waste was not caught";
  if (test.failures.size() > 1) return "it failed for another reason as well";
  if (!std::regex_search(test.failures.front(), limit)) {
    return "its failure does not name the limit and the pool";
  }
  return {};
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

StoryVerdicts& StoryVerdicts::operator+=(const StoryVerdicts& other) {
  leaks_caught += other.leaks_caught;
  wastes_caught += other.wastes_caught;
  twins_passed += other.twins_passed;
  complaints.insert(complaints.end(), other.complaints.begin(),
                    other.complaints.end());
  return *this;
}

StoryVerdicts JudgeStories(const std::string& program, const ChildResult& run) {
  StoryVerdicts verdicts;
  const auto complain = [&](const std::string& about,
                            const std::string& complaint) {
    verdicts.complaints.push_back(absl::StrCat(about, ": ", complaint));
  };
  for (const TestResult& test : run.tests) {
    std::string complaint = "of none of the suites Leaking, Wasting and Fixed";
    int unknown = 0;
    int* count = &unknown;
    if (test.suite == "Leaking") {
      complaint = ComplaintAboutLeak(test);
      count = &verdicts.leaks_caught;
    } else if (test.suite == "Wasting") {
      complaint = ComplaintAboutWaste(test);
      count = &verdicts.wastes_caught;
    } else if (test.suite == "Fixed") {
      complaint = ComplaintAboutTwin(test);
      count = &verdicts.twins_passed;
    }
    if (complaint.empty()) {
      ++*count;
    } else {
      complain(test.full_name(), complaint);
    }
  }
  for (const std::string& failure : run.failures_outside_tests) {
    complain(program, "outside of the tests: " + failure);
  }
  if (verdicts.leaks_caught + verdicts.wastes_caught == 0) {
    complain(program, "nothing was caught");
  }
  if (verdicts.twins_passed == 0) complain(program, "no twin passed");
  if (run.timed_out) {
    complain(program, "did not end in time");
  } else if (run.signal != 0) {
    complain(program, absl::StrCat("ended by signal ", run.signal));
  } else if (run.exit_code != 1) {
    complain(program,
             absl::StrCat("exit code ", run.exit_code, " where 1 is due"));
  }
  return verdicts;
}

}  // namespace http_client
