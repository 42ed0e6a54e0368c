// Names of functions, mangled and not, and what is none.

#include <cstddef>
#include <cstdint>
#include <string>

#include "leaktrap/stack/function_name.h"
#include "leaktrap/system/fuzzing_for_test.h"

namespace leaktrap::internal {
namespace {

void CheckName(const std::string& function) {
  const std::string bare = BareName(function);
  FUZZ_CHECK(bare.empty() == function.empty());
  FUZZ_CHECK(bare.size() <= function.size());
  FUZZ_CHECK(WithoutParameters(bare).size() <= bare.size());
  FUZZ_CHECK(bare.find(LastName(bare)) != bare.npos);
}

void Check(const std::string& symbol) {
  CheckName(symbol);
  const std::string function = Demangle(symbol);
  FUZZ_CHECK(function == symbol || symbol.compare(0, 2, "_Z") == 0);
  FUZZ_CHECK(function.empty() == symbol.empty());
  CheckName(function);
}

}  // namespace
}  // namespace leaktrap::internal

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  leaktrap::internal::Check(leaktrap::internal::FuzzInput(data, size).Rest());
  return 0;
}
