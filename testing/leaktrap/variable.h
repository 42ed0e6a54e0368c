// Variables of the environment that are not Leaktrap's own: those are flags.

#ifndef LEAKTRAP_VARIABLE_H_
#define LEAKTRAP_VARIABLE_H_

#include <cstdlib>
#include <string>

namespace leaktrap::internal {

// Empty if it is not set.
inline std::string Variable(const char* name) {
  const char* const value = std::getenv(name);
  return value == nullptr ? "" : value;
}

}  // namespace leaktrap::internal

#endif  // LEAKTRAP_VARIABLE_H_
