// Paths of files that no build has written yet.

#include <cstddef>
#include <cstdint>
#include <string>

#include "leaktrap/stack/source_path.h"
#include "leaktrap/system/fuzzing_for_test.h"

namespace leaktrap::internal {
namespace {

std::string FileName(const std::string& path) {
  return path.substr(path.rfind('/') + 1);
}

void Check(const std::string& file) {
  const std::string path = SourcePath(file);
  FUZZ_CHECK(path.size() <= file.size());
  FUZZ_CHECK(FileName(path) == FileName(file));
  FUZZ_CHECK(SourcePath("/proc/self/cwd/" + path).size() <= path.size());
}

}  // namespace
}  // namespace leaktrap::internal

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  leaktrap::internal::Check(leaktrap::internal::FuzzInput(data, size).Rest());
  return 0;
}
