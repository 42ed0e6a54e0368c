#include "leaktrap/probe/printable_text.h"

#include <cstddef>
#include <string>
#include <string_view>

namespace leaktrap::internal {
namespace {

// How many bytes at the start of `text` are one UTF-8 sequence of two bytes or
// more that may be printed; 0 if none are. A name that the kernel cuts (a
// thread's, to 15 bytes) may end in the middle of one.
size_t MultibyteLength(std::string_view text) {
  const unsigned char lead = text[0];
  size_t length = 0;
  char32_t code = 0;
  char32_t least = 0;
  if ((lead & 0xE0) == 0xC0) {
    length = 2, code = lead & 0x1F, least = 0xA0;  // below: C1 controls
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

void AppendEscaped(unsigned char byte, std::string* out) {
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
      out->append("\\x");
      out->push_back(kHex[byte >> 4]);
      out->push_back(kHex[byte & 15]);
  }
}

}  // namespace

std::string Printable(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  while (!text.empty()) {
    const unsigned char byte = text[0];
    size_t length = 1;
    if (byte >= 0x20 && byte < 0x7F) {
      out.push_back(text[0]);
    } else if (const size_t multibyte = MultibyteLength(text)) {
      length = multibyte;
      out.append(text.substr(0, length));
    } else {
      AppendEscaped(byte, &out);
    }
    text.remove_prefix(length);
  }
  return out;
}

}  // namespace leaktrap::internal
