#include "leaktrap/report/json_text.h"

#include <cstddef>
#include <string>
#include <string_view>

namespace leaktrap::internal {
namespace {

constexpr char kReplacement[] = "\xEF\xBF\xBD";  // U+FFFD

// How many bytes at the start of `text`, which is not empty, are one character
// in UTF-8; 0 if none are: a stray or missing byte, an overlong form, a
// surrogate, or beyond Unicode.
size_t CharacterLength(std::string_view text) {
  const unsigned char lead = text[0];
  if (lead < 0x80) return 1;
  size_t length = 0;
  char32_t code = 0;
  char32_t least = 0;
  if ((lead & 0xE0) == 0xC0) {
    length = 2, code = lead & 0x1F, least = 0x80;
  } else if ((lead & 0xF0) == 0xE0) {
    length = 3, code = lead & 0x0F, least = 0x800;
  } else if ((lead & 0xF8) == 0xF0) {
    length = 4, code = lead & 0x07, least = 0x10000;
  } else {
    return 0;
  }
  if (text.size() < length) return 0;
  for (size_t i = 1; i < length; ++i) {
    const unsigned char next = text[i];
    if ((next & 0xC0) != 0x80) return 0;
    code = (code << 6) | (next & 0x3F);
  }
  const bool surrogate = code >= 0xD800 && code <= 0xDFFF;
  return code < least || code > 0x10FFFF || surrogate ? 0 : length;
}

void AppendControl(unsigned char byte, std::string* out) {
  constexpr char kHex[] = "0123456789abcdef";
  switch (byte) {
    case '\n':
      out->append("\\n");
      return;
    case '\r':
      out->append("\\r");
      return;
    case '\t':
      out->append("\\t");
      return;
    default:
      out->append("\\u00");
      out->push_back(kHex[byte >> 4]);
      out->push_back(kHex[byte & 15]);
  }
}

}  // namespace

std::string JsonString(std::string_view text) {
  std::string out = "\"";
  out.reserve(text.size() + 2);
  while (!text.empty()) {
    const unsigned char byte = text[0];
    const size_t length = CharacterLength(text);
    if (length == 0) {
      out.append(kReplacement);
    } else if (byte < 0x20 || byte == 0x7F) {
      AppendControl(byte, &out);
    } else {
      if (byte == '"' || byte == '\\') out.push_back('\\');
      out.append(text.substr(0, length));
    }
    text.remove_prefix(length == 0 ? 1 : length);
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
