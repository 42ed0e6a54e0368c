// The rules that Options collects, as the verifier applies them.

#ifndef LEAKTRAP_CHECK_RULES_H_
#define LEAKTRAP_CHECK_RULES_H_

#include <memory>
#include <string>
#include <vector>

#include "leaktrap/check/rules_file.h"
#include "leaktrap/resource/kind.h"

namespace leaktrap::internal {

// A rule that matches nothing any more hides the next leak that it happens to
// match; so each is counted. Copies of a rule share their count.
struct RuleUse {
  // As the user wrote it, made printable: IgnoreThread("log-*", "why")
  std::string rule;
  int matches = 0;
};

struct IgnoreRule {
  // What the glob is matched against: a resource's name, or each function on
  // the stack of the call that created it.
  // kStack: each function on the stack where a thread is now.
  enum class By { kName, kCreator, kStack };

  By by;
  Kind kind;  // by kName; a creator may have made any
  std::string glob;
  std::string reason;
  std::shared_ptr<RuleUse> use;
};

// A resource that takes the place of another.
struct ReplacementRule {
  Kind kind;
  std::string glob;
  std::string reason;
  std::shared_ptr<RuleUse> use;
};

struct Tolerance {
  int count = 0;
  std::string reason;
  std::shared_ptr<RuleUse> use;
};

// Rules of a file, as they are in force.
struct FileRuleInForce {
  FileRule rule;
  std::string where;             // "leaks.rules:7"
  std::shared_ptr<RuleUse> use;  // of one without a count
};

struct RuleSet {
  std::string path;         // as it was given
  std::string real_path;    // without links, from the root on
  bool is_missing = false;  // there is no such file
  bool is_empty = true;     // nothing is written there
  std::vector<FileRuleInForce> rules;
};

struct PoolLimit {
  enum class What { kLeased, kIdle, kDiscarded };

  What what;
  std::string pool_glob;
  int count = 0;
  std::shared_ptr<RuleUse> use;
};

}  // namespace leaktrap::internal

#endif  // LEAKTRAP_CHECK_RULES_H_
