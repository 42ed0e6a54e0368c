// What rules' patterns match.

#ifndef LEAKTRAP_CHECK_MATCHING_H_
#define LEAKTRAP_CHECK_MATCHING_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/functional/function_ref.h"
#include "leaktrap/check/rules.h"
#include "leaktrap/check/rules_file.h"
#include "leaktrap/resource/resource.h"

namespace leaktrap::internal {

// The functions of a stack, by their names.
using FunctionsOf = absl::FunctionRef<std::vector<std::string>(
    const std::vector<uintptr_t>& stack)>;

// A resource with what patterns are matched against, each looked up once, when
// a rule asks for it.
class Subject {
 public:
  // Both must outlive it.
  Subject(const Resource& resource, FunctionsOf functions_of)
      : resource_(resource), functions_of_(functions_of) {}

  const Resource& resource() const { return resource_; }
  // Empty where they are not known.
  const std::vector<std::string>& creators();
  const std::vector<std::string>& functions_now();
  const std::string& maker();

 private:
  const Resource& resource_;
  FunctionsOf functions_of_;
  std::optional<std::vector<std::string>> creators_;
  std::optional<std::vector<std::string>> functions_now_;
  std::optional<std::string> maker_;
};

bool Matches(const IgnoreRule& rule, Subject* subject);

// `place` is as in Options::place().
bool Matches(const FileRule& rule, const std::string& place, Subject* subject);

// The same without what resources are: whether it is about `kind` at `place`.
bool IsAbout(const FileRule& rule, Kind kind, const std::string& place);

// A glob that matches `text` and nothing else.
std::string GlobOf(const std::string& text);
bool HasWildcards(const std::string& glob);

}  // namespace leaktrap::internal

#endif  // LEAKTRAP_CHECK_MATCHING_H_
