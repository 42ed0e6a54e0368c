// The importer's settings.

#ifndef EXAMPLES_LEGACY_SUITE_CONFIG_H_
#define EXAMPLES_LEGACY_SUITE_CONFIG_H_

#include <optional>
#include <string>

namespace mail {

struct Config {
  std::string spool;
  std::string forward_to;
  int workers = 2;

  // Reads a file of lines "key value"; nothing if one of them is wrong.
  static std::optional<Config> Load(const std::string& path);
};

}  // namespace mail

#endif  // EXAMPLES_LEGACY_SUITE_CONFIG_H_
