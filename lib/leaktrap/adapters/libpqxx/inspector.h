// What libpq knows of a libpqxx connection that a pool lends.
//
//   leaktrap::LeaseTracker leases("db");
//   auto connection = leases.Track(pool.Acquire(),  // gives a pqxx::connection
//                                  leaktrap::libpqxx::Inspector());
//
// See leaktrap/adapters/libpq/inspector.h for what it says. A pqxx::work that
// was not committed rolls back when it dies, and leaves nothing to say; "BEGIN"
// in a pqxx::nontransaction does, and so does a work that is still alive.
//
// libpqxx has no public way to the libpq connection inside. Its name,
// raw_connection(), has been the same in versions 6 to 8; should it change,
// this header does not compile.

#ifndef LEAKTRAP_ADAPTERS_LIBPQXX_INSPECTOR_H_
#define LEAKTRAP_ADAPTERS_LIBPQXX_INSPECTOR_H_

#include <libpq-fe.h>

#include <pqxx/connection>
#include <pqxx/version>
#include <string>
#include <utility>

#include "leaktrap/adapters/libpq/inspector.h"
#include "leaktrap/pool/lease_tracker.h"

namespace leaktrap::libpqxx {

// The class that has raw_connection().
#if PQXX_VERSION_MAJOR < 7
using AnyConnection = pqxx::connection_base;  // lazy and asynchronous ones, too
#else
using AnyConnection = pqxx::connection;
#endif

namespace internal {

inline const PGconn* RawConnectionOf(const AnyConnection& connection);

// An explicit instantiation may name what is private, and a friend hands it on.
template <auto kRawConnection>
struct PrivateName {
  friend const PGconn* RawConnectionOf(const AnyConnection& connection) {
    // By way of a void*, which version 8 gives. (g++ 12 takes no variable
    // here.)
    return static_cast<const PGconn*>(
        static_cast<const void*>((connection.*kRawConnection)()));
  }
};
template struct PrivateName<&AnyConnection::raw_connection>;

}  // namespace internal

// For a pointer to a connection, or for any guard whose get() gives one.
class Inspector {
 public:
  // See leaktrap::libpq::Inspector.
  Inspector& PoolReplacesBroken() {
    inspector_.PoolReplacesBroken();
    return *this;
  }
  Inspector& PoolRollsBack() {
    inspector_.PoolRollsBack();
    return *this;
  }

  // Connects nothing that is not connected yet, as a lazy connection.
  LeaseTracker::Details Describe(const AnyConnection* connection) const {
    return inspector_.Describe(RawOf(connection));
  }

  // Empty if the next user may have it.
  std::string Dirt(const AnyConnection* connection) const {
    return inspector_.Dirt(RawOf(connection));
  }

  template <typename Guard, typename = decltype(std::declval<Guard>().get())>
  LeaseTracker::Details Describe(const Guard& guard) const {
    return Describe(guard.get());
  }
  template <typename Guard, typename = decltype(std::declval<Guard>().get())>
  std::string Dirt(const Guard& guard) const {
    return Dirt(guard.get());
  }

 private:
  static const PGconn* RawOf(const AnyConnection* connection) {
    return connection == nullptr ? nullptr
                                 : internal::RawConnectionOf(*connection);
  }

  libpq::Inspector inspector_;
};

}  // namespace leaktrap::libpqxx

#endif  // LEAKTRAP_ADAPTERS_LIBPQXX_INSPECTOR_H_
