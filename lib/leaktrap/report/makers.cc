#include "leaktrap/report/makers.h"

#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "leaktrap/check/rule_of.h"
#include "leaktrap/check/rules_file.h"
#include "leaktrap/report/blamed_line.h"
#include "leaktrap/report/findings.h"
#include "leaktrap/resource/resource.h"

namespace leaktrap::internal {
namespace {

std::string SignatureOf(const Resource& leak) {
  const std::string line = RuleLine(RuleOf(leak));
  return line.substr(0, line.rfind(" reason="));
}

void AddIdentities(const std::vector<const Resource*>& resources,
                   std::vector<Identity>* identities) {
  for (const Resource* resource : resources) {
    identities->push_back(resource->identity);
  }
}

}  // namespace

std::vector<MadeByOne> MakersOf(const std::vector<Resource>& leaks) {
  std::vector<MadeByOne> makers;
  std::map<std::string, size_t> places;  // by signature
  for (const AlikeFindings& alike : FindingsOf(leaks)) {
    const std::string signature = SignatureOf(*alike.parts.front().front());
    const auto [place, is_new] = places.try_emplace(signature, makers.size());
    if (is_new) {
      makers.emplace_back();
      makers.back().signature = signature;
      if (const std::optional<SourceLine> line = LineToMend(alike)) {
        makers.back().place = absl::StrCat(line->file, ":", line->line);
      }
    }
    MadeByOne& maker = makers[place->second];
    AddIdentities(alike.parts.front(), &maker.roots);
    for (size_t i = 1; i < alike.parts.size(); ++i) {
      AddIdentities(alike.parts[i], &maker.parts);
      for (const Resource* part : alike.parts[i]) {
        maker.part_signatures.push_back(SignatureOf(*part));
      }
    }
  }
  return makers;
}

}  // namespace leaktrap::internal
