// Sends mail: connections to one server, kept for re-use.

#ifndef EXAMPLES_LEGACY_SUITE_SMTP_H_
#define EXAMPLES_LEGACY_SUITE_SMTP_H_

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "leaktrap/pool/lease_ledger.h"

namespace mail {

class SmtpConnection {
 public:
  // To that port of this host; null if the server turns us away.
  static std::unique_ptr<SmtpConnection> Open(int port);
  ~SmtpConnection();

  // Sends a command; whether the server says yes.
  bool Tell(const std::string& command);

 private:
  friend class SmtpPool;
  explicit SmtpConnection(int socket) : socket_(socket) {}

  const int socket_;
  uint64_t id_ = 0;        // in the pool's books
  leaktrap::Lease lease_;  // while it is taken
};

class SmtpPool {
 public:
  explicit SmtpPool(int port) : port_(port) {}

  // A connection, which is to be given back; null if there is none to be had.
  SmtpConnection* Take();
  void Give(SmtpConnection* connection);

 private:
  const int port_;
  leaktrap::LeaseLedger ledger_{"smtp"};  // the books, which Leaktrap reads
  std::vector<std::unique_ptr<SmtpConnection>> idle_;
};

// Sends `text` to `recipient`; false if the server does not take it.
bool Send(SmtpPool* pool, const std::string& recipient,
          const std::string& text);

}  // namespace mail

#endif  // EXAMPLES_LEGACY_SUITE_SMTP_H_
