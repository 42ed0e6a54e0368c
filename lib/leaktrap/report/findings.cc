#include "leaktrap/report/findings.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <limits>
#include <map>
#include <numeric>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "leaktrap/resource/kind.h"
#include "leaktrap/resource/origin.h"
#include "leaktrap/resource/resource.h"
#include "leaktrap/stack/frame.h"
#include "leaktrap/stack/stack_text.h"
#include "leaktrap/stack/symbolizer.h"

namespace leaktrap::internal {
namespace {

using Stack = std::vector<uintptr_t>;

bool IsRecorded(const Resource& leak) {
  return leak.origin.has_value() && leak.origin->sequence != 0;
}

// Whether one call of the user's own led to both: the stacks have its return
// address in common, and what is further out.
bool HaveUserCallInCommon(const Stack& a, const Stack& b) {
  const auto differ = std::mismatch(a.rbegin(), a.rend(), b.rbegin(), b.rend());
  const auto common = differ.first.base();
  // Of the whole stack: what lies outside of a test is no call of the test's.
  const std::vector<Frame> frames = ReadableFrames(Symbolize(a));
  return std::any_of(frames.begin(), frames.end(), [&](const Frame& frame) {
    return UserFrame({frame}).has_value() &&
           std::find(common, a.end(), frame.address) != a.end();
  });
}

// Leaks by their places in a list, those that belong together in one set.
class Families {
 public:
  explicit Families(size_t size) : parents_(size) {
    std::iota(parents_.begin(), parents_.end(), size_t{0});
  }

  size_t Root(size_t place) {
    while (parents_[place] != place) {
      parents_[place] = parents_[parents_[place]];
      place = parents_[place];
    }
    return place;
  }

  // The lower place becomes the root.
  void Join(size_t a, size_t b) {
    a = Root(a);
    b = Root(b);
    parents_[std::max(a, b)] = std::min(a, b);
  }

