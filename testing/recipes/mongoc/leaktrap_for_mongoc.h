// The recipe of docs/recipes.md for programs that use libmongoc's client pool.
//
//   leaktrap::LeaseTracker leases("mongo");      // beside the pool
//   auto client = recipes::Pop(leases, pool);    // pushed back when it dies

#ifndef LEAKTRAP_TESTING_RECIPES_MONGOC_LEAKTRAP_FOR_MONGOC_H_
#define LEAKTRAP_TESTING_RECIPES_MONGOC_LEAKTRAP_FOR_MONGOC_H_

#include <mongoc/mongoc.h>

#include "leaktrap/leaktrap.h"
#include "leaktrap/pool/lease_tracker.h"

namespace recipes {

inline auto Pop(leaktrap::LeaseTracker& leases, mongoc_client_pool_t* pool) {
  return leases.Lend(
      [pool] { return mongoc_client_pool_pop(pool); },
      [pool](mongoc_client_t* c) { mongoc_client_pool_push(pool, c); });
}

// Of a pool that lives as long as the program: its first pop starts a thread
// for each server, and a second for some, which monitor it until the pool is
// destroyed.
inline leaktrap::Options OptionsForMongoc() {
  return leaktrap::Options().IgnoreCreatedBy("mongoc_client_pool_pop",
                                             "the driver monitors its servers");
}

}  // namespace recipes

#endif  // LEAKTRAP_TESTING_RECIPES_MONGOC_LEAKTRAP_FOR_MONGOC_H_
