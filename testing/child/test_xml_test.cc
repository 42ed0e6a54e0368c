#include "child/test_xml.h"

#include <stdexcept>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace leaktrap::child {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::ThrowsMessage;

// What GoogleTest writes is read in child_test. Here stands what this version
// of it does not write.

TEST(ParseTestXmlTest, SuiteFailuresOfNewerGoogleTestAreOutsideTests) {
  const TestXml xml = ParseTestXml(R"(<?xml version="1.0" encoding="UTF-8"?>
<testsuites tests="1" failures="0" name="AllTests">
  <testsuite name="Sample" tests="1" failures="0">
    <testcase name="Passes" status="run" result="completed" />
    <testcase name="" status="run" result="completed">
      <failure message="short" type=""><![CDATA[a.cc:7
long]]></failure>
    </testcase>
  </testsuite>
</testsuites>)");
  ASSERT_EQ(xml.tests.size(), 1);
  EXPECT_EQ(xml.tests[0].full_name(), "Sample.Passes");
  EXPECT_THAT(xml.tests[0].failures, IsEmpty());
  EXPECT_THAT(xml.failures_outside_tests, ElementsAre("a.cc:7\nlong"));
}

TEST(ParseTestXmlTest, NewlineAfterAFailureIsNotPartOfIt) {
  const TestXml xml = ParseTestXml(R"(<testsuites><testsuite name="Sample">
    <testcase name="Fails">
      <failure><![CDATA[a.cc:7
one

]]></failure>
    </testcase>
  </testsuite></testsuites>)");
  ASSERT_EQ(xml.tests.size(), 1);
  EXPECT_THAT(xml.tests[0].failures, ElementsAre("a.cc:7\none\n"));
}

TEST(ParseTestXmlTest, NoTestsIsXmlToo) {
  EXPECT_THAT(ParseTestXml("<testsuites/>").tests, IsEmpty());
}

TEST(ParseTestXmlTest, TextThatIsNoTestXmlThrows) {
  for (const char* text : {"", "x", "<testsuites>", "<testsuites><a"}) {
    EXPECT_THAT([=] { ParseTestXml(text); },
                ThrowsMessage<std::runtime_error>(HasSubstr("at byte")))
        << text;
  }
  EXPECT_THAT([] { ParseTestXml("<html/>"); },
              ThrowsMessage<std::runtime_error>(HasSubstr("<testsuites>")));
}

}  // namespace
}  // namespace leaktrap::child
