#include "leaktrap/scenarios/marked_lines.h"

#include <fstream>
#include <map>
#include <sstream>
#include <stdexcept>
#include <string>
#include <vector>

namespace leaktrap::scenarios {

std::map<std::string, std::string> MarkedLines(
    const std::vector<std::string>& files, const std::string& word) {
  const std::string mark = "// " + word + ": ";
  std::map<std::string, std::string> lines;
  for (const std::string& file : files) {
    std::ifstream source(file);
    if (!source) throw std::runtime_error("cannot read " + file);
    std::string line;
    for (int number = 1; std::getline(source, line); ++number) {
      const size_t at = line.find(mark);
      if (at == std::string::npos) continue;
      std::istringstream names(line.substr(at + mark.size()));
      for (std::string name; names >> name;) {
        const std::string place = file + ":" + std::to_string(number);
        if (!lines.emplace(name, place).second) {
          throw std::runtime_error(name + " is marked twice, also at " + place);
        }
      }
    }
  }
  return lines;
}

}  // namespace leaktrap::scenarios
