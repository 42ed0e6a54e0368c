#include "children/conformance/way.h"

#include <unistd.h>

#include <map>

namespace leaktrap::conformance {
namespace {

std::map<std::string, std::vector<Way>>& Tables() {
  static auto* const tables = new std::map<std::string, std::vector<Way>>;
  return *tables;
}

std::string LeftText(const Left& left) {
  const std::string recorded = left.recorded;
  if (recorded.empty()) return "nothing";
  if (recorded == left.unrecorded) return recorded;
  return recorded + "; without the recorder nothing";
}

std::string CallText(const Way& way) {
  if (*way.left.recorded == '\0') return "";
  return *way.call == '\0' ? "not recorded"
                           : "`" + std::string(way.call) + "()`";
}

}  // namespace

void PrintTo(const Way& way, std::ostream* out) {
  *out << "| `" << way.name << "` | " << LeftText(way.left) << " | "
       << CallText(way) << " | "
       << (*way.released == '\0' ? "cannot be" : way.released) << " | "
       << (way.may_be_missing ? "yes" : "") << " |";
}

const std::vector<Way>& WaysOf(const std::string& table) {
  return Tables().at(table);
}

bool List(const Way& way) {
  Tables()[way.table].push_back(way);
  return true;
}

Undo Close(int fd) {
  if (fd == -1) return nullptr;
  return [fd] { close(fd); };
}

Undo Close(const int (&fds)[2]) {
  return [first = fds[0], second = fds[1]] {
    close(first);
    close(second);
  };
}

Undo Close(FILE* stream) {
  if (stream == nullptr) return nullptr;
  return [stream] { fclose(stream); };
}

Undo Close(DIR* directory) {
  if (directory == nullptr) return nullptr;
  return [directory] { closedir(directory); };
}

}  // namespace leaktrap::conformance
