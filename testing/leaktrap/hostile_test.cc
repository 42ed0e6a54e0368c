// Names that try to break a report: whatever the tested program calls its
// things, the console can be read, and JSON and XML are valid.

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

#include "child/child_matchers.h"
#include "child/process.h"
#include "child/test_xml.h"
#include "children/hostile_texts.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "leaktrap/json_child_run.h"

namespace leaktrap::internal {
namespace {

using child::ExitedWith;
using children::HostileTexts;
using children::LongHostileText;
using testing::AllOf;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;
using testing::ResultOf;
using testing::SizeIs;
using testing::StartsWith;
using testing::UnorderedElementsAre;

// The longest line that the console may have, in bytes.
constexpr size_t kLongestLine = 1000;

// Names that are not UTF-8, by their first letters. GoogleTest makes XML that
// is not well-formed out of tests that are named so, and of U+FFFF (M).
constexpr std::string_view kNotUtf8 = "FGHIJZ";
constexpr std::string_view kNotXml = "FGHIJMZ";

std::string RunPython(const std::string& code, const std::string& file) {
  child::ProcessOptions python;
  python.program = "/usr/bin/env";
  python.args = {"python3", "-c", code, file};
  python.environment = {"PATH=/usr/bin:/bin"};
  python.timeout = std::chrono::seconds(60);
  const child::ProcessEnd end = child::RunProcess(python);
  return end.output + (end.exit_code == 0
                           ? ""
                           : "exit code " + std::to_string(end.exit_code));
}

std::vector<std::string> Lines(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream stream(text);
  for (std::string line; std::getline(stream, line);) lines.push_back(line);
  return lines;
}

// What the bytes were before they were made printable.
std::string Unescaped(std::string_view text) {
  std::string out;
  while (!text.empty()) {
    const size_t simple = text[0] == '\\' && text.size() > 1
                              ? std::string_view("nrt").find(text[1])
                              : std::string_view::npos;
    size_t length = 1;
    if (simple != std::string_view::npos) {
      out.push_back("\n\r\t"[simple]);
      length = 2;
    } else if (text.substr(0, 2) == "\\x" && text.size() >= 4) {
      out.push_back(static_cast<char>(
          std::stoi(std::string(text.substr(2, 2)), nullptr, 16)));
      length = 4;
    } else {
      out.push_back(text[0]);
    }
    text.remove_prefix(length);
  }
  return out;
}

// As Unescaped() gives it: `text`, exactly.
testing::Matcher<const std::string&> Shows(const std::string& text) {
  return ResultOf("unescaped", Unescaped, HasSubstr(text));
}

class HostileTest : public JsonChildTest {
 protected:
  HostileTest() {
    const std::filesystem::path files = folder_ / "files";
    std::filesystem::create_directory(files);
    options_.env["HOSTILE_FOLDER"] = std::filesystem::canonical(files);
    options_.xml = false;  // its text is wanted too
  }

  void RunHostile(const std::string& filter,
                  std::vector<std::string> args = {}) {
    args.push_back("--leaktrap_linger=10ms");
    args.push_back("--gtest_output=xml:" + xml_file_.string());
    Run("hostile_child", filter, args);
    xml_ = child::ParseTestXml(ReadFile(xml_file_));
    std::ofstream(console_file_, std::ios::binary) << child_.console;
  }

  // The only failure of a test.
  std::string Failure(const std::string& name) const {
    for (const child::TestResult& test : xml_.tests) {
      if (test.full_name() != name) continue;
      EXPECT_THAT(test.failures, SizeIs(1)) << name;
      return test.failures.empty() ? "" : test.failures.front();
    }
    ADD_FAILURE() << "no test " << name;
    return "";
  }

