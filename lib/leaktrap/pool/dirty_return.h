// Connections that were given back in a state in which the next user must not
// get them: inside a transaction, subscribed, with an answer unread.
//
// Nothing is kept where no verifier looks; where one does, all of them are, for
// the whole run: each is a bug.

#ifndef LEAKTRAP_POOL_DIRTY_RETURN_H_
#define LEAKTRAP_POOL_DIRTY_RETURN_H_

#include <cstddef>
#include <string>

#include "leaktrap/pool/checkout.h"

namespace leaktrap::internal {

struct DirtyReturn {
  std::string pool;
  std::string peer;
  std::string how;       // "inside a transaction"
  Checkout checked_out;  // who had asked for it
  Checkout returned;     // who gave it back
};

// Thread-safe, as are the next two.
void NoteDirtyReturn(DirtyReturn dirty);

size_t CountDirtyReturns();

// In the order in which they were noted, from zero.
DirtyReturn GetDirtyReturn(size_t place);

}  // namespace leaktrap::internal

#endif  // LEAKTRAP_POOL_DIRTY_RETURN_H_
