// Names of functions from an executable's or shared object's own symbol table:
// no child process, no lines, no inlined functions.

#ifndef LEAKTRAP_STACK_SYMBOL_TABLE_H_
#define LEAKTRAP_STACK_SYMBOL_TABLE_H_

#include <cstdint>
#include <string>
#include <vector>

namespace leaktrap::internal {

// The symbols, mangled, of the functions that hold `offsets` in the file `path`
// (see module_map.h), in the same order; empty for one that the table does not
// name. All are empty if the file cannot be read or is no ELF file of this
// machine's word size. One descriptor is open during the call.
std::vector<std::string> FunctionSymbols(const std::string& path,
                                         const std::vector<uintptr_t>& offsets);

}  // namespace leaktrap::internal

#endif  // LEAKTRAP_STACK_SYMBOL_TABLE_H_
