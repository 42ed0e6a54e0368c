// Runs a child binary that writes a JSON report, and reads it.

#ifndef LEAKTRAP_JSON_CHILD_RUN_H_
#define LEAKTRAP_JSON_CHILD_RUN_H_

#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <stdexcept>
#include <string>
#include <vector>

#include "child/child.h"
#include "gtest/gtest.h"
#include "leaktrap/report/json_for_test.h"

namespace leaktrap::internal {

// A folder for the life of a test.
class ScratchFolder {
 public:
  ScratchFolder() { std::filesystem::create_directory(path_); }
  ~ScratchFolder() { std::filesystem::remove_all(path_); }

  std::filesystem::path operator/(const std::string& name) const {
    return path_ / name;
  }
  const std::filesystem::path& path() const { return path_; }

  // The names in it, sorted.
  std::vector<std::string> Names() const {
    std::vector<std::string> names;
    for (const auto& entry : std::filesystem::directory_iterator(path_)) {
      names.push_back(entry.path().filename().string());
    }
    std::sort(names.begin(), names.end());
    return names;
  }

 private:
  const std::filesystem::path path_ =
      std::filesystem::path(testing::TempDir()) /
      ("json." + std::to_string(getpid()));
};

inline std::string ReadFile(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) throw std::runtime_error("cannot read " + path.string());
  return {std::istreambuf_iterator<char>(file), {}};
}

class JsonChildTest : public testing::Test {
 protected:
  static std::string PathOf(const std::string& binary) {
    return "testing/leaktrap/children/" + binary;
  }

  // Runs it with --leaktrap_json=report.json, and reads that.
  void Run(const std::string& binary, const std::string& filter = "*",
           std::vector<std::string> args = {}) {
    options_.args = std::move(args);
    options_.args.push_back("--gtest_filter=" + filter);
    options_.args.push_back("--leaktrap_json=" + file_.string());
    child_ = child::RunChild(PathOf(binary), options_);
    report_ = Json::Parse(ReadFile(file_));
  }

  std::vector<Json> Entries(const std::string& kind) const {
    std::vector<Json> entries;
    for (const Json& entry : report_["entries"].array()) {
      if (entry["entry"].string() == kind) entries.push_back(entry);
    }
    return entries;
  }

  // The only entry of a test, "Suite.Name".
  Json Test(const std::string& name) const {
    std::vector<Json> found;
    for (const Json& entry : Entries("test")) {
      if (entry["suite"].string() + "." + entry["test"].string() == name) {
        found.push_back(entry);
      }
    }
    if (found.size() != 1) {
      throw std::runtime_error(std::to_string(found.size()) + " entries of " +
                               name);
    }
    return found.front();
  }

  const ScratchFolder folder_;
  const std::filesystem::path file_ = folder_ / "report.json";
  child::ChildOptions options_;
  child::ChildResult child_;
  Json report_;
};

}  // namespace leaktrap::internal

#endif  // LEAKTRAP_JSON_CHILD_RUN_H_
