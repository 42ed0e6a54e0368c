#include "leaktrap/raise.h"

#include <cstdio>
#include <string>

#include "gtest/gtest.h"
#include "leaktrap/console_color.h"
#include "leaktrap/probe/printable_text.h"

namespace leaktrap::internal {
namespace {

// A failure that throws out of a listener or a destructor ends the process.
class WithoutThrowOnFailure {
 public:
  WithoutThrowOnFailure() : before_(GTEST_FLAG_GET(throw_on_failure)) {
    GTEST_FLAG_SET(throw_on_failure, false);
  }
  ~WithoutThrowOnFailure() { GTEST_FLAG_SET(throw_on_failure, before_); }

  WithoutThrowOnFailure(const WithoutThrowOnFailure&) = delete;
  WithoutThrowOnFailure& operator=(const WithoutThrowOnFailure&) = delete;

 private:
  const bool before_;
};

}  // namespace

void RaiseFailure(const char* file, int line, const std::string& message) {
  const WithoutThrowOnFailure guard;
  // A name from debug information may hold anything, and begins a line.
  const std::string shown_file =
      file == nullptr ? "" : PrintableLines(Printable(file));
  ADD_FAILURE_AT(file == nullptr ? nullptr : shown_file.c_str(), line)
      << PrintableLines(message);
}

void PrintNote(const std::string& note, Color headline,
               const std::string& own_line) {
  const std::string text =
      ReportInColor(PrintableLines(note), headline, Printable(own_line));
  std::printf("%s\n", text.c_str());
  std::fflush(stdout);
}

}  // namespace leaktrap::internal
