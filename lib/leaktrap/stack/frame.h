// One line of a stack, as a reader understands it.

#ifndef LEAKTRAP_STACK_FRAME_H_
#define LEAKTRAP_STACK_FRAME_H_

#include <cstdint>
#include <string>

namespace leaktrap::internal {

struct Frame {
  // Demangled; empty if nothing knows it. The compiler may know an inlined
  // function by its last name only ("Start", not "app::Pool::Start").
  std::string function;
  // As the debug information spells it, relative to the workspace where Bazel
  // built it; empty if unknown.
  std::string file;
  // 0 if unknown.
  int line = 0;
  // Whether the call was inlined into the frame after this one.
  bool inlined = false;
  // The executable or shared object, a path; empty if the address is in none.
  std::string module;
  // Of the return address in the module, as the module's own tables count.
  uintptr_t module_offset = 0;
  // The return address.
  uintptr_t address = 0;
};

}  // namespace leaktrap::internal

#endif  // LEAKTRAP_STACK_FRAME_H_