  // Lines that a console cannot show, or not all of: none.
  static std::string UnreadableLines(const std::string& file) {
    return RunPython(
        "import sys, unicodedata\n"
        "def unfit(c):\n"
        "  category = unicodedata.category(c)\n"
        "  return (category in ('Cc', 'Cn', 'Cs', 'Zl', 'Zp') or\n"
        "          category == 'Cf' and c not in '\\u200c\\u200d')\n"
        "text = open(sys.argv[1], 'rb').read().decode('utf-8')\n"
        "for line in text.split('\\n'):\n"
        "  found = [c for c in line if unfit(c)]\n"
        "  size = len(line.encode('utf-8'))\n"
        "  if found or size > " +
            std::to_string(kLongestLine) +
            ":\n"
            "    print(size, 'bytes,', ascii(found), ascii(line[:200]))\n",
        file);
  }

  // A run whose tests have names without harm: all that it left is fit to be
  // read, and nobody but GoogleTest and Leaktrap begins a line.
  void ExpectReadable() const {
    EXPECT_THAT(child_, ExitedWith(1));
    EXPECT_EQ(UnreadableLines(console_file_), "");
    ExpectWellFormed();
    const std::vector<std::string> lines = Lines(child_.console);
    EXPECT_THAT(lines, Not(Contains(StartsWith("[  PASSED  ] 999 tests."))));
    EXPECT_THAT(lines, Not(Contains(StartsWith("[  OK  ]"))));
    EXPECT_THAT(lines, Not(Contains(StartsWith("Leaktrap: 0 leaks"))));
    EXPECT_THAT(lines, Not(Contains(testing::ContainsRegex("^ *::"))));
    EXPECT_THAT(lines, Not(Contains(HasSubstr("##["))));
  }

  void ExpectWellFormed() const {
    EXPECT_EQ(RunPython("import json, sys; json.load(open(sys.argv[1], 'rb'))",
                        file_),
              "");
    EXPECT_EQ(RunPython("import sys, xml.dom.minidom; "
                        "xml.dom.minidom.parse(sys.argv[1])",
                        xml_file_),
              "");
  }

