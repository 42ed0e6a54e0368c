#include "child/child.h"

#include <stdlib.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <sstream>
#include <stdexcept>
#include <system_error>
#include <utility>

#include "child/process.h"
#include "child/test_xml.h"

namespace leaktrap::child {
namespace {

namespace fs = std::filesystem;

std::string EnvOr(const char* name, const std::string& otherwise) {
  const char* const value = getenv(name);
  return value == nullptr ? otherwise : value;
}

// Under `bazel test` the current directory is the workspace's runfiles; a test
// that changed it is helped by the variables.
std::string Locate(const std::string& runfiles_path) {
  std::vector<fs::path> candidates = {fs::absolute(runfiles_path)};
  const std::string runfiles = EnvOr("TEST_SRCDIR", EnvOr("RUNFILES_DIR", ""));
  if (!runfiles.empty()) {
    candidates.push_back(fs::path(runfiles) /
                         EnvOr("TEST_WORKSPACE", "leaktrap") / runfiles_path);
  }
  std::string looked;
  for (const fs::path& candidate : candidates) {
    if (fs::is_regular_file(candidate)) return candidate;
    looked += " " + candidate.string();
  }
  throw std::runtime_error("no child binary (is it in the test's data?) at" +
                           looked);
}

// A directory of its own, so that whether the child writes a file is the
// child's doing.
class FreshDirectory {
 public:
  FreshDirectory()
      : path_(EnvOr("TEST_TMPDIR", EnvOr("TMPDIR", "/tmp")) + "/child.XXXXXX") {
    if (mkdtemp(path_.data()) == nullptr) {
      throw std::system_error(errno, std::generic_category(), path_);
    }
  }
  ~FreshDirectory() {
    std::error_code ignored;
    fs::remove_all(path_, ignored);
  }

  FreshDirectory(const FreshDirectory&) = delete;
  FreshDirectory& operator=(const FreshDirectory&) = delete;

  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

bool StartsWith(const std::string& text, const std::string& prefix) {
  return text.compare(0, prefix.size(), prefix) == 0;
}

bool SteersTheCaller(const std::string& name) {
  if (name == "TEST_TMPDIR" || name == "TEST_SRCDIR" ||
      name == "TEST_WORKSPACE" || name == "LEAKTRAP_RECORD") {
    return false;
  }
  return name == "XML_OUTPUT_FILE" || name == "NO_COLOR" ||
         StartsWith(name, "GITHUB_") || StartsWith(name, "GTEST_") ||
         StartsWith(name, "LEAKTRAP_") || StartsWith(name, "TESTBRIDGE_") ||
         StartsWith(name, "TEST_");
}

std::vector<std::string> Environment(const ChildOptions& options) {
  std::map<std::string, std::string> variables;
  for (char** entry = environ; *entry != nullptr; ++entry) {
    const std::string text = *entry;
    const size_t equals = text.find('=');
    if (equals == std::string::npos) continue;
    const std::string name = text.substr(0, equals);
    if (!SteersTheCaller(name)) variables[name] = text.substr(equals + 1);
  }
  for (const std::string& name : options.unset) variables.erase(name);
  for (const auto& [name, value] : options.env) variables[name] = value;
  std::vector<std::string> environment;
  for (const auto& [name, value] : variables) {
    environment.push_back(name + "=" + value);
  }
  return environment;
}

void ReadXml(const std::string& path, ChildResult* result) {
  if (!fs::exists(path)) return;
  std::ifstream file(path, std::ios::binary);
  const std::string text((std::istreambuf_iterator<char>(file)),
                         std::istreambuf_iterator<char>());
  try {
    if (!file) throw std::runtime_error("cannot read " + path);
    TestXml xml = ParseTestXml(text);
    result->has_xml = true;
    result->tests = std::move(xml.tests);
    result->failures_outside_tests = std::move(xml.failures_outside_tests);
  } catch (const std::runtime_error& e) {
    std::ostringstream message;
    message << e.what() << "\nfrom a child that " << *result;
    throw std::runtime_error(message.str());
  }
}

}  // namespace

ChildResult RunChild(const std::string& runfiles_path,
                     const ChildOptions& options) {
  const FreshDirectory directory;
  const std::string xml = directory.path() + "/test.xml";
  ProcessOptions process;
  std::vector<std::string> command = options.wrapper;
  command.push_back(Locate(runfiles_path));
  process.program = command.front();
  process.args.assign(command.begin() + 1, command.end());
  if (options.xml) process.args.push_back("--gtest_output=xml:" + xml);
  process.args.insert(process.args.end(), options.args.begin(),
                      options.args.end());
  process.environment = Environment(options);
  process.working_dir = options.working_dir;
  process.timeout = options.timeout;
  ProcessEnd end = RunProcess(process);

  ChildResult result;
  result.exit_code = end.exit_code;
  result.signal = end.signal;
  result.timed_out = end.timed_out;
  result.console = std::move(end.output);
  ReadXml(xml, &result);
  return result;
}

}  // namespace leaktrap::child
