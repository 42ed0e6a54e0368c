#include "leaktrap/passing_case.h"

#include <stdlib.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <stdexcept>
#include <string>
#include <system_error>

#include "child/child.h"

namespace leaktrap::internal {
namespace {

constexpr char kChildren[] = "testing/leaktrap/children/";

std::string ProgramOf(Looker looker) {
  switch (looker) {
    case Looker::kLeaktrap:
      return "passing_child";
    case Looker::kLeaktrapWithoutRecorder:
      return "passing_without_recorder_child";
    default:
      return "passing_without_leaktrap_child";
  }
}

std::string ListenerOf(Looker looker) {
  switch (looker) {
    case Looker::kSilent:
      return "silent";
    case Looker::kScan:
      return "scan";
    case Looker::kNaive:
      return "naive";
    default:
      return "none";
  }
}

// A folder for the files of one run.
class ScratchFolder {
 public:
  ScratchFolder()
      : path_(std::filesystem::temp_directory_path() / "passing_case.XXXXXX") {
    if (mkdtemp(path_.data()) == nullptr) {
      throw std::runtime_error("cannot make " + path_);
    }
  }
  ~ScratchFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }

  ScratchFolder(const ScratchFolder&) = delete;
  ScratchFolder& operator=(const ScratchFolder&) = delete;

  std::string File(const std::string& name) const { return path_ + "/" + name; }

 private:
  std::string path_;
};

std::string Argument(const std::string& name, int value) {
  return "--" + name + "=" + std::to_string(value);
}

}  // namespace

PassingRun RunPassingTests(Looker looker, const Crowd& crowd, int tests) {
  const ScratchFolder folder;
  const std::string result_file = folder.File("result.txt");
  child::ChildOptions options;
  options.xml = false;
  options.args = {Argument("tests", tests),
                  Argument("descriptors", crowd.descriptors),
                  Argument("threads", crowd.threads),
                  Argument("leases", crowd.leases),
                  "--listener=" + ListenerOf(looker),
                  "--output=" + folder.File("output.txt"),
                  "--result=" + result_file};
  const auto begin = std::chrono::steady_clock::now();
  const child::ChildResult child =
      child::RunChild(kChildren + ProgramOf(looker), options);
  const std::chrono::duration<double> wall =
      std::chrono::steady_clock::now() - begin;

  PassingRun run;
  run.wall_seconds = wall.count();
  std::ifstream(result_file) >> run.nanoseconds_per_test;
  if (child.exit_code != 0 || run.nanoseconds_per_test <= 0) {
    std::ostringstream what;
    what << ProgramOf(looker) << " " << child;
    throw std::runtime_error(what.str());
  }
  return run;
}

}  // namespace leaktrap::internal
