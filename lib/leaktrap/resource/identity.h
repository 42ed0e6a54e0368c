// What makes one resource the same resource when it is looked at again.
//
// Counts are not enough: one leak and one close of something older cancel out.
// Numbers are not enough either: the kernel gives out a descriptor's number or
// a thread's id again. So each identity carries a stamp that tells apart two
// holders of one number, one after the other.

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
  std::tuple<Kind, uint64_t, uint64_t, const std::array<uint64_t, 3>&> Key()
      const {
    return {kind, source, number, stamp};
  }
};

}  // namespace leaktrap

#endif  // LEAKTRAP_RESOURCE_IDENTITY_H_
