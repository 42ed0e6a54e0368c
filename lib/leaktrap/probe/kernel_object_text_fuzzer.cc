// Links of descriptors that no kernel has written yet.

#include <cstddef>
#include <cstdint>
#include <string>

#include "leaktrap/probe/descriptor_text.h"
#include "leaktrap/probe/kernel_object_text.h"
#include "leaktrap/probe/printable_text.h"
#include "leaktrap/system/fuzzing_for_test.h"

namespace leaktrap::internal {
namespace {

bool IsLine(const std::string& text) { return text == Printable(text); }

void Check(const std::string& link) {
  const DescriptorText text = TextOfKernelObject(link);
  FUZZ_CHECK(IsLine(text.name));
  FUZZ_CHECK(IsLine(text.description));
  FUZZ_CHECK(IsLine(text.likeness));
  FUZZ_CHECK(text.description.find(text.name) == 0);
  FUZZ_CHECK(!text.likeness.empty() && !text.release.empty());
}

}  // namespace
}  // namespace leaktrap::internal

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  leaktrap::internal::Check(leaktrap::internal::FuzzInput(data, size).Rest());
  return 0;
}
