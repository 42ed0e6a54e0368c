#include "leaktrap/stack/symbolizer_command.h"

#include <sys/stat.h>
#include <unistd.h>

#include <string>
#include <vector>

namespace leaktrap::internal {
namespace {

// Releases of LLVM whose name a distribution may append; the newest first, as
// it reads what the older ones wrote.
constexpr int kNewestLlvm = 40;
constexpr int kOldestLlvm = 11;

std::vector<std::string> Folders(const std::string& search_path) {
  std::vector<std::string> folders;
  size_t start = 0;
  while (start <= search_path.size()) {
    size_t end = search_path.find(':', start);
    if (end == std::string::npos) end = search_path.size();
    // A relative folder is not where it was when a test changes directory, and
    // may be anybody's.
    if (end > start && search_path[start] == '/') {
      folders.push_back(search_path.substr(start, end - start));
    }
    start = end + 1;
  }
  for (const char* usual : {"/usr/local/bin", "/usr/bin", "/bin"}) {
    folders.push_back(usual);
  }
  return folders;
}

bool IsProgram(const std::string& path) {
  struct stat status;
  return stat(path.c_str(), &status) == 0 && S_ISREG(status.st_mode) &&
         access(path.c_str(), X_OK) == 0;
}

std::string FindIn(const std::vector<std::string>& folders,
                   const std::string& name) {
  for (const std::string& folder : folders) {
    const std::string path = folder + "/" + name;
    if (IsProgram(path)) return path;
  }
  return "";
}

std::string FindLlvm(const std::vector<std::string>& folders) {
  std::string path = FindIn(folders, "llvm-symbolizer");
  for (int i = kNewestLlvm; path.empty() && i >= kOldestLlvm; --i) {
    const std::string release = std::to_string(i);
    path = FindIn(folders, "llvm-symbolizer-" + release);
    if (path.empty()) {
      path = FindIn({"/usr/lib/llvm-" + release + "/bin"}, "llvm-symbolizer");
    }
  }
  return path;
}

}  // namespace

SymbolizerCommand SymbolizerAt(const std::string& path) {
  const std::string name = path.substr(path.rfind('/') + 1);
  return {path, name.find("addr2line") != std::string::npos
                    ? SymbolizerCommand::Dialect::kAddr2line
                    : SymbolizerCommand::Dialect::kLlvmSymbolizer};
}

std::vector<SymbolizerCommand> FindSymbolizers(const std::string& search_path) {
  const std::vector<std::string> folders = Folders(search_path);
  std::vector<SymbolizerCommand> found;
  for (const std::string& path :
       {FindLlvm(folders), FindIn(folders, "addr2line")}) {
    if (!path.empty()) found.push_back(SymbolizerAt(path));
  }
  return found;
}

}  // namespace leaktrap::internal
