// What makes one resource the same resource when it is looked at again.
//
// Counts are not enough: one leak and one close of something older cancel out.
// Numbers are not enough either: the kernel gives out a descriptor's number or
// a thread's id again. So each identity carries a stamp that tells apart two
// holders of one number, one after the other.
//
//   // In a user's probe, of what is numbered anew when it is used again:
//   leaktrap::Identity identity;
//   identity.number = slot.index;
//   identity.stamp[0] = slot.generation;
//   listing.identities.push_back(identity);

#ifndef LEAKTRAP_RESOURCE_IDENTITY_H_
#define LEAKTRAP_RESOURCE_IDENTITY_H_

#include <array>
#include <cstdint>
#include <tuple>

#include "leaktrap/resource/kind.h"

namespace leaktrap {

struct Identity {
  Kind kind = Kind::kOther;

  // Which pool (kConnection) or which user's probe (kOther) listed it; set by
  // Leaktrap. Zero for the other kinds.
  uint64_t source = 0;

  // Thread id, descriptor number, lease number, process id, or whatever number
  // a user's probe gives.
  uint64_t number = 0;

  // Threads and processes: {start time in clock ticks since boot}. Descriptors:
  // {device, inode, type bits of st_mode or, where these are zero, what tells
  // the sorts of anonymous inodes apart}. Unused places are zero.
  std::array<uint64_t, 3> stamp = {};

  // The place of its creation among all that the recorder saw; zero where it is
  // not known. Of a descriptor, the creation of the open file behind it, which
  // its duplicates share. It tells apart what has the same stamp: two eventfds,
  // one after the other, at one number.
  uint64_t sequence = 0;

  // A thread that came to its end and was neither joined nor detached is known
  // to the recorder only: it has no stamp.
  bool IsFinishedThread() const {
    return kind == Kind::kThread && sequence != 0 && stamp[0] == 0;
  }

  // A connection that was given back dirty: the number is its place among
  // those. It is listed from then on to the end, and is nothing that is alive.
  static constexpr uint64_t kDirtyReturns = ~uint64_t{0};
  bool IsDirtyReturn() const {
    return kind == Kind::kConnection && source == kDirtyReturns;
  }

  // The same without what only the recorder knows, as a probe gave it.
  Identity WithoutSequence() const { return {kind, source, number, stamp, 0}; }

  friend bool operator==(const Identity& a, const Identity& b) {
    return a.Key() == b.Key();
  }
  friend bool operator!=(const Identity& a, const Identity& b) {
    return !(a == b);
  }
  friend bool operator<(const Identity& a, const Identity& b) {
    return a.Key() < b.Key();
  }

 private:
  std::tuple<Kind, uint64_t, uint64_t, const std::array<uint64_t, 3>&, uint64_t>
  Key() const {
    return {kind, source, number, stamp, sequence};
  }
};

// Whether the two looks that gave `a` and `b` may have seen one resource: what
// is not known tells nothing apart. A thread keeps its sequence when it ends.
inline bool MayBeSame(const Identity& a, const Identity& b) {
  if (a.kind != b.kind || a.source != b.source || a.number != b.number) {
    return false;
  }
  const bool both_known = a.sequence != 0 && b.sequence != 0;
  if (a.kind == Kind::kThread && both_known) return a.sequence == b.sequence;
  return a.stamp == b.stamp && (!both_known || a.sequence == b.sequence);
}

}  // namespace leaktrap

#endif  // LEAKTRAP_RESOURCE_IDENTITY_H_
