#include "leaktrap/report/json_text.h"

#include <algorithm>
#include <cstddef>
#include <string>
#include <string_view>

#include "leaktrap/probe/character.h"

namespace leaktrap::internal {
namespace {

constexpr char kReplacement[] = "\xEF\xBF\xBD";  // U+FFFD

void AppendUnit(char32_t unit, std::string* out) {
  constexpr char kHex[] = "0123456789abcdef";
  out->append("\\u");
  for (int shift = 12; shift >= 0; shift -= 4) {
    out->push_back(kHex[(unit >> shift) & 15]);
  }
}

void AppendEscaped(char32_t code, std::string* out) {
  switch (code) {
    case '\n':
      out->append("\\n");
      return;
    case '\r':
      out->append("\\r");
      return;
    case '\t':
      out->append("\\t");
      return;
  }
  if (code > 0xFFFF) {  // JSON spells it as two surrogates
    code -= 0x10000;
    AppendUnit(0xD800 + (code >> 10), out);
    code = 0xDC00 + (code & 0x3FF);
  }
  AppendUnit(code, out);
}

}  // namespace

std::string JsonString(std::string_view text) {
  std::string out = "\"";
  out.reserve(text.size() + 2);
  while (!text.empty()) {
    const Character character = FirstCharacter(text);
    const size_t length = std::max<size_t>(character.length, 1);
    if (character.length == 0) {
      out.append(kReplacement);
    } else if (IsUnfitToShow(character.code)) {
      AppendEscaped(character.code, &out);
    } else {
      if (text[0] == '"' || text[0] == '\\') out.push_back('\\');
      out.append(text.substr(0, length));
    }
    text.remove_prefix(length);
  }
  out.push_back('"');
  return out;
}

JsonWriter& JsonWriter::Key(std::string_view key) {
  Value(JsonString(key));
  text_.push_back(':');
  needs_comma_ = false;
  return *this;
}

JsonWriter& JsonWriter::Value(std::string_view json) {
  if (needs_comma_) text_.push_back(',');
  text_.append(json);
  needs_comma_ = true;
  return *this;
}

JsonWriter& JsonWriter::Begin(char bracket) {
  Value(std::string_view(&bracket, 1));
  needs_comma_ = false;
  return *this;
}

JsonWriter& JsonWriter::End(char bracket) {
  text_.push_back(bracket);
  needs_comma_ = true;
  return *this;
}

}  // namespace leaktrap::internal
