#include "leaktrap/stack/frame_pointer_guess.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <utility>
#include <vector>

#include "leaktrap/stack/byte_reader.h"
#include "leaktrap/stack/call_site.h"
#include "leaktrap/stack/frame_size.h"
#include "leaktrap/stack/loaded_code.h"
#include "leaktrap/stack/registers.h"
#include "leaktrap/stack/stack_copy.h"
#include "leaktrap/stack/unwinder.h"

namespace leaktrap::internal {
namespace {

// A function that keeps a frame pointer pushes the caller's below the return
// address, where the stack is aligned, and points to it.
constexpr uintptr_t kAlignment = 16;
constexpr uintptr_t kWord = 8;

// More than six arguments are pushed, and nobody passes many.
constexpr uintptr_t kMostPushed = 64;

// A deep recursion gives as many places as calls, and from each of them as many
// frames lead to the root: some 30 milliseconds' worth.
constexpr size_t kMostSteps = 100'000;

// A place that the frame pointer may point to, since a call's return address is
// above it.
struct Candidate {
  uintptr_t place = 0;
  // The stack pointer of the root to which one comes from there; 0 if to none.
  uintptr_t root = 0;
  // Calls on the way that are not calls of the function that is said to have
  // been called there. Where left-over frames lead into frames that are in use,
  // there is one.
  int strange_calls = 0;
};

class Guess {
 public:
  Guess(const LoadedCode& code, const StackCopy& stack, const Unwound& stopped,
        size_t most_frames)
      : code_(code),
        stack_(stack),
        stopped_(stopped),
        most_frames_(most_frames),
        lowest_(stopped.last.registers.stack_pointer()) {}

  std::optional<Unwound> Best() {
    const std::optional<FrameSize> size =
        FrameSizeAt(code_, stopped_.last.registers.instruction() -
                               (stopped_.last.is_interrupted ? 0 : 1));
    // Where a function takes room that the program computes, left-over frames
    // in that room cannot be told from its own.
    if (!size || size->most == UINT64_MAX) return std::nullopt;
    if (!FindCandidates()) return std::nullopt;
    const Candidate* best = PlainWithin(*size);
    if (best == nullptr) best = PlainAbove(*size);
    if (best == nullptr) best = OnlyOneWithin(*size);
    if (best == nullptr) return std::nullopt;
    return UnwindFrom(best->place);
  }

 private:
  // False if there are too many to try.
  bool FindCandidates() {
    size_t steps = 0;
    uint64_t address = 0;
    for (uintptr_t place = (lowest_ + kAlignment - 1) & ~(kAlignment - 1);
         stack_.Read(place + kWord, &address); place += kAlignment) {
      if (!CallBefore(code_, address)) continue;
      const Unwound way = UnwindFrom(place);
      steps += way.addresses.size();
      if (steps > kMostSteps) return false;
      Candidate candidate;
      candidate.place = place;
      if (way.end == UnwindEnd::kRoot) {
        candidate.root = way.last.registers.stack_pointer();
        candidate.strange_calls = StrangeCalls(way);
        highest_root_ = std::max(highest_root_, candidate.root);
      }
      candidates_.push_back(candidate);
    }
    return true;
  }

  // Left-over frames and recorded stack traces lie about on the stack, and may
  // lead to a root too. The thread's own is above all of them.
  bool LeadsToTheRoot(const Candidate& candidate) const {
    return candidate.root != 0 && candidate.root == highest_root_;
  }

  // Without anything strange on its way to the root.
  bool IsPlain(const Candidate& candidate) const {
    return LeadsToTheRoot(candidate) && candidate.strange_calls == 0;
  }

  uintptr_t DistanceOf(const Candidate& candidate) const {
    return candidate.place - lowest_;
  }

  bool IsWithin(const Candidate& candidate, const FrameSize& size) const {
    return size.least <= DistanceOf(candidate) &&
           DistanceOf(candidate) <= size.most;
  }

