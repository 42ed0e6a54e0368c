// What the rounds of --gtest_repeat show of makers: one that leaves something
// behind on its first use is no leak, one that does in each round is.
//
// A maker is known by a signature that is the same in each round, whichever
// test is charged: in another order of tests it is another one.

#ifndef LEAKTRAP_CHECK_GROWTH_H_
#define LEAKTRAP_CHECK_GROWTH_H_

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace leaktrap::internal {

enum class Growth {
  kUnknown,     // one round tells nothing
  kFirstUse,    // in the first round only
  kGrowing,     // in each round
  kNowAndThen,  // in some
  kGoneLate,    // all of it was released later; but for the last round's, which
                // had no time to be
};

// "unknown", "first use", "growing", "now and then", "gone late": the words of
// all reports.
const char* GrowthWord(Growth growth);

// The inverse; kUnknown for any other word.
Growth GrowthOf(const std::string& word);

// A maker, after all rounds.
struct MakerGrowth {
  std::string signature;
  std::string place;  // "app/log.cc:17"; empty if it is not known
  std::string owner;  // the test, suite or program that was charged first
  Growth growth = Growth::kUnknown;

  int64_t rounds = 0;         // in which that owner came to its end
  int64_t left_in = 0;        // in so many of them it left something
  int64_t left = 0;           // so much in all of them, released later or not
  int64_t left_at_first = 0;  // so much in the first of those
  int64_t released = 0;       // so much of it later

  // What it leaves in each round after the first, on average.
  double PerRound() const {
    if (rounds < 2) return 0;
    const int64_t later =
        growth == Growth::kFirstUse ? 0 : left - left_at_first;
    return static_cast<double>(later) / static_cast<double>(rounds - 1);
  }
};

// Counts, and nothing but counts: as big after a hundred thousand rounds as
// after two. For one thread.
class GrowthHistory {
 public:
  // Of more makers than these the rest is not followed.
  static constexpr size_t kMostMakers = 1000;

  // A round of all tests begins.
  void StartRound() { ++round_; }

  // In this round `owner` was charged with `count` of a maker's.
  void Add(const std::string& signature, const std::string& place,
           const std::string& owner, int count);

  // `count` of what a maker left in this or any round before has gone.
  void Release(const std::string& signature, int count);

  // `owner` came to its end in this round: had it left something, it would have
  // been seen. Those that were skipped, or gave up before, did not.
  void End(const std::string& owner);

  // In so many rounds it did.
  int64_t RoundsOf(const std::string& owner) const;

  // Every owner that did, with its rounds.
  std::map<std::string, int64_t> Owners() const;

  int64_t rounds() const { return round_; }
  bool is_cut() const { return is_cut_; }

  // All makers: growing ones first, then those of now and then, of first use,
  // gone late and unknown; of one sort, those that left most first.
  std::vector<MakerGrowth> Makers() const;

 private:
  struct Owner {
    int64_t first_round = 0;
    int64_t last_round = 0;
    int64_t rounds = 0;
  };
  struct Maker {
    std::string place;
    std::string owner;
    int64_t first_round = 0;
    int64_t last_round = 0;
    int64_t left_in_last_round = 0;
    int64_t left_in = 0;
    int64_t left = 0;
    int64_t left_at_first = 0;
    int64_t released = 0;
  };

  MakerGrowth Judge(const std::string& signature, const Maker& maker) const;

  int64_t round_ = 0;
  std::map<std::string, Owner> owners_;
  std::map<std::string, Maker> makers_;  // by signature
  bool is_cut_ = false;
};

}  // namespace leaktrap::internal

#endif  // LEAKTRAP_CHECK_GROWTH_H_
