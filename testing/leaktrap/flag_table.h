// Every flag of Leaktrap's, once: how it is read, and what --help says of it.

#ifndef LEAKTRAP_FLAG_TABLE_H_
#define LEAKTRAP_FLAG_TABLE_H_

#include <string>
#include <vector>

#include "leaktrap/check/options.h"

namespace leaktrap::internal {

inline constexpr char kFlagPrefix[] = "--leaktrap_";
inline constexpr char kVariablePrefix[] = "LEAKTRAP_";

// One setting as it was given: `--leaktrap_linger=5s` or `LEAKTRAP_LINGER=5s`.
struct Setting {
  std::string name;      // "linger"
  std::string value;     // "5s"
  std::string given_as;  // "--leaktrap_linger"
  bool has_value;        // false without a "="
};

struct Flag {
  const char* name;           // "linger"
  const char* value;          // how it is given: "=TIME"
  const char* what;           // in a few words
  const char* default_value;  // in words

  // Returns what is wrong with the value and what to write instead; empty if it
  // was taken.
  std::string (*set)(const Setting& setting, Options* options);
};

// In the order of their names.
const std::vector<Flag>& AllFlags();

}  // namespace leaktrap::internal

#endif  // LEAKTRAP_FLAG_TABLE_H_
