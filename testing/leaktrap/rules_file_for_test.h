// Runs of an old program with leaks, with a file of rules of its own.

#ifndef LEAKTRAP_RULES_FILE_FOR_TEST_H_
#define LEAKTRAP_RULES_FILE_FOR_TEST_H_

#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include "child/child.h"
#include "gtest/gtest.h"

namespace leaktrap {

using Environment = std::map<std::string, std::string>;

// All that known_child leaves.
inline constexpr char kAll[] =
    R"(# Known leaks, a rule a line: a test that leaves more than these fails.
# --leaktrap_update_rules takes out what is gone.
descriptors maker=old::OpenLog test=(program) count=1 reason=known, not looked into yet
processes maker=old::StartChild test=Child.IsForgotten count=1 reason=known, not looked into yet
descriptors maker=old::OpenSpool test=Few/Numbered.Opens/1 count=1 reason=known, not looked into yet
descriptors maker=old::OpenSpool test=Few/Numbered.Opens/2 count=2 reason=known, not looked into yet
descriptors maker=old::Nested_Opens_Test::TestBody test=Nested.Opens count=1 reason=known, not looked into yet
descriptors maker=old::OpenLog test=Nested.Opens count=1 reason=known, not looked into yet
descriptors maker=old::OpenLog test=Shared count=1 reason=known, not looked into yet
threads maker=old::StartWorker test=Shared.Two count=1 reason=known, not looked into yet
descriptors maker=old::OpenSpool test=Spool.Opens count=2 reason=known, not looked into yet
descriptors maker=old::OpenLog test=Spool.OpensAndLogs count=2 reason=known, not looked into yet
descriptors maker=old::OpenSpool test=Spool.OpensAndLogs count=1 reason=known, not looked into yet
threads maker=old::StartWorker test=Worker.Starts count=1 reason=known, not looked into yet
threads maker=old::StartWorker test=Worker.StartsTwo count=2 reason=known, not looked into yet
)";

class RulesFileTest : public testing::Test {
 protected:
  RulesFileTest() {
    std::string path = testing::TempDir() + "/rules_XXXXXX";
    if (mkdtemp(path.data()) == nullptr) std::abort();
    folder_ = path;
  }
  ~RulesFileTest() override { std::filesystem::remove_all(folder_); }

  std::string path() const { return folder_ + "/old.rules"; }

  std::string Text() const {
    std::ostringstream text;
    text << std::ifstream(path()).rdbuf();
    return text.str();
  }
  void Write(const std::string& text) const { std::ofstream(path()) << text; }

  child::ChildResult Run(std::vector<std::string> args,
                         const Environment& env = {}, bool xml = true) const {
    child::ChildOptions options;
    options.args = std::move(args);
    options.args.push_back("--leaktrap_rules=" + path());
    options.env = env;
    options.xml = xml;
    return child::RunChild("testing/leaktrap/children/known_child", options);
  }

  // What there is beside the file of rules.
  std::vector<std::string> Folder() const {
    std::vector<std::string> names;
    for (const auto& entry : std::filesystem::directory_iterator(folder_)) {
      names.push_back(entry.path().filename());
    }
    return names;
  }

 private:
  std::string folder_;
};

}  // namespace leaktrap

#endif  // LEAKTRAP_RULES_FILE_FOR_TEST_H_
