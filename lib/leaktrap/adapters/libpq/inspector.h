// What libpq knows of a connection that a pool lends.
//
//   leaktrap::LeaseTracker leases("db");
//   auto connection = leases.Track(pool.Acquire(),  // gives a PGconn
//                                  leaktrap::libpq::Inspector());
//
// A report then names server, database and descriptor, and a connection that
// goes back in the middle of something fails the test, at the line that gave it
// back: "given back inside a transaction".
//
// It reads fields of libpq and calls nothing that reads from the connection,
// writes to it, or parses what has come in (PQconsumeInput, PQisBusy): what the
// program sees of it is the same with and without.
//
// What only the server knows of a session is not seen here: prepared
// statements, settings, LISTEN, advisory locks, temporary tables. Neither is a
// connection that the server has closed and nobody has used since.

#ifndef LEAKTRAP_ADAPTERS_LIBPQ_INSPECTOR_H_
#define LEAKTRAP_ADAPTERS_LIBPQ_INSPECTOR_H_

#include <libpq-fe.h>

#include <string>
#include <utility>

#include "leaktrap/pool/lease_tracker.h"

namespace leaktrap::libpq {

// For a PGconn*, or for any guard whose get() gives one. As libpq itself, it
// must not look at a connection that another thread uses: it looks when the
// connection is checked out and when it is given back.
class Inspector {
 public:
  // For a pool that replaces broken connections when they come back.
  Inspector& PoolReplacesBroken() {
    replaces_broken_ = true;
    return *this;
  }

  // For a pool that rolls back what was left open when a connection comes back.
  Inspector& PoolRollsBack() {
    rolls_back_ = true;
    return *this;
  }

  LeaseTracker::Details Describe(const PGconn* connection) const;

  // How `connection` is; empty if the next user may have it.
  std::string Dirt(const PGconn* connection) const;

  template <typename Guard, typename = decltype(std::declval<Guard>().get())>
  LeaseTracker::Details Describe(const Guard& guard) const {
    return Describe(guard.get());
  }
  template <typename Guard, typename = decltype(std::declval<Guard>().get())>
  std::string Dirt(const Guard& guard) const {
    return Dirt(guard.get());
  }

 private:
  bool replaces_broken_ = false;
  bool rolls_back_ = false;
};

inline LeaseTracker::Details Inspector::Describe(
    const PGconn* connection) const {
  LeaseTracker::Details details;
  if (connection == nullptr) return details;
  const auto text = [](const char* field) {
    return std::string(field == nullptr ? "" : field);
  };
  const std::string host = text(PQhost(connection));
  const std::string port = text(PQport(connection));
  if (!host.empty() && (host[0] == '/' || host[0] == '@')) {
    details.peer = host + "/.s.PGSQL." + port;  // a Unix socket
  } else if (host.find(':') != std::string::npos) {
    details.peer = "[" + host + "]:" + port;
  } else {
    details.peer = host + ":" + port;
  }
  details.peer += ", database " + text(PQdb(connection));
  // Not the one that it had a moment ago: PQreset() takes another.
  const int descriptor = PQsocket(connection);
  if (descriptor >= 0) details.descriptors.push_back(descriptor);
  return details;
}

inline std::string Inspector::Dirt(const PGconn* connection) const {
  if (connection == nullptr) return "";
  switch (PQstatus(connection)) {
    case CONNECTION_OK:
      break;
    case CONNECTION_BAD:
      return replaces_broken_ ? "" : "broken (CONNECTION_BAD)";
    default:
      return "before it is connected";
  }
  std::string dirt;
  switch (PQtransactionStatus(connection)) {
    case PQTRANS_IDLE:
      break;
    case PQTRANS_INTRANS:
      if (!rolls_back_) dirt = "inside a transaction";
      break;
    case PQTRANS_INERROR:
      if (!rolls_back_) dirt = "inside a failed transaction";
      break;
    default:
      // Until all results are read, the last of which is a null pointer. A COPY
      // that was not ended looks the same.
      dirt = "with a command not finished (a result not read, or COPY)";
  }
#ifdef LIBPQ_HAS_PIPELINING
  if (PQpipelineStatus(connection) != PQ_PIPELINE_OFF) {
    dirt += dirt.empty() ? "in pipeline mode" : ", in pipeline mode";
  }
#endif
  return dirt;
}

}  // namespace leaktrap::libpq

#endif  // LEAKTRAP_ADAPTERS_LIBPQ_INSPECTOR_H_
