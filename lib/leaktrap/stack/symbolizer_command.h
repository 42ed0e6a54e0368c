// Which program tells files and lines.

#ifndef LEAKTRAP_STACK_SYMBOLIZER_COMMAND_H_
#define LEAKTRAP_STACK_SYMBOLIZER_COMMAND_H_

#include <string>
#include <vector>

namespace leaktrap::internal {

struct SymbolizerCommand {
  // What it is asked in, and answers in.
  enum class Dialect { kLlvmSymbolizer, kAddr2line };

  // To be executed as it is.
  std::string path;
  Dialect dialect = Dialect::kLlvmSymbolizer;
};

// The program at `path`; by its file name, addr2line's dialect or LLVM's.
SymbolizerCommand SymbolizerAt(const std::string& path);

// The programs to try, the best first: llvm-symbolizer (one process for all),
// then addr2line, looked for in the folders of `search_path` (written as PATH
// is) and in the usual places. Starts nothing.
std::vector<SymbolizerCommand> FindSymbolizers(const std::string& search_path);

}  // namespace leaktrap::internal

#endif  // LEAKTRAP_STACK_SYMBOLIZER_COMMAND_H_
