// Rules that stand in a file, one a line.
//
//   # kind      what, where, how many, and why
//   threads     name=log-flush*  reason=lives as long as main
//   descriptors name=/var/log/* count=2  reason=one for each log
//   any         made_by=*Cache::Load test=Old.* count=3  reason=since spring
//   threads     maker=app::Pool::Start test=Pool.Grows count=2  reason=soon
//
// Each line is words: first the kind, as flags have it (threads, descriptors,
// connections, processes, others) or any; then KEY=VALUE in any order, with
// reason= last, which takes the rest of the line. A value with spaces is
// quoted: name="a \"b\" c". A word that begins with # begins a comment. Two
// rules with a count must not be the same but for count and reason.

#ifndef LEAKTRAP_CHECK_RULES_FILE_H_
#define LEAKTRAP_CHECK_RULES_FILE_H_

#include <optional>
#include <string>
#include <vector>

#include "leaktrap/resource/kind.h"

namespace leaktrap::internal {

// Some editors begin a file with it, in UTF-8.
inline constexpr char kByteOrderMark[] = "\xef\xbb\xbf";

struct FileRule {
  std::optional<Kind> kind;  // nothing for any

  // What is matched, by fnmatch(3): a name (a thread's, a pool's, a process's,
  // a descriptor's path or description), the innermost function of the user's
  // own that made it (MakerOf()), any function by which it was made, one in
  // which a thread is now.
  enum class By { kName, kMaker, kCreator, kStack };
  By by = By::kName;
  std::string glob;

  std::string dirt_glob;        // of Resource::dirt; empty: none is asked for
  std::string test_glob = "*";  // of "Suite.Name"
  std::optional<int> count;     // in each test; nothing for all
  std::string reason;

  int line = 0;  // from 1
};

struct RulesFile {
  std::vector<FileRule> rules;
  // What could not be read, a line each: `rules.txt:3:12: "thraed" is no kind;
  // write ...`. Then no rule counts.
  std::vector<std::string> errors;
};

// Reads `text`, which stands in the file `path`.
RulesFile ParseRules(const std::string& path, const std::string& text);

// The line of a rule, which ParseRules() reads as the same.
std::string RuleLine(const FileRule& rule);

// The same without count and reason: which rule it is.
std::string RuleKey(const FileRule& rule);

}  // namespace leaktrap::internal

#endif  // LEAKTRAP_CHECK_RULES_FILE_H_
