// Bytes that are taken for a loaded shared object.

#ifndef LEAKTRAP_STACK_HOSTILE_MODULE_FOR_TEST_H_
#define LEAKTRAP_STACK_HOSTILE_MODULE_FOR_TEST_H_

#include <algorithm>
#include <cstdint>
#include <string_view>

#include "leaktrap/stack/byte_reader.h"
#include "leaktrap/stack/guarded_bytes_for_test.h"
#include "leaktrap/stack/loaded_code.h"

namespace leaktrap::internal {

// One segment with everything in it, code and tables, behind which there is no
// memory.
class HostileModule {
 public:
  // The table of .eh_frame_hdr begins at `table`.
  HostileModule(std::string_view segment, size_t table)
      : bytes_(segment.data(), segment.size()) {
    const ByteRange range = bytes_.range();
    module_.readable = {range};
    module_.unwind_table = {range.begin + std::min(table, segment.size()),
                            range.end};
    code_.Add(module_, {range});
  }

  uintptr_t begin() const { return bytes_.range().begin; }
  ByteRange range() const { return bytes_.range(); }
  const LoadedModule& module() const { return module_; }
  const LoadedCode& code() const { return code_; }

 private:
  GuardedBytes bytes_;
  LoadedModule module_;
  LoadedCode code_;
};

}  // namespace leaktrap::internal

#endif  // LEAKTRAP_STACK_HOSTILE_MODULE_FOR_TEST_H_
