// What of a verdict goes into GoogleTest's XML (and its JSON): numbers, as
// properties of a test, and as attributes of a suite or of the whole run.

#ifndef LEAKTRAP_XML_PROPERTIES_H_
#define LEAKTRAP_XML_PROPERTIES_H_

#include <chrono>

#include "leaktrap/check/verifier.h"

namespace leaktrap::internal {

// For the testing thread.
class XmlProperties {
 public:
  void StartTest() { *this = XmlProperties(); }

  // Adds up what the running test's scopes came to. Where no test runs, a
  // verdict is the only one of its suite, or of the run. Records nothing but
  // what is more than zero: leaktrap_leaks, leaktrap_only_reported,
  // leaktrap_tolerated, leaktrap_exceeded, leaktrap_unmet,
  // leaktrap_could_not_look, leaktrap_waited_ms.
  void Record(const Verdict& verdict);

 private:
  int leaks_ = 0;
  int only_reported_ = 0;
  int tolerated_ = 0;
  int exceeded_ = 0;
  int unmet_ = 0;
  int could_not_look_ = 0;
  std::chrono::nanoseconds waited_{0};
};

}  // namespace leaktrap::internal

#endif  // LEAKTRAP_XML_PROPERTIES_H_
