// Reads the XML that GoogleTest writes.

#ifndef LEAKTRAP_TESTING_CHILD_TEST_XML_H_
#define LEAKTRAP_TESTING_CHILD_TEST_XML_H_

#include <string>
#include <vector>

#include "child/child_result.h"

namespace leaktrap::child {

struct TestXml {
  std::vector<TestResult> tests;
  std::vector<std::string> failures_outside_tests;
};

// Throws std::runtime_error when `text` is not XML of GoogleTest's.
TestXml ParseTestXml(const std::string& text);

}  // namespace leaktrap::child

#endif  // LEAKTRAP_TESTING_CHILD_TEST_XML_H_
