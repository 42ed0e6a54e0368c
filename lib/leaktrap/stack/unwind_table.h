// .eh_frame_hdr: where in .eh_frame a function's entry lies.

#ifndef LEAKTRAP_STACK_UNWIND_TABLE_H_
#define LEAKTRAP_STACK_UNWIND_TABLE_H_

#include <cstdint>
#include <optional>

#include "leaktrap/stack/loaded_code.h"

namespace leaktrap::internal {

// The address of the entry of the last function that begins at or before
// `address`, which may end before it. nullopt if the module has no table that
// can be searched, as all linkers write.
std::optional<uintptr_t> LookUpEntry(const LoadedModule& module,
                                     uintptr_t address);

}  // namespace leaktrap::internal

#endif  // LEAKTRAP_STACK_UNWIND_TABLE_H_
