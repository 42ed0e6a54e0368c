// Which executable or shared object an address of this process lies in.

#ifndef LEAKTRAP_STACK_MODULE_MAP_H_
#define LEAKTRAP_STACK_MODULE_MAP_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace leaktrap::internal {

// A place in a file, which stays the same wherever the file is loaded.
struct ModuleOffset {
  // Of the file on disk. Empty for the kernel's own code (the vDSO).
  std::string path;
  // What the file's symbol table and debug information call the address.
  uintptr_t offset = 0;
  bool is_executable = false;
};

// What is loaded while it is constructed. Opens nothing.
class ModuleMap {
 public:
  ModuleMap();

  // nullopt for an address that is in nothing loaded.
  std::optional<ModuleOffset> Find(uintptr_t address) const;

 private:
  struct Segment {
    uintptr_t begin = 0;
    uintptr_t end = 0;
    size_t module = 0;
  };
  struct Module {
    std::string path;
    uintptr_t base = 0;
    bool is_executable = false;
  };

  std::vector<Module> modules_;
  std::vector<Segment> segments_;
};

}  // namespace leaktrap::internal

#endif  // LEAKTRAP_STACK_MODULE_MAP_H_
