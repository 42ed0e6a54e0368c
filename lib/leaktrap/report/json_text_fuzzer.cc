// Any bytes at all, as JSON and as a command of GitHub's.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "absl/strings/match.h"
#include "absl/strings/str_replace.h"
#include "leaktrap/probe/character.h"
#include "leaktrap/probe/printable_text.h"
#include "leaktrap/report/github_annotation.h"
#include "leaktrap/report/json_for_test.h"
#include "leaktrap/report/json_text.h"
#include "leaktrap/system/fuzzing_for_test.h"

namespace leaktrap::internal {
namespace {

// What cannot be had back: bytes that are no UTF-8.
std::string Utf8(std::string_view text) {
  std::string valid;
  while (!text.empty()) {
    const size_t length = FirstCharacter(text).length;
    valid += length == 0 ? "\xEF\xBF\xBD" : text.substr(0, length);
    text.remove_prefix(std::max<size_t>(length, 1));
  }
  return valid;
}

void CheckJson(const std::string& text) {
  const std::string json = JsonString(text);
  FUZZ_CHECK(json == Printable(json));
  FUZZ_CHECK(Json::Parse(json).string() == Utf8(text));
  JsonWriter writer;
  writer.BeginObject().Key(text).BeginArray().String(text).Null();
  writer.EndArray().EndObject();
  const Json object = Json::Parse(writer.text());
  FUZZ_CHECK(object.keys().front() == Utf8(text));
}

// As GitHub reads them.
std::string Read(const std::string& escaped) {
  return absl::StrReplaceAll(
      escaped,
      {{"%0A", "\n"}, {"%0D", "\r"}, {"%25", "%"}, {"%2C", ","}, {"%3A", ":"}});
}

void CheckCommand(const std::string& title, const std::string& message) {
  const std::string command = GithubCommand({"error", "", 0, title, message});
  FUZZ_CHECK(command == Printable(command));
  const std::string start = "::error title=";
  FUZZ_CHECK(absl::StartsWith(command, start));
  const size_t end = command.find("::", start.size());
  FUZZ_CHECK(end != command.npos);
  FUZZ_CHECK(Read(command.substr(start.size(), end - start.size())) ==
             PrintableLines(Printable(title)));
  FUZZ_CHECK(Read(command.substr(end + 2)) == PrintableLines(message));
}

void Check(const uint8_t* data, size_t size) {
  FuzzInput input(data, size);
  const std::string line = input.Line();
  const std::string rest = input.Rest();
  CheckJson(line);
  CheckJson(rest);
  CheckCommand(line, rest);
  PathInRepository(line, rest.substr(0, rest.size() / 2), rest);
}

}  // namespace
}  // namespace leaktrap::internal

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  leaktrap::internal::Check(data, size);
  return 0;
}
