// Leaks that a file of rules knows: so many of a maker in each test.

#ifndef LEAKTRAP_CHECK_KNOWN_LEAKS_H_
#define LEAKTRAP_CHECK_KNOWN_LEAKS_H_

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <tuple>
#include <vector>

#include "leaktrap/check/matching.h"
#include "leaktrap/check/options.h"
#include "leaktrap/check/rules.h"
#include "leaktrap/resource/kind.h"
#include "leaktrap/resource/resource.h"

namespace leaktrap::internal {

// How much of each rule's count one test has used up. Copies share it.
class KnownCounts {
 public:
  using Rules = std::vector<const FileRuleInForce*>;

  KnownCounts() { Renew(); }

  // One of its own, at zero.
  void Renew() { state_ = std::make_shared<State>(); }
  // The same, from now on apart.
  KnownCounts Apart() const;

  int used(const FileRuleInForce& rule) const;
  void Use(const FileRuleInForce& rule, int n) const;

  // The rules with a count that match `leak`, in their order. Each sort of leak
  // is held against the rules once, however often it is looked.
  const Rules& Matching(const Resource& leak, const Options& options,
                        FunctionsOf functions_of) const;

 private:
  // All that patterns can be matched against.
  using Sort = std::tuple<Kind, std::string, std::string,
                          std::vector<uintptr_t>, std::vector<uintptr_t>>;
  struct State {
    std::map<std::string, int> used;  // by FileRuleInForce::where
    std::map<Sort, Rules> matching;
    // Of which `matching` is, and which it keeps.
    std::vector<std::shared_ptr<const RuleSet>> sets;
  };

  std::shared_ptr<State> state_;
};

// Each leak goes to the first rule with a count that matches it and has room.
// Where none has room, it goes to the first that matches, which is exceeded:
// nobody can tell which of its leaks are the known ones.
struct KnownLeaks {
  std::vector<const FileRuleInForce*> rules;  // of each leak; null: none
  std::map<const FileRuleInForce*, int> counts;
  std::map<const FileRuleInForce*, bool> is_exceeded;

  bool IsKnown(size_t leak) const {
    return rules[leak] != nullptr && !is_exceeded.at(rules[leak]);
  }
};

// `options` must outlive what is returned.
KnownLeaks FindKnown(const std::vector<Resource>& leaks, const Options& options,
                     const KnownCounts& counts, FunctionsOf functions_of);

// Whether a rule of a file with a count, or without one, may be about
// resources of `kind`, so that they have to be described first.
bool HasKnown(Kind kind, const Options& options);
bool HasFilePatterns(Kind kind, const Options& options);

// Whether one of them is about what a thread does now.
bool HasFileStackPatterns(const Options& options);

}  // namespace leaktrap::internal

#endif  // LEAKTRAP_CHECK_KNOWN_LEAKS_H_
