// What symbolizers answer, read.

#ifndef LEAKTRAP_STACK_SYMBOLIZER_OUTPUT_H_
#define LEAKTRAP_STACK_SYMBOLIZER_OUTPUT_H_

#include <cstddef>
#include <optional>
#include <string_view>
#include <vector>

#include "leaktrap/stack/frame.h"

namespace leaktrap::internal {

// What llvm-symbolizer --inlines --no-demangle printed for `questions`
// addresses: for each its frames, the innermost first, with function, file,
// line and inlined. What was unknown is empty. nullopt if the text is not
// precisely that: then nothing in it can be trusted.
std::optional<std::vector<std::vector<Frame>>> ReadLlvmSymbolizerOutput(
    std::string_view output, size_t questions);

// The same for addr2line -a -f -i.
std::optional<std::vector<std::vector<Frame>>> ReadAddr2lineOutput(
    std::string_view output, size_t questions);

}  // namespace leaktrap::internal

#endif  // LEAKTRAP_STACK_SYMBOLIZER_OUTPUT_H_