  const std::filesystem::path xml_file_ = folder_ / "report.xml";
  const std::filesystem::path console_file_ = folder_ / "console";
  child::TestXml xml_;
};

TEST_F(HostileTest, NamesOfResources) {
  RunHostile("Hostile.*");
  ExpectReadable();
  for (const std::string test :
       {"Thread", "Path", "Memfd", "AbstractSocket", "SocketFile", "Connection",
        "Command", "Arguments", "Probe"}) {
    SCOPED_TRACE(test);
    const Json entry = Test("Hostile." + test);
    EXPECT_EQ(entry["verdict"].string(), "failed");
    ASSERT_EQ(entry["leaks"].size(), HostileTexts().size());
    std::vector<std::string> names;
    for (const Json& leak : entry["leaks"].array()) {
      names.push_back(
          leak[test == "Arguments" ? "description" : "name"].string());
    }
    const std::string failure = Failure("Hostile." + test);
    for (std::string text : HostileTexts()) {
      // What the kernel has room for.
      if (test == "Thread" || test == "Command") text = text.substr(0, 15);
      EXPECT_THAT(names, Contains(Shows(text)));
      // The console tells processes of one command together, by the first.
      if (test == "Arguments" && (text[0] < 'A' || text[0] > 'C')) continue;
      EXPECT_THAT(failure, Shows(text));
    }
    EXPECT_THAT(child_.console, HasSubstr(failure.substr(failure.find('\n'))));
  }
  EXPECT_THAT(Failure("Hostile.AbstractSocket"),
              HasSubstr("[  PASSED  ] 999 tests.\\n\\x00\\n."));
  EXPECT_THAT(Failure("Hostile.ProbeByDefault"), Shows(LongHostileText(60)));
}

// Cut on the console only, and not where it says what became of it.
TEST_F(HostileTest, LongNames) {
  RunHostile("HostileLong.*");
  ExpectReadable();
  EXPECT_THAT(Failure("HostileLong.Path"),
              AllOf(HasSubstr("left behind 1 descriptor:"),
                    HasSubstr("bytes left out)..."),
                    HasSubstr(", open as a path only\n")));
  EXPECT_THAT(Unescaped(Test("HostileLong.Path")["leaks"][0]["name"].string()),
              SizeIs(4095));
  EXPECT_THAT(Failure("HostileLong.PathBeyondTheKernels"),
              HasSubstr("whose name cannot be read (File name too long)"));
  EXPECT_THAT(Failure("HostileLong.Connection"),
              AllOf(HasSubstr("\n  connection of pool \"Z"),
                    HasSubstr("bytes left out)..."), HasSubstr(", lease 1\n")));
  EXPECT_EQ(
      Unescaped(Test("HostileLong.Connection")["leaks"][0]["name"].string()),
      LongHostileText());
  EXPECT_THAT(Lines(child_.console),
              Contains(AllOf(HasSubstr("left behind, tolerated: descriptor "),
                             HasSubstr("bytes left out)..."))));
  EXPECT_EQ(Entries("scope").front()["tolerated"][0]["reason"].string().compare(
                0, 6, "Z\u20ac\x1b\n"),
            0);
  EXPECT_THAT(Failure("HostileLong.ReportAsAValue"),
              AllOf(HasSubstr("\n  connection of pool \"Z"),
                    HasSubstr("bytes left out)..."), HasSubstr(", lease 1\n")));
}

// The texts of users that a report quotes, one after the other as one text.
TEST_F(HostileTest, ErrorsAndRules) {
  RunHostile("*", {"--leaktrap_strict"});
  ExpectReadable();
  std::string all;
  for (const std::string& text : HostileTexts()) all += text;
  EXPECT_THAT(Failure("HostileError.OfAProbe"),
              AllOf(HasSubstr("could not look after"), Shows(all)));
  EXPECT_THAT(Failure("HostileError.ThrownByAProbe"),
              Shows("a probe threw: " + all));
  EXPECT_THAT(Failure("HostileError.ThrownBeforeTheCheck"),
              Shows("threw: " + all));
  EXPECT_THAT(
      Failure("HostileRule.Refused"),
      Shows("IgnoreThread(\"" + all + "\", \"\"): the reason is empty"));
  EXPECT_THAT(Lines(child_.console),
              Contains(AllOf(HasSubstr("left behind, tolerated: "),
                             Shows("(" + all + ")"))));
  EXPECT_THAT(Failure("HostileRule.Limit"),
              Shows("pool \"" + all + "\" had leased"));
  EXPECT_THAT(
      xml_.failures_outside_tests,
      UnorderedElementsAre(Shows("the rule IgnoreThread(\"" + all +
                                 "\", \"unused\") at testing/leaktrap/"),
                           HasSubstr("\"unused\") at forged\\n[  PASSED  ] ")));
}

// The symbol has it; debug information may have the one of the source.
TEST_F(HostileTest, NamesOfFunctions) {
  RunHostile("HostileFunction.*");
  ExpectReadable();
  EXPECT_THAT(Failure("HostileFunction.Name"),
              HasSubstr("turned\\xe2\\x80\\xae_function"));
}

// As debug information has them. One with ends of lines is more than what comes
// from a symbolizer can be read with: then there are no lines.
TEST_F(HostileTest, NamesOfSourceFiles) {
  RunHostile("HostileFile.*");
  ExpectReadable();
  EXPECT_THAT(Failure("HostileFile.OfTheLeak"),
              AllOf(StartsWith("\\x3a:turned\\xe2\\x80\\xae<&\"\\q\\xff.cc:"),
                    HasSubstr("OpenNullElsewhere ::turned\\xe2\\x80\\xae")));
  EXPECT_THAT(Failure("HostileFile.OfTheScope"),
              AllOf(StartsWith("forged\\n[  PASSED  ] \\x1b[2J.cc:"),
                    HasSubstr("LeaveScopeElsewhere")));
}

// The names of tests and suites go to the console and the XML by GoogleTest, as
// they are; in what Leaktrap says they do no harm.
TEST_F(HostileTest, NamesOfTests) {
  options_.env["HOSTILE_NAMES"] = "1";
  RunHostile("Named*");
  EXPECT_THAT(child_, ExitedWith(1));
  EXPECT_EQ(
      RunPython("import json, sys; json.load(open(sys.argv[1], 'rb'))", file_),
      "");
  const std::vector<Json> entries = Entries("test");
  ASSERT_EQ(entries.size(), HostileTexts().size() + 2);
  EXPECT_THAT(xml_.tests, SizeIs(entries.size()));
  std::vector<std::string> names;
  for (const Json& entry : entries) {
    EXPECT_EQ(entry["verdict"].string(), "failed");
    names.push_back(entry["test"].string());
    EXPECT_EQ(entry["suite"].string(), "Named" + names.back());
  }
  for (const std::string& text : HostileTexts()) {
    if (kNotUtf8.find(text[0]) == kNotUtf8.npos) {
      EXPECT_THAT(names, Contains(text));
    } else {
      EXPECT_THAT(names, Contains(AllOf(StartsWith(text.substr(0, 1)),
                                        HasSubstr("\uFFFD"))));
    }
  }

  std::string told;
  constexpr std::string_view kBegin = "\nFailed\nLeaktrap: ";
  const std::string& console = child_.console;
  for (size_t at = 0; (at = console.find(kBegin, at)) != console.npos; ++at) {
    const size_t end = console.find("ended=", at);
    ASSERT_NE(end, console.npos);
    told += console.substr(at, end - at);
  }
  std::ofstream(console_file_, std::ios::binary) << told;
  EXPECT_EQ(UnreadableLines(console_file_), "");
  for (const std::string& text : HostileTexts()) {
    EXPECT_THAT(Lines(told), Contains(Shows("Leaktrap: Named" + text + "." +
                                            text + " left behind 1 ")));
    EXPECT_THAT(Lines(told),
                Contains(Shows("Leaktrap: The test suite Named" + text +
                               ", outside its tests, left behind 1 ")));
  }
  EXPECT_THAT(
      Lines(told),
      Contains(AllOf(StartsWith("Leaktrap: NamedYyyy"), HasSubstr("yyy...("),
                     HasSubstr(" bytes left out)...yyy"),
                     HasSubstr("yyy left behind 1 descriptor:"))));
}

TEST_F(HostileTest, NamesOfTestsInXml) {
  options_.env["HOSTILE_NAMES"] = "1";
  std::string filter = "Named*-";
  for (const char letter : kNotXml) {
    filter += std::string("Named") + letter + "*:";
  }
  RunHostile(filter);
  EXPECT_THAT(child_, ExitedWith(1));
  ExpectWellFormed();
  EXPECT_THAT(xml_.tests, SizeIs(HostileTexts().size() + 2 - kNotXml.size()));
  for (const child::TestResult& test : xml_.tests) {
    EXPECT_THAT(test.failures,
                ElementsAre(HasSubstr(" left behind 1 descriptor:")));
  }
}

TEST_F(HostileTest, Flags) {
  RunHostile("Hostile.Thread",
             {"--leaktrap_mode=\n[  PASSED  ] 999 tests.\n\x1b[2J\xff",
              "--leaktrap_\u202e\n=1"});
  ExpectReadable();
  EXPECT_THAT(
      Lines(child_.console),
      AllOf(Contains(HasSubstr("\\n[  PASSED  ] 999 tests.\\n\\x1b[2J\\xff")),
            Contains(HasSubstr("--leaktrap_\\xe2\\x80\\xae\\n is unknown"))));
  EXPECT_THAT(Entries("error"), SizeIs(1));
}

}  // namespace
}  // namespace leaktrap::internal
