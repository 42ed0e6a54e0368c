// The recipe of docs/recipes.md for programs that use Poco's
// Data::SessionPool, here over PostgreSQL.
//
//   leaktrap::LeaseTracker leases("db");                 // beside the pool
//   auto session = leases.Track(pool.get(), recipes::PocoInspector());
//   *session << "SELECT 1", Poco::Data::Keywords::now;   // as a Session

#ifndef LEAKTRAP_TESTING_RECIPES_POCO_LEAKTRAP_FOR_POCO_H_
#define LEAKTRAP_TESTING_RECIPES_POCO_LEAKTRAP_FOR_POCO_H_

#include <Poco/Data/PostgreSQL/SessionHandle.h>
#include <Poco/Data/PostgreSQL/Utility.h>
#include <Poco/Data/Session.h>
#include <Poco/ThreadPool.h>

#include <string>

#include "leaktrap/adapters/libpq/inspector.h"
#include "leaktrap/leaktrap.h"
#include "leaktrap/pool/lease_tracker.h"

namespace recipes {

// Poco rolls back what begin() began when a session comes back. It does not
// know of a BEGIN in a statement: the next user gets that.
struct PocoInspector {
  leaktrap::LeaseTracker::Details Describe(Poco::Data::Session session) const {
    return leaktrap::libpq::Inspector().Describe(Connection(session));
  }
  std::string Dirt(Poco::Data::Session session) const {
    leaktrap::libpq::Inspector inspector;
    inspector.PoolReplacesBroken();
    if (session.isTransaction()) inspector.PoolRollsBack();
    return inspector.Dirt(Connection(session));
  }

 private:
  static const PGconn* Connection(Poco::Data::Session& session) {
    return *Poco::Data::PostgreSQL::Utility::handle(session);
  }
};

// The pool's janitor runs in Poco's default thread pool. Its first two threads
// start with it and stay; it grows by one for each further janitor.
inline leaktrap::Options OptionsForPoco() {
  return leaktrap::Options()
      .WarmUp([] { Poco::ThreadPool::defaultPool(); })
      .IgnoreCreatedBy("Poco::ThreadPool::getThread",
                       "Poco's default thread pool keeps its threads");
}

}  // namespace recipes

#endif  // LEAKTRAP_TESTING_RECIPES_POCO_LEAKTRAP_FOR_POCO_H_
