// The recipe of docs/recipes.md for programs that use SOCI's connection_pool,
// here over PostgreSQL.
//
//   leaktrap::LeaseTracker leases("db");  // beside the pool
//   auto session = leases.Track(std::make_unique<soci::session>(pool),
//                               recipes::SociInspector());
//   *session << "SELECT 1";

#ifndef LEAKTRAP_TESTING_RECIPES_SOCI_LEAKTRAP_FOR_SOCI_H_
#define LEAKTRAP_TESTING_RECIPES_SOCI_LEAKTRAP_FOR_SOCI_H_

#include <soci/postgresql/soci-postgresql.h>
#include <soci/soci.h>

#include <string>

#include "leaktrap/adapters/libpq/inspector.h"
#include "leaktrap/pool/lease_tracker.h"

namespace recipes {

struct SociInspector {
  leaktrap::LeaseTracker::Details Describe(soci::session* session) const {
    return leaktrap::libpq::Inspector().Describe(Connection(session));
  }
  std::string Dirt(soci::session* session) const {
    return leaktrap::libpq::Inspector().Dirt(Connection(session));
  }

 private:
  static const PGconn* Connection(soci::session* session) {
    return static_cast<soci::postgresql_session_backend*>(
               session->get_backend())
        ->conn_;
  }
};

}  // namespace recipes

#endif  // LEAKTRAP_TESTING_RECIPES_SOCI_LEAKTRAP_FOR_SOCI_H_
