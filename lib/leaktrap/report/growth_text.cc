#include "leaktrap/report/growth_text.h"

#include <string>

#include "absl/strings/str_cat.h"
#include "leaktrap/check/growth.h"

namespace leaktrap::internal {
namespace {

std::string Story(const MakerGrowth& maker) {
  const std::string rounds = absl::StrCat(maker.rounds, " rounds");
  switch (maker.growth) {
    case Growth::kFirstUse:
      return absl::StrCat(maker.owner, " left ", maker.left,
                          " behind in the first of ", rounds,
                          ", and none after it did: made on first use, and "
                          "kept",
                          FirstUseAdvice(maker.signature));
    case Growth::kGrowing:
      return absl::StrCat(maker.left, " left behind in ", rounds, ", first by ",
                          maker.owner);
    case Growth::kNowAndThen:
      return absl::StrCat(maker.left, " left behind, first by ", maker.owner,
                          ": it depends on what is not the same in each round");
    case Growth::kGoneLate:
      return absl::StrCat(maker.left, " left behind in ", rounds, ", first by ",
                          maker.owner, "; ", maker.released,
                          " of them have gone since");
    case Growth::kUnknown:
      break;
  }
  return absl::StrCat(maker.left, " left behind by ", maker.owner);
}

}  // namespace

std::string GrowthHeadline(const MakerGrowth& maker) {
  std::string headline = GrowthWord(maker.growth);
  if (maker.growth == Growth::kGrowing) {
    absl::StrAppend(&headline, ", ", maker.PerRound(), " a round");
  } else if (maker.growth == Growth::kNowAndThen) {
    absl::StrAppend(&headline, ", in ", maker.left_in, " of ", maker.rounds,
                    " rounds");
  }
  return headline;
}

std::string FirstUseAdvice(const std::string& signature) {
  return absl::StrCat(
      "\n  to let it be: make it before the first test (Options::WarmUp), or "
      "name it in the file of --leaktrap_rules:\n    ",
      signature, " reason=made on first use, and kept");
}

std::string GrowthText(const MakerGrowth& maker) {
  return absl::StrCat(GrowthHeadline(maker), ": ", maker.signature,
                      maker.place.empty() ? "" : "\n  at ", maker.place, "\n  ",
                      Story(maker));
}

}  // namespace leaktrap::internal
