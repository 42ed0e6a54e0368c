// A made-up recorder, to be changed by the test while it runs.

#ifndef LEAKTRAP_CHECK_MADE_UP_ORIGINS_H_
#define LEAKTRAP_CHECK_MADE_UP_ORIGINS_H_

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "leaktrap/check/origin_source.h"
#include "leaktrap/resource/identity.h"
#include "leaktrap/resource/origin.h"
#include "leaktrap/resource/resource.h"

namespace leaktrap::internal {

class MadeUpOrigins : public OriginSource {
 public:
  // Knows descriptor `number` from now on as made by a stack of `place` alone.
  Origin& Make(uint64_t number, uintptr_t place) {
    Origin origin;
    origin.sequence = ++last_sequence;
    origin.call = "open";
    origin.stack = {place};
    return by_number[number] = origin;
  }

  void Recognise(std::vector<Identity>* identities) override {
    for (Identity& identity : *identities) {
      const auto origin = by_number.find(identity.number);
      identity.sequence =
          origin == by_number.end() ? 0 : origin->second.sequence;
    }
  }
  std::vector<Identity> FinishedThreads(const std::vector<Identity>&) override {
    return finished;
  }
  std::optional<Resource> DescribeFinished(const Identity& thread) override {
    Resource resource;
    resource.identity = thread;
    resource.name = "finished";
    return resource;
  }
  uint64_t LastSequence() override { return last_sequence; }
  uint64_t AliveSum() override {
    return alive_sum.has_value() ? *alive_sum : ++asked_for_sum_;
  }
  std::optional<Origin> Find(const Identity& identity) override {
    const auto origin = by_number.find(identity.number);
    if (origin == by_number.end()) return std::nullopt;
    return origin->second;
  }
  void Charge(const Identity& thread, uint32_t owner) override {
    charged[thread.number] = owner;
  }
  uint32_t ChargedTo(const Identity& identity) override {
    const auto origin = by_number.find(identity.number);
    return origin == by_number.end() ? 0 : origin->second.charged_to;
  }
  void WatchReleases(uint64_t sequence) override { watched = sequence; }
  uint64_t CountReleases() override { return releases.size(); }
  std::vector<Release> ReleasesAfter(uint64_t count) override {
    return {releases.begin() + static_cast<std::ptrdiff_t>(count),
            releases.end()};
  }

  uint64_t last_sequence = 0;
  std::map<uint64_t, Origin> by_number;
  std::vector<Identity> finished;
  std::vector<Release> releases;
  std::map<uint64_t, uint32_t> charged;  // by the thread's number
  uint64_t watched = 0;
  std::optional<uint64_t> alive_sum;  // nothing: it cannot say

 private:
  uint64_t asked_for_sum_ = 0;
};

}  // namespace leaktrap::internal

#endif  // LEAKTRAP_CHECK_MADE_UP_ORIGINS_H_
