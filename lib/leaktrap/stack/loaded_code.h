// The code that is loaded, and where the tables lie that say how to unwind it.

#ifndef LEAKTRAP_STACK_LOADED_CODE_H_
#define LEAKTRAP_STACK_LOADED_CODE_H_

#include <cstdint>
#include <vector>

#include "absl/functional/function_ref.h"
#include "leaktrap/stack/byte_reader.h"

namespace leaktrap::internal {

// An executable or shared object.
struct LoadedModule {
  // What of it is mapped and can be read.
  std::vector<ByteRange> readable;
  // .eh_frame_hdr; empty if it has none.
  ByteRange unwind_table;

  // A reader at `address`, confined to the segment that it lies in; one that
  // has failed if it lies in none.
  ByteReader ReadAt(uintptr_t address) const;
};

class LoadedCode {
 public:
  // `executable`: the segments that hold the module's code.
  void Add(LoadedModule module, const std::vector<ByteRange>& executable);

  // The module whose code holds `address`; nullptr if it is no code.
  const LoadedModule* Find(uintptr_t address) const;

  // A reader at `address`, in whatever module it lies.
  ByteReader ReadAt(uintptr_t address) const;

 private:
  struct Segment {
    ByteRange range;
    size_t module = 0;
  };

  std::vector<LoadedModule> modules_;
  // By address.
  std::vector<Segment> code_;
};

// Calls `use` with all that is loaded. Nothing is unloaded meanwhile, so what
// it says can be read stays there: other threads' dlopen and dlclose wait.
void WithLoadedCode(absl::FunctionRef<void(const LoadedCode&)> use);

}  // namespace leaktrap::internal

#endif  // LEAKTRAP_STACK_LOADED_CODE_H_
