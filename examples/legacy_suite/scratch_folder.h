// For the tests: a folder that is gone when its test is over.

#ifndef EXAMPLES_LEGACY_SUITE_SCRATCH_FOLDER_H_
#define EXAMPLES_LEGACY_SUITE_SCRATCH_FOLDER_H_

#include <stdlib.h>

#include <filesystem>
#include <fstream>
#include <string>

#include "gtest/gtest.h"

namespace mail {

class ScratchFolder {
 public:
  ScratchFolder() { EXPECT_NE(mkdtemp(path_.data()), nullptr); }
  ~ScratchFolder() { std::filesystem::remove_all(path_); }

  ScratchFolder(const ScratchFolder&) = delete;
  ScratchFolder& operator=(const ScratchFolder&) = delete;

  const std::string& path() const { return path_; }

  // Writes a file, and returns its path.
  std::string Add(const std::string& name, const std::string& text) const {
    const std::string path = path_ + "/" + name;
    std::ofstream(path) << text;
    return path;
  }

 private:
  std::string path_ = testing::TempDir() + "mailXXXXXX";
};

}  // namespace mail

#endif  // EXAMPLES_LEGACY_SUITE_SCRATCH_FOLDER_H_
