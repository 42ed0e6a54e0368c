#include "examples/legacy_suite/config.h"

#include <cstdio>
#include <cstdlib>
#include <optional>
#include <string>

#include "examples/legacy_suite/mended.h"

namespace mail {
namespace {

bool Set(const std::string& line, Config* config) {
  const size_t space = line.find(' ');
  if (space == line.npos) return false;
  const std::string key = line.substr(0, space);
  const std::string value = line.substr(space + 1);
  if (key == "spool") {
    config->spool = value;
  } else if (key == "forward_to") {
    config->forward_to = value;
  } else if (key == "workers") {
    config->workers = std::atoi(value.c_str());
  } else {
    return false;
  }
  return true;
}

}  // namespace

std::optional<Config> Config::Load(const std::string& path) {
  std::FILE* const file = std::fopen(path.c_str(), "re");
  if (file == nullptr) return std::nullopt;
  Config config;
  char line[256];
  while (std::fgets(line, sizeof line, file) != nullptr) {
    std::string text = line;
    while (!text.empty() && text.back() == '\n') text.pop_back();
    if (text.empty() || text[0] == '#') continue;
    if (!Set(text, &config)) {
      if (Mended(1)) std::fclose(file);
      return std::nullopt;
    }
  }
  std::fclose(file);
  return config;
}

}  // namespace mail
