// The first character of a text in UTF-8, and whether it is fit to be shown.

#ifndef LEAKTRAP_PROBE_CHARACTER_H_
#define LEAKTRAP_PROBE_CHARACTER_H_

#include <cstddef>
#include <string_view>

namespace leaktrap::internal {

struct Character {
  // In bytes. 0 if the text does not begin with a character in UTF-8: a stray
  // or missing byte, an overlong form, a surrogate, or beyond Unicode.
  size_t length = 0;
  char32_t code = 0;
};

// Of `text`, which must not be empty.
Character FirstCharacter(std::string_view text);

// Whether a character moves the cursor, ends a line, turns the direction of
// what follows (so that a line reads as another one), shows nothing, or is none
// by Unicode, which XML refuses. What letters of some scripts and pictures are
// joined by is fit to be shown.
bool IsUnfitToShow(char32_t code);

// Whether a character that is fit to be shown is a blank: Unicode's
// White_Space.
bool IsBlank(char32_t code);

}  // namespace leaktrap::internal

#endif  // LEAKTRAP_PROBE_CHARACTER_H_
