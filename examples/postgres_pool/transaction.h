// A transaction that rolls back unless it was committed.

#ifndef EXAMPLES_POSTGRES_POOL_TRANSACTION_H_
#define EXAMPLES_POSTGRES_POOL_TRANSACTION_H_

#include "examples/postgres_pool/connection.h"

namespace postgres_pool {

class Transaction {
 public:
  // `connection` must outlive it.
  explicit Transaction(Connection* connection) : connection_(connection) {
    connection_->Execute("BEGIN");
  }

  ~Transaction() {
    if (done_ || !connection_->IsUsable()) return;
    try {
      connection_->Execute("ROLLBACK");
    } catch (const DatabaseError&) {
      // The server is gone, and the transaction with it.
    }
  }

  Transaction(const Transaction&) = delete;
  Transaction& operator=(const Transaction&) = delete;

  void Commit() {
    connection_->Execute("COMMIT");
    done_ = true;
  }

 private:
  Connection* const connection_;
  bool done_ = false;
};

}  // namespace postgres_pool

#endif  // EXAMPLES_POSTGRES_POOL_TRANSACTION_H_
