// As Inspector, for connections of hiredis's asynchronous interface, which
// knows itself whether it is subscribed.
//
//   auto connection = leases.Track(pool.Acquire(),  // a redisAsyncContext
//                                  leaktrap::hiredis::AsyncInspector());
//
// Header-only; fit for production code.

#ifndef LEAKTRAP_ADAPTERS_HIREDIS_ASYNC_INSPECTOR_H_
#define LEAKTRAP_ADAPTERS_HIREDIS_ASYNC_INSPECTOR_H_

#include <hiredis/async.h>
#include <hiredis/hiredis.h>

#include <string>

#include "leaktrap/adapters/hiredis/inspector.h"
#include "leaktrap/pool/lease_tracker.h"

namespace leaktrap::hiredis {

// Stateless; to be called by the thread that runs the connection's events.
struct AsyncInspector {
  LeaseTracker::Details Describe(const redisAsyncContext* context) const {
    return internal::DetailsOf(context->c);
  }

  // "subscribed", "monitoring", "with an answer to come", "broken (...)", or
  // nothing. MULTI is not seen: only the server knows it.
  std::string Dirt(const redisAsyncContext* context) const {
    if (context->err != 0) {
      return "broken (" +
             std::string(context->errstr == nullptr ? "" : context->errstr) +
             ")";
    }
    if ((context->c.flags & REDIS_SUBSCRIBED) != 0) return "subscribed";
    if ((context->c.flags & REDIS_MONITORING) != 0) return "monitoring";
    if (context->replies.head != nullptr) return "with an answer to come";
    if (internal::HasUnsentCommand(context->c)) {
      return "with a command not sent";
    }
    if (internal::HasReplyInReader(context->c.reader)) {
      return "with a reply not read";
    }
    return internal::SocketDirt(context->c);
  }
};

}  // namespace leaktrap::hiredis

#endif  // LEAKTRAP_ADAPTERS_HIREDIS_ASYNC_INSPECTOR_H_