 private:
  std::vector<size_t> parents_;
};

// By their numbers, the places of those in the list.
std::map<uint64_t, size_t> Descriptors(const std::vector<Resource>& leaks) {
  std::map<uint64_t, size_t> by_number;
  for (size_t i = 0; i < leaks.size(); ++i) {
    if (leaks[i].identity.kind == Kind::kDescriptor) {
      by_number[leaks[i].identity.number] = i;
    }
  }
  return by_number;
}

void JoinLeasesAndDescriptors(const std::vector<Resource>& leaks,
                              Families* families) {
  const std::map<uint64_t, size_t> by_number = Descriptors(leaks);
  for (size_t i = 0; i < leaks.size(); ++i) {
    for (int number : leaks[i].descriptors) {
      const auto found = by_number.find(static_cast<uint64_t>(number));
      if (found != by_number.end()) families->Join(i, found->second);
    }
  }
}

void JoinThreadsAndWhatTheyMade(const std::vector<Resource>& leaks,
                                Families* families) {
  std::map<uint64_t, size_t> threads;
  for (size_t i = 0; i < leaks.size(); ++i) {
    if (leaks[i].identity.kind == Kind::kThread && IsRecorded(leaks[i])) {
      threads[leaks[i].identity.number] = i;
    }
  }
  for (size_t i = 0; i < leaks.size(); ++i) {
    if (!IsRecorded(leaks[i])) continue;
    const auto maker =
        threads.find(static_cast<uint64_t>(leaks[i].origin->tid));
    // A thread of that id may have come later.
    if (maker != threads.end() &&
        leaks[maker->second].origin->sequence < leaks[i].origin->sequence) {
      families->Join(i, maker->second);
    }
  }
}

void JoinThreadsAndWhatTheyWaitOn(const std::vector<Resource>& leaks,
                                  Families* families) {
  const std::map<uint64_t, size_t> descriptors = Descriptors(leaks);
  for (size_t i = 0; i < leaks.size(); ++i) {
    if (!leaks[i].now.has_value() || !leaks[i].now->descriptor) continue;
    const auto found = descriptors.find(*leaks[i].now->descriptor);
    if (found != descriptors.end()) families->Join(i, found->second);
  }
}

// A pool that hands out a connection starts, in the same call, the thread that
// serves it; the socket may be older than both.
void JoinLeasesAndThreads(const std::vector<Resource>& leaks,
                          Families* families) {
  std::map<uint64_t, size_t> by_sequence;
  for (size_t i = 0; i < leaks.size(); ++i) {
    if (IsRecorded(leaks[i])) by_sequence[leaks[i].origin->sequence] = i;
  }
  std::map<int, size_t> leases;  // the last that each thread took
  for (const auto& [sequence, place] : by_sequence) {
    const Resource& leak = leaks[place];
    const int tid = leak.origin->tid;
    if (leak.identity.kind == Kind::kConnection) {
      leases[tid] = place;
    } else if (leak.identity.kind == Kind::kThread) {
      const auto lease = leases.find(tid);
      if (lease != leases.end() &&
          HaveUserCallInCommon(leak.origin->stack,
                               leaks[lease->second].origin->stack)) {
        families->Join(place, lease->second);
      }
    }
  }
}

// Whether two descriptors that were made one after the other are what one call
// made.
bool AreEndsOfOne(const Resource& first, const Resource& second) {
  const Origin& made = *first.origin;
  const Origin& made_next = *second.origin;
  if (made.call != made_next.call || made.tid != made_next.tid ||
      made.stack != made_next.stack) {
    return false;
  }
  // Both ends of a pipe are of one device and inode.
  if (made.call == "pipe" || made.call == "pipe2") {
    return first.identity.stamp == second.identity.stamp;
  }
  return made.call == "socketpair" || made.call == "openpty" ||
         made.call == "forkpty";
}

// One call numbers what it makes one after the other; what popen(3) makes has
// one number.
void JoinWhatOneCallMade(const std::vector<Resource>& leaks,
                         Families* families) {
  std::map<uint64_t, size_t> by_sequence;
  for (size_t i = 0; i < leaks.size(); ++i) {
    if (!IsRecorded(leaks[i])) continue;
    const auto [known, is_new] =
        by_sequence.try_emplace(leaks[i].origin->sequence, i);
    if (!is_new) families->Join(i, known->second);
  }
  // A call in a loop goes on with the next numbers: what is the second of one
  // call is not the first of the next.
  for (auto first = by_sequence.begin(); first != by_sequence.end(); ++first) {
    const auto second = std::next(first);
    if (second == by_sequence.end()) break;
    if (second->first == first->first + 1 &&
        AreEndsOfOne(leaks[first->second], leaks[second->second])) {
      families->Join(first->second, second->second);
      first = second;
    }
  }
}

// What was not recorded was made, for all that is known, at last.
uint64_t SequenceOf(const Resource& leak) {
  return IsRecorded(leak) ? leak.origin->sequence
                          : std::numeric_limits<uint64_t>::max();
}

using Finding = std::vector<const Resource*>;

// The root first: what was made first. But what a lease sits on follows the
// lease, though a pool's connection is older than the lease when it is used
// again: it is the lease that is to be given back.
void SortByDescent(Finding* finding) {
  std::map<uint64_t, uint64_t> leases;  // by the descriptor, the sequence
  for (const Resource* leak : *finding) {
    for (int number : leak->descriptors) leases[number] = SequenceOf(*leak);
  }
  const auto place = [&leases](const Resource* leak) {
    const uint64_t own = SequenceOf(*leak);
    if (leak->identity.kind == Kind::kDescriptor) {
      const auto lease = leases.find(leak->identity.number);
      if (lease != leases.end() && lease->second >= own) {
        return std::pair(lease->second, 1);
      }
    }
    return std::pair(own, 0);
  };
  std::stable_sort(finding->begin(), finding->end(),
                   [&](const Resource* a, const Resource* b) {
                     return place(a) < place(b);
                   });
}

std::vector<Finding> Together(const std::vector<Resource>& leaks) {
  Families families(leaks.size());
  JoinLeasesAndDescriptors(leaks, &families);
  JoinThreadsAndWhatTheyMade(leaks, &families);
  JoinThreadsAndWhatTheyWaitOn(leaks, &families);
  JoinLeasesAndThreads(leaks, &families);
  JoinWhatOneCallMade(leaks, &families);
  std::vector<Finding> findings;
  std::map<size_t, size_t> places;  // by the family's root
  for (size_t i = 0; i < leaks.size(); ++i) {
    const auto [place, is_new] =
        places.try_emplace(families.Root(i), findings.size());
    if (is_new) findings.emplace_back();
    findings[place->second].push_back(&leaks[i]);
  }
  for (Finding& finding : findings) SortByDescent(&finding);
  return findings;
}

std::vector<Likeness> LikenessOf(const Finding& finding) {
  std::vector<Likeness> likeness;
  for (const Resource* leak : finding) {
    likeness.push_back(internal::LikenessOf(*leak));
  }
  return likeness;
}

bool IsOfLeases(const AlikeFindings& alike) {
  return alike.parts.front().front()->identity.kind == Kind::kConnection;
}

}  // namespace

Likeness LikenessOf(const Resource& leak) {
  const Origin origin = leak.origin.value_or(Origin());
  return {leak.identity.kind,
          leak.likeness,
          origin.call,
          origin.stack,
          leak.now.value_or(Activity()).stack,
          leak.hint};
}

std::vector<AlikeFindings> FindingsOf(const std::vector<Resource>& leaks) {
  std::vector<AlikeFindings> alike;
  std::map<std::vector<Likeness>, size_t> places;
  for (const Finding& finding : Together(leaks)) {
    const auto [place, is_new] =
        places.try_emplace(LikenessOf(finding), alike.size());
    if (is_new) alike.emplace_back().parts.resize(finding.size());
    for (size_t part = 0; part < finding.size(); ++part) {
      alike[place->second].parts[part].push_back(finding[part]);
    }
  }
  std::stable_sort(alike.begin(), alike.end(),
                   [](const AlikeFindings& a, const AlikeFindings& b) {
                     return a.count() != b.count()
                                ? a.count() > b.count()
                                : IsOfLeases(a) && !IsOfLeases(b);
                   });
  return alike;
}

}  // namespace leaktrap::internal
