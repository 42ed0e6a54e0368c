// Runs leak_stories, shows what it printed, and says whether every leak was
// caught and every fixed twin was clean. Exits with 0 only if so.

#include <exception>
#include <filesystem>
#include <iostream>
#include <string>

#include "child/child.h"
#include "examples/http_client/story_verdicts.h"

namespace {

int Demo() {
  // Bazel builds the two side by side, and the demo may be started from
  // anywhere.
  const std::filesystem::path here =
      std::filesystem::read_symlink("/proc/self/exe").parent_path();
  const leaktrap::child::ChildResult run =
      leaktrap::child::RunChild(here / "leak_stories");
  std::cout << run.console << '\n';

  const http_client::StoryVerdicts verdicts = http_client::JudgeStories(run);
  for (const std::string& complaint : verdicts.complaints) {
    std::cout << complaint << '\n';
  }
  std::cout << verdicts.leaks_caught << " leaks caught, "
            << verdicts.twins_passed << " clean twins passed";
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
