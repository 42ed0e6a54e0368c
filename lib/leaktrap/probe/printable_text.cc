#include "leaktrap/probe/printable_text.h"

#include <algorithm>
#include <cstddef>
#include <string>
#include <string_view>

#include "leaktrap/probe/character.h"

namespace leaktrap::internal {
namespace {

// What a line without its middle has of its beginning and of its end; the rest
// is room for what stands in between.
constexpr size_t kShownBeginning = 600;
constexpr size_t kShownEnd = 350;

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

bool ContinuesCharacter(char byte) { return (byte & 0xC0) == 0x80; }

// How long the escape at the start of a printable text is; 0 if none is there.
size_t EscapeLength(std::string_view text) {
  if (text.size() < 2 || text[0] != '\\') return 0;
  if (text[1] == 'x') return 4;
  return text[1] == 'n' || text[1] == 'r' || text[1] == 't' ? 2 : 0;
}

// Where the character or escape that holds the byte at `place` begins.
size_t BeginningAt(std::string_view line, size_t place) {
  for (size_t back = 1; back < 4; ++back) {
    if (EscapeLength(line.substr(place - back)) > back) return place - back;
  }
  while (ContinuesCharacter(line[place])) --place;
  return place;
}

// Of a line that is printable.
std::string WithoutMiddle(std::string line) {
  if (line.size() <= kLongestLine) return line;
  const size_t begin = BeginningAt(line, kShownBeginning);
  const size_t end = BeginningAt(line, line.size() - kShownEnd);
  const std::string gap =
      "...(" + std::to_string(end - begin) + " bytes left out)...";
  return line.replace(begin, end - begin, gap);
}

// A character of ASCII that shows.
bool IsPlain(char byte) { return byte >= 0x20 && byte < 0x7f; }

bool IsLetter(char byte) {
  return (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z');
}

// Of a line that is printable. What reads the console of a test may take
// "::error ..." after blanks (GitHub), or "##[error]" and "##vso[...]" anywhere
// (GitHub, Azure, TeamCity), for a command.
std::string WithoutCommands(std::string line) {
  size_t at = 0;
  while (at < line.size()) {
    const Character first = FirstCharacter(std::string_view(line).substr(at));
    if (!IsBlank(first.code)) break;
    at += first.length;
  }
  if (line.compare(at, 2, "::") == 0) line.replace(at, 1, "\\x3a");
  for (size_t found = 0; (found = line.find("##", found)) != line.npos;) {
    size_t end = found + 2;
    while (end < line.size() && IsLetter(line[end])) ++end;
    if (end < line.size() && line[end] == '[') {
      line.replace(found, 1, "\\x23");
    }
    ++found;
  }
  return line;
}

}  // namespace

std::string Printable(std::string_view text) {
  // Nearly all text is nothing else, a name of a test most of all.
  const auto plain_end = std::find_if_not(text.begin(), text.end(), IsPlain);
  std::string out(text.begin(), plain_end);
  text.remove_prefix(out.size());
  while (!text.empty()) {
    const Character character = FirstCharacter(text);
    const size_t length = std::max<size_t>(character.length, 1);
    const std::string_view bytes = text.substr(0, length);
    if (character.length == 0 || IsUnfitToShow(character.code)) {
      for (const char byte : bytes) AppendEscaped(byte, &out);
    } else {
      out.append(bytes);
    }
    text.remove_prefix(length);
  }
  return out;
}

std::string PrintableLines(std::string_view text) {
  std::string out;
  for (;;) {
    const size_t end = text.find('\n');
    out.append(WithoutMiddle(WithoutCommands(Printable(text.substr(0, end)))));
    if (end == text.npos) return out;
    out.push_back('\n');
    text.remove_prefix(end + 1);
  }
}

}  // namespace leaktrap::internal
