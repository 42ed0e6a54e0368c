#include "leaktrap/scenarios/named_lines.h"

#include <cstddef>
#include <sstream>
#include <string>
#include <vector>

namespace leaktrap::scenarios {
namespace {

size_t Indent(const std::string& line) { return line.find_first_not_of(' '); }

}  // namespace

std::vector<std::string> NamedLines(const std::string& report,
                                    const std::string& headline,
                                    const std::string& folder) {
  std::vector<std::string> named;
  std::istringstream lines(report);
  size_t indent = 0;
  bool is_in_stack = false;
  bool is_named = false;
  for (std::string line; std::getline(lines, line);) {
    const size_t start = Indent(line);
    if (start == std::string::npos) {
      is_in_stack = false;
    } else if (line.compare(start, headline.size(), headline) == 0) {
      indent = start;
      is_in_stack = true;
      is_named = false;
      named.push_back(line.substr(start));
    } else if (start <= indent) {
      is_in_stack = false;
    } else if (is_in_stack && !is_named) {
      const size_t place = line.rfind(' ') + 1;
      if (line.compare(place, folder.size(), folder) != 0) continue;
      named.back() = line.substr(place);
      is_named = true;
    }
  }
  return named;
}

}  // namespace leaktrap::scenarios
