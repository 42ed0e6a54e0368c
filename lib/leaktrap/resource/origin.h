// Who made a resource, as the recorder saw it.
//
//   if (leak.origin.has_value() && leak.origin->sequence != 0) {
//     std::cout << "made by " << leak.origin->call << "()\n";
//   }

#ifndef LEAKTRAP_RESOURCE_ORIGIN_H_
#define LEAKTRAP_RESOURCE_ORIGIN_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "leaktrap/resource/kind.h"

namespace leaktrap {

struct Origin {
  // The place of the creating call among all of this process. Zero: calls are
  // recorded, and this one was not seen; then the rest is empty.
  uint64_t sequence = 0;

  // The function that was called: "open", "pthread_create", "recvmsg".
  std::string call;

  // The kernel's id of the thread that called it.
  int tid = 0;

  // The function that took a descriptor over: "fdopen"; empty if none did.
  std::string taken_by;

  // Return addresses, the innermost first. Empty if no stack was kept.
  std::vector<uintptr_t> stack;

  // True if there would be a stack had the budget for stacks not been used up.
  bool stack_was_lost = false;

  // Whether a thread is detached: nobody can join it.
  bool is_detached = false;

  // Zero, or who is charged for all that the calling thread makes, because it
  // left that thread behind; a number that OriginSource::Charge was given.
  uint32_t charged_to = 0;
};

// A call that released something, as the recorder saw it.
struct Release {
  Kind kind = Kind::kDescriptor;
  uint64_t number = 0;  // as in Identity
  Origin made;          // of what was released

  // The calling thread, and the return address of the call; with those behind
  // it where releases are recorded in full.
  int tid = 0;
  std::vector<uintptr_t> stack;

  // Where it was released already, if it was: then the call failed.
  std::optional<uintptr_t> first_at;
};

}  // namespace leaktrap

#endif  // LEAKTRAP_RESOURCE_ORIGIN_H_
