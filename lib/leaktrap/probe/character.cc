#include "leaktrap/probe/character.h"

#include <cstddef>
#include <string_view>

namespace leaktrap::internal {
namespace {

struct Range {
  char32_t first;
  char32_t last;
};

constexpr Range kUnfit[] = {
    {0x0000, 0x001F},    // C0 controls
    {0x007F, 0x009F},    // delete, C1 controls
    {0x00AD, 0x00AD},    // soft hyphen
    {0x061C, 0x061C},    // Arabic letter mark
    {0x200B, 0x200B},    // zero width space
    {0x200E, 0x200F},    // left-to-right and right-to-left mark
    {0x2028, 0x202E},    // separators of lines; embeddings and overrides
    {0x2060, 0x206F},    // invisible operators; isolates
    {0xFDD0, 0xFDEF},    // no characters
    {0xFEFF, 0xFEFF},    // byte order mark
    {0xFFF9, 0xFFFB},    // interlinear annotation
    {0xE0000, 0xE007F},  // tags
};

}  // namespace

Character FirstCharacter(std::string_view text) {
  const unsigned char lead = text[0];
  if (lead < 0x80) return {1, lead};
  Character character;
  char32_t least = 0;
  if ((lead & 0xE0) == 0xC0) {
    character = {2, static_cast<char32_t>(lead & 0x1F)}, least = 0x80;
  } else if ((lead & 0xF0) == 0xE0) {
    character = {3, static_cast<char32_t>(lead & 0x0F)}, least = 0x800;
  } else if ((lead & 0xF8) == 0xF0) {
    character = {4, static_cast<char32_t>(lead & 0x07)}, least = 0x10000;
  }
  if (character.length == 0 || text.size() < character.length) return {};
  for (size_t i = 1; i < character.length; ++i) {
    const unsigned char next = text[i];
    if ((next & 0xC0) != 0x80) return {};
    character.code = (character.code << 6) | (next & 0x3F);
  }
  const bool surrogate = character.code >= 0xD800 && character.code <= 0xDFFF;
  if (character.code < least || character.code > 0x10FFFF || surrogate) {
    return {};
  }
  return character;
}

bool IsUnfitToShow(char32_t code) {
  for (const Range& range : kUnfit) {
    if (code >= range.first && code <= range.last) return true;
  }
  // The last two of each plane are no characters.
  return (code & 0xFFFE) == 0xFFFE;
}

bool IsBlank(char32_t code) {
  return code == ' ' || code == 0x00A0 || code == 0x1680 ||
         (code >= 0x2000 && code <= 0x200A) || code == 0x202F ||
         code == 0x205F || code == 0x3000;
}

}  // namespace leaktrap::internal
