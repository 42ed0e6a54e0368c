#include "leaktrap/check/allowance.h"

#include <algorithm>
#include <cstdint>
#include <limits>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "leaktrap/probe/printable_text.h"
#include "leaktrap/resource/kind.h"

namespace leaktrap::internal {
namespace {

std::string Expected(const Allowance& allowance) {
  return absl::StrCat("was expected to leave ",
                      CountOf(allowance.kind, allowance.count), " (",
                      Printable(allowance.reason), ")");
}

Unmet At(const Allowance& allowance, const std::string& text) {
  return {text, allowance.file, allowance.line};
}

std::string Text(const Allowance& allowance) {
  const std::string name =
      allowance.file.empty()
          ? std::string("a rule")
          : absl::StrCat(allowance.is_expected ? "LEAKTRAP_EXPECT_LEAK"
                                               : "LEAKTRAP_ALLOW",
                         " at ", Printable(allowance.file), ":",
                         allowance.line);
  return absl::StrCat(name, " (", Printable(allowance.reason), ")");
}

// A user's "any number", twice.
int Clamped(int64_t count) {
  constexpr int64_t kMost = std::numeric_limits<int>::max();
  return static_cast<int>(std::min(count, kMost));
}

}  // namespace

void Allowances::Add(const Allowance& allowance) {
  std::vector<Allowance>& all = by_kind_[allowance.kind];
  // What has to be left is used up first.
  const auto place =
      std::find_if(all.begin(), all.end(), [&](const Allowance& other) {
        return allowance.is_expected && !other.is_expected;
      });
  all.insert(place, allowance);
}

int Allowances::Count(Kind kind) const {
  int64_t count = 0;
  for (const Allowance& allowance : of(kind)) count += allowance.count;
  return Clamped(count);
}

int Allowances::Expected(Kind kind) const {
  int64_t count = 0;
  for (const Allowance& allowance : of(kind)) {
    if (allowance.is_expected) count += allowance.count;
  }
  return Clamped(count);
}

const Allowance& Allowances::At(Kind kind, int place) const {
  int64_t end = 0;
  const std::vector<Allowance>& all = of(kind);
  return *std::find_if(all.begin(), all.end(), [&](const Allowance& allowance) {
    end += allowance.count;
    return place < end;
  });
}

const std::vector<Allowance>& Allowances::of(Kind kind) const {
  static const auto* const none = new std::vector<Allowance>;
  const auto found = by_kind_.find(kind);
  return found == by_kind_.end() ? *none : found->second;
}

std::vector<Unmet> UnmetOf(const Allowances& allowances, Kind kind, int found,
                           const std::string& others) {
  std::vector<Unmet> unmet;
  const std::string but =
      others.empty() ? "" : absl::StrCat(" (but ", others, ")");
  for (const Allowance& allowance : allowances.of(kind)) {
    if (!allowance.is_expected) break;
    const int of_it = std::min(found, allowance.count);
    found -= of_it;
    if (of_it == allowance.count) continue;
    unmet.push_back(At(
        allowance,
        absl::StrCat(Expected(allowance), ", and left ",
                     of_it == 0 ? "none" : absl::StrCat("only ", of_it), but,
                     of_it == 0
                         ? ": take the LEAKTRAP_EXPECT_LEAK out"
                         : ": lower the count of the LEAKTRAP_EXPECT_LEAK")));
  }
  return unmet;
}

std::vector<Unmet> UncheckedOf(const Allowances& allowances, Kind kind,
                               const std::string& why) {
  std::vector<Unmet> unchecked;
  for (const Allowance& allowance : allowances.of(kind)) {
    if (!allowance.is_expected) break;
    unchecked.push_back(
        At(allowance,
           absl::StrCat(Expected(allowance),
                        "; nobody can say whether it did, since ", why)));
  }
  return unchecked;
}

std::string SurplusText(const Allowances& allowances, Kind kind, int count) {
  return absl::StrCat(
      CountOf(kind, count), count == 1 ? " is" : " are", " more than the ",
      allowances.Count(kind), " that may be left: ",
      absl::StrJoin(allowances.of(kind), ", ",
                    [](std::string* out, const Allowance& allowance) {
                      out->append(Text(allowance));
                    }));
}

}  // namespace leaktrap::internal
