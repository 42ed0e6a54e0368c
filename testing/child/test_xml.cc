#include "child/test_xml.h"

#include <pugixml.hpp>
#include <stdexcept>
#include <string_view>
#include <utility>

namespace leaktrap::child {
namespace {

// A text with "]]>" in it is spread over several nodes. GoogleTest 1.18 ends it
// with a newline, which those before do not.
std::string AllText(const pugi::xml_node& node) {
  std::string text;
  for (const pugi::xml_node& piece : node.children()) text += piece.value();
  if (!text.empty() && text.back() == '\n') text.pop_back();
  return text;
}

TestResult ReadTest(const std::string& suite, const pugi::xml_node& testcase) {
  TestResult test;
  test.suite = suite;
  test.name = testcase.attribute("name").value();
  test.ran = std::string_view(testcase.attribute("status").value()) == "run";
  test.skipped =
      std::string_view(testcase.attribute("result").value()) == "skipped";
  for (const pugi::xml_node& failure : testcase.children("failure")) {
    test.failures.push_back(AllText(failure));
  }
  return test;
}

}  // namespace

TestXml ParseTestXml(const std::string& text) {
  pugi::xml_document document;
  const pugi::xml_parse_result parsed = document.load_buffer(
      text.data(), text.size(), pugi::parse_default | pugi::parse_ws_pcdata);
  if (!parsed) {
    throw std::runtime_error(std::string("XML: ") + parsed.description() +
                             " at byte " + std::to_string(parsed.offset));
  }
  const pugi::xml_node root = document.child("testsuites");
  if (!root) throw std::runtime_error("XML: no <testsuites>");

  TestXml xml;
  for (const pugi::xml_node& suite : root.children("testsuite")) {
    for (const pugi::xml_node& testcase : suite.children("testcase")) {
      TestResult test = ReadTest(suite.attribute("name").value(), testcase);
      // GoogleTest keeps the failures of environments, listeners and suites
      // in a testcase without a name.
      if (test.name.empty()) {
        for (std::string& failure : test.failures) {
          xml.failures_outside_tests.push_back(std::move(failure));
        }
      } else {
        xml.tests.push_back(std::move(test));
      }
    }
  }
  return xml;
}

}  // namespace leaktrap::child