  // The plain one at the right distance. The room of an aligned frame may hold
  // left-over ones too: then it must be the only plain one.
  const Candidate* PlainWithin(const FrameSize& size) const {
    const Candidate* found = nullptr;
    for (const Candidate& candidate : candidates_) {
      if (!IsWithin(candidate, size) || !IsPlain(candidate)) continue;
      if (found != nullptr) return nullptr;
      found = &candidate;
    }
    return found;
  }

  // Arguments that were pushed for a call make the distance larger. Below the
  // right place there is nothing but them, and what was left over in room that
  // the function has taken and not used.
  const Candidate* PlainAbove(const FrameSize& size) const {
    if (stopped_.last.is_interrupted) return nullptr;
    for (const Candidate& candidate : candidates_) {
      const uintptr_t distance = DistanceOf(candidate);
      if (distance < size.least) continue;
      if (distance > size.most + kMostPushed) return nullptr;
      if (distance <= size.most) {
        // An aligned frame's distance is not known well enough to pass over it.
        if (size.least != size.most) return nullptr;
        continue;
      }
      if (IsPlain(candidate)) return &candidate;
    }
    return nullptr;
  }

  const Candidate* OnlyOneWithin(const FrameSize& size) const {
    const Candidate* found = nullptr;
    for (const Candidate& candidate : candidates_) {
      if (!IsWithin(candidate, size)) continue;
      if (found != nullptr) return nullptr;
      found = &candidate;
    }
    return found != nullptr && LeadsToTheRoot(*found) ? found : nullptr;
  }

  Unwound UnwindFrom(uintptr_t place) const {
    UnwindState state = stopped_.last;
    state.registers.Set(Registers::kFramePointer, place);
    return Unwind(code_, stack_, state, most_frames_);
  }

  int StrangeCalls(const Unwound& way) {
    int strange = 0;
    for (size_t i = 0; i + 1 < way.functions.size(); ++i) {
      const std::optional<Call> call = CallBefore(code_, way.addresses[i + 1]);
      if (!call ||
          (call->target != 0 && !MayLeadTo(call->target, way.functions[i]))) {
        ++strange;
      }
    }
    return strange;
  }

  // Whether a call of `target` may leave a frame of `function`.
  bool MayLeadTo(uintptr_t target, const ByteRange& function) {
    if (target == function.begin) return true;
    const auto [known, is_new] =
        jumps_.try_emplace({target, function.begin}, false);
    if (is_new) known->second = JumpsInto(code_, target, function);
    return known->second;
  }

  const LoadedCode& code_;
  const StackCopy& stack_;
  const Unwound& stopped_;
  const size_t most_frames_;
  // The stack pointer in the function whose frame pointer is not known.
  const uintptr_t lowest_;
  uintptr_t highest_root_ = 0;
  // By place.
  std::vector<Candidate> candidates_;
  std::map<std::pair<uintptr_t, uintptr_t>, bool> jumps_;
};

template <typename Element>
void Prepend(const std::vector<Element>& from, size_t size,
             std::vector<Element>* to) {
  to->insert(to->begin(), from.begin(), from.begin() + size);
}

}  // namespace

std::optional<Unwound> GuessFramePointer(const LoadedCode& code,
                                         const StackCopy& stack,
                                         const Unwound& stopped,
                                         size_t most_frames) {
  if (stopped.end != UnwindEnd::kUnknownRegister ||
      stopped.unknown_register != Registers::kFramePointer ||
      !stack.is_whole()) {
    return std::nullopt;
  }
  const size_t known = stopped.addresses.size() - 1;
  std::optional<Unwound> best =
      Guess(code, stack, stopped, most_frames - known).Best();
  if (!best) return std::nullopt;
  Prepend(stopped.addresses, known, &best->addresses);
  Prepend(stopped.functions, known, &best->functions);
  return best;
}

}  // namespace leaktrap::internal
