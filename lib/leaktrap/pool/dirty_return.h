// Connections that were given back in a state in which the next user must not
// get them: inside a transaction, subscribed, with an answer unread.
//
// Kept until a verifier takes them; nothing is kept where none looks.

#ifndef LEAKTRAP_POOL_DIRTY_RETURN_H_
#define LEAKTRAP_POOL_DIRTY_RETURN_H_

#include <string>
#include <vector>

#include "leaktrap/pool/checkout.h"

namespace leaktrap::internal {

struct DirtyReturn {
  std::string pool;
  std::string peer;
  std::string how;       // "inside a transaction"
  Checkout checked_out;  // who had asked for it
  Checkout returned;     // who gave it back
};

// Thread-safe, as is the next.
void NoteDirtyReturn(DirtyReturn dirty);

// Those since the last call, in their order.
std::vector<DirtyReturn> TakeDirtyReturns();

}  // namespace leaktrap::internal

#endif  // LEAKTRAP_POOL_DIRTY_RETURN_H_
