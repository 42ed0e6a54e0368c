// What a verdict found, as lists in a JSON object; each list that is not empty
// under its key.

#ifndef LEAKTRAP_REPORT_JSON_RESOURCES_H_
#define LEAKTRAP_REPORT_JSON_RESOURCES_H_

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "leaktrap/check/judge.h"
#include "leaktrap/check/verifier.h"
#include "leaktrap/report/findings.h"
#include "leaktrap/report/json_text.h"
#include "leaktrap/resource/origin.h"
#include "leaktrap/resource/resource.h"

namespace leaktrap::internal {

class JsonResources {
 public:
  // `json` is within an object, is not owned, and must outlive this.
  explicit JsonResources(JsonWriter* json) : json_(*json) {}

  // In the order of their findings, and numbered by them.
  void Add(const char* key, const std::vector<Resource>& resources);
  // Without stacks: what is tolerated is often there in every test.
  void Add(const char* key, const std::vector<ToleratedLeak>& tolerated);
  void Add(const char* key, const std::vector<ForeignRelease>& releases);
  void Add(const char* key, const std::vector<Release>& releases);
  void Add(const char* key, const std::vector<LateRelease>& releases);

  // The stacks of all that was added, each once: the others name its place in
  // this list. It is told last, so that all are looked up at once.
  void AddStacks(const char* key);

 private:
  using Stack = std::vector<uintptr_t>;
  enum class Stacks { kNone, kNumbered };

  void AddFinding(const AlikeFindings& alike, size_t group, size_t member,
                  size_t finding);
  void AddFields(const Resource& resource, Stacks stacks);
  void AddActivity(const char* key, const Activity& now, Stacks stacks);
  void AddOrigin(const char* key, const Origin& origin, Stacks stacks);
  void AddStack(const char* key, const Stack& stack);
  void AddBlamedLine(const AlikeFindings& alike);

  JsonWriter& json_;
  std::map<Stack, size_t> numbers_;
  std::vector<Stack> stacks_;  // by number
};

}  // namespace leaktrap::internal

#endif  // LEAKTRAP_REPORT_JSON_RESOURCES_H_
