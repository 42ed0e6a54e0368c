// A connection to PostgreSQL that closes itself, and errors that are thrown.

#ifndef EXAMPLES_POSTGRES_POOL_CONNECTION_H_
#define EXAMPLES_POSTGRES_POOL_CONNECTION_H_

#include <libpq-fe.h>

#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

namespace postgres_pool {

class DatabaseError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

using Rows = std::vector<std::vector<std::string>>;

// Not thread-safe.
class Connection {
 public:
  // Throws DatabaseError.
  explicit Connection(const std::string& conninfo);

  // Runs one statement, with `arguments` for $1, $2, ... Throws DatabaseError.
  Rows Execute(const std::string& statement,
               const std::vector<std::string>& arguments = {});

  // False once the server was found to be gone.
  bool IsUsable() const { return PQstatus(handle_.get()) == CONNECTION_OK; }

  PGconn* handle() const { return handle_.get(); }

 private:
  struct Finish {
    void operator()(PGconn* handle) const { PQfinish(handle); }
  };

  std::unique_ptr<PGconn, Finish> handle_;
};

}  // namespace postgres_pool

#endif  // EXAMPLES_POSTGRES_POOL_CONNECTION_H_
