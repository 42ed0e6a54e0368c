#include "leaktrap/check/growth.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace leaktrap::internal {
namespace {

// The worst first.
constexpr std::array<Growth, 5> kAllGrowths = {
    Growth::kGrowing, Growth::kNowAndThen, Growth::kFirstUse, Growth::kGoneLate,
    Growth::kUnknown};

auto RankOf(Growth growth) {
  return std::find(kAllGrowths.begin(), kAllGrowths.end(), growth);
}

}  // namespace

const char* GrowthWord(Growth growth) {
  switch (growth) {
    case Growth::kFirstUse:
      return "first use";
    case Growth::kGrowing:
      return "growing";
    case Growth::kNowAndThen:
      return "now and then";
    case Growth::kGoneLate:
      return "gone late";
    case Growth::kUnknown:
      break;
  }
  return "unknown";
}

Growth GrowthOf(const std::string& word) {
  for (Growth growth : kAllGrowths) {
    if (word == GrowthWord(growth)) return growth;
  }
  return Growth::kUnknown;
}

void GrowthHistory::Add(const std::string& signature, const std::string& place,
                        const std::string& owner, int count) {
  if (makers_.size() >= kMostMakers && makers_.count(signature) == 0) {
    is_cut_ = true;
    return;
  }
  Maker& maker = makers_[signature];
  if (maker.left_in == 0) {
    maker.place = place;
    maker.owner = owner;
    maker.first_round = round_;
  }
  if (maker.last_round != round_ || maker.left_in == 0) {
    maker.last_round = round_;
    maker.left_in_last_round = 0;
    ++maker.left_in;
  }
  maker.left += count;
  maker.left_in_last_round += count;
  if (round_ == maker.first_round) maker.left_at_first += count;
}

void GrowthHistory::Release(const std::string& signature, int count) {
  const auto found = makers_.find(signature);
  if (found != makers_.end()) found->second.released += count;
}

void GrowthHistory::End(const std::string& owner) {
  const auto [found, is_new] =
      owners_.try_emplace(owner, Owner{round_, round_, 1});
  Owner& known = found->second;
  if (is_new || known.last_round == round_) return;
  known.last_round = round_;
  ++known.rounds;
}

int64_t GrowthHistory::RoundsOf(const std::string& owner) const {
  const auto found = owners_.find(owner);
  return found == owners_.end() ? 0 : found->second.rounds;
}

std::map<std::string, int64_t> GrowthHistory::Owners() const {
  std::map<std::string, int64_t> rounds;
  for (const auto& [name, owner] : owners_) rounds[name] = owner.rounds;
  return rounds;
}

MakerGrowth GrowthHistory::Judge(const std::string& signature,
                                 const Maker& maker) const {
  MakerGrowth judged;
  judged.signature = signature;
  judged.place = maker.place;
  judged.owner = maker.owner;
  judged.left_in = maker.left_in;
  judged.left = maker.left;
  judged.released = maker.released;
  const auto owner = owners_.find(maker.owner);
  // Nobody says when one ends whose own scope is not looked at.
  const bool is_known = owner != owners_.end();
  const int64_t first_round = is_known ? owner->second.first_round : 1;
  judged.rounds =
      std::max(is_known ? owner->second.rounds : round_, maker.left_in);
  if (maker.first_round <= first_round) {
    judged.left_at_first = maker.left_at_first;
  }
  const int64_t left_just_now =
      maker.last_round == round_ ? maker.left_in_last_round : 0;
  if (judged.rounds < 2) {
    judged.growth = Growth::kUnknown;
  } else if (maker.released > 0 &&
             maker.left - maker.released <= left_just_now) {
    judged.growth = Growth::kGoneLate;
  } else if (maker.left_in == 1 && maker.first_round <= first_round) {
    judged.growth = Growth::kFirstUse;
  } else if (maker.left_in >= judged.rounds) {
    judged.growth = Growth::kGrowing;
  } else {
    judged.growth = Growth::kNowAndThen;
  }
  return judged;
}

std::vector<MakerGrowth> GrowthHistory::Makers() const {
  std::vector<MakerGrowth> makers;
  for (const auto& [signature, maker] : makers_) {
    makers.push_back(Judge(signature, maker));
  }
  std::stable_sort(makers.begin(), makers.end(),
                   [](const MakerGrowth& a, const MakerGrowth& b) {
                     const auto rank_of_a = RankOf(a.growth);
                     const auto rank_of_b = RankOf(b.growth);
                     return rank_of_a != rank_of_b ? rank_of_a < rank_of_b
                                                   : a.left > b.left;
                   });
  return makers;
}

}  // namespace leaktrap::internal
