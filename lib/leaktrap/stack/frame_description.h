// What a compiler wrote down of one function, for unwinding: its entry (FDE)
// and the common entry (CIE) that it refers to in .eh_frame.

#ifndef LEAKTRAP_STACK_FRAME_DESCRIPTION_H_
#define LEAKTRAP_STACK_FRAME_DESCRIPTION_H_

#include <cstdint>
#include <optional>

#include "leaktrap/stack/byte_reader.h"
#include "leaktrap/stack/loaded_code.h"

namespace leaktrap::internal {

struct FrameDescription {
  // The function's code.
  ByteRange function;
  // Instructions that call_frame_info.h understands: those common to many
  // functions, then this function's own.
  ByteRange common_program;
  ByteRange program;
  // The factors that instructions' numbers are to be multiplied with.
  uint64_t code_alignment = 0;
  int64_t data_alignment = 0;
  // The column of the return address.
  uint64_t return_address = 0;
  // Of addresses in the instructions.
  uint8_t pointer_encoding = 0;
  // Whether the kernel made the frame, to call a signal's handler: the address
  // to return to is then not one after a call, but where the program was.
  bool is_signal_frame = false;
};

// The description of the function that holds `address`; nullopt if the module
// has none, or one of a form that is not understood.
std::optional<FrameDescription> FindFrameDescription(const LoadedModule& module,
                                                     uintptr_t address);

// The description whose FDE lies at `entry`.
std::optional<FrameDescription> ReadFrameDescription(const LoadedModule& module,
                                                     uintptr_t entry);

}  // namespace leaktrap::internal

#endif  // LEAKTRAP_STACK_FRAME_DESCRIPTION_H_
