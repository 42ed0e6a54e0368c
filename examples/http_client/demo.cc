// Runs the leak stories, shows what they printed, and says whether every leak
// and every waste was caught and every fixed twin was clean. Exits with 0 only
// if so.

#include <exception>
#include <filesystem>
#include <iostream>
#include <string>

#include "child/child.h"
#include "examples/http_client/story_verdicts.h"

namespace {

int Demo() {
  // Bazel builds them side by side, and the demo may be started from
  // anywhere.
  const std::filesystem::path here =
      std::filesystem::read_symlink("/proc/self/exe").parent_path();
  http_client::StoryVerdicts verdicts;
  for (const char* program :
       {"leak_stories", "leak_stories_limits", "leak_stories_exhausted"}) {
    const leaktrap::child::ChildResult run =
        leaktrap::child::RunChild(here / program);
    std::cout << run.console << '\n';
    verdicts += http_client::JudgeStories(program, run);
  }
  for (const std::string& complaint : verdicts.complaints) {
    std::cout << complaint << '\n';
  }
  std::cout << verdicts.leaks_caught << " leaks and " << verdicts.wastes_caught
            << " wastes caught, " << verdicts.twins_passed
            << " clean twins passed";
  if (verdicts.complaints.empty()) {
    std::cout << ". Every FAILED above is meant.\n";
    return 0;
  }
  std::cout << ", " << verdicts.complaints.size() << " went wrong.\n";
  return 1;
}

}  // namespace

int main() {
  try {
    return Demo();
  } catch (const std::exception& error) {
    std::cerr << error.what() << '\n';
    return 1;
  }
}
