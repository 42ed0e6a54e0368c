// Names that try to break a report.

#ifndef LEAKTRAP_CHILDREN_HOSTILE_TEXTS_H_
#define LEAKTRAP_CHILDREN_HOSTILE_TEXTS_H_

#include <cstddef>
#include <string>
#include <vector>

namespace leaktrap::children {

// None has a slash, so that each can be a file's name, nor a zero byte, nor a
// backslash that could be taken for the beginning of an escape. The first
// letter tells them apart where the kernel cuts them.
inline const std::vector<std::string>& HostileTexts() {
  static const auto* const texts = new std::vector<std::string>{
      "A\n[  PASSED  ] 999 tests.\n",
      "B\nLeaktrap: 0 leaks",
      "C\r[  OK  ]",
      "D\x01\x02\a\b\t\v\f\x1f\x7f",
      "E\x1b[2J\x1b[31m\x1b]0;t\a",
      "F\2332J\xbf\x80",            // lone continuation bytes
      "G\xc0\xaf\xe0\x80\xaf",      // overlong
      "H\xed\xa0\x80\xed\xb0\x80",  // surrogates
      "I\xf4\x90\x80\x80\xfe\xff",  // beyond Unicode
      "J\xe2\x82",                  // cut
      "K\u2028\u2029\u0085",        // they end lines, too
      "L\u202egnp.\u2066\u200f",    // turns what follows
      "M\u200b\ufeff\U000e0041\uffff",
      "N\"' onload='x\"",
      "O\\\\ \\q \\",
      "P]]><a>&amp;&lt;<",
      "Q%s%n%d%1$s%",
      "R\u20ac\U0001f600 (deleted)",
      "S##[error]T",  // commands of those who run the tests
      "::error::U",
  };
  return *texts;
}

// 4 KB, with something unfit at every place where it could be cut.
inline std::string LongHostileText(size_t size = 4096) {
  std::string text = "Z";
  while (text.size() + 7 <= size) text += "\u20ac\x1b\n\xe2\"";
  return text;
}

}  // namespace leaktrap::children

#endif  // LEAKTRAP_CHILDREN_HOSTILE_TEXTS_H_
