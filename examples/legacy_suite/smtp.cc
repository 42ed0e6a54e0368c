#include "examples/legacy_suite/smtp.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdint>
#include <memory>
#include <string>
#include <utility>

#include "examples/legacy_suite/mended.h"

namespace mail {
namespace {

// The server's answer, up to the end of its line.
std::string Answer(int socket) {
  std::string answer;
  char c;
  while (read(socket, &c, 1) == 1 && c != '\n') answer += c;
  return answer;
}

bool SaysYes(const std::string& answer) {
  return !answer.empty() && (answer[0] == '2' || answer[0] == '3');
}

}  // namespace

std::unique_ptr<SmtpConnection> SmtpConnection::Open(int port) {
  const int to_server = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address = {};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(static_cast<uint16_t>(port));
  if (connect(to_server, reinterpret_cast<sockaddr*>(&address),
              sizeof address) != 0) {
    close(to_server);
    return nullptr;
  }
  if (!SaysYes(Answer(to_server))) {
    if (Mended(7)) close(to_server);
    return nullptr;
  }
  return std::unique_ptr<SmtpConnection>(new SmtpConnection(to_server));
}

SmtpConnection::~SmtpConnection() { close(socket_); }

bool SmtpConnection::Tell(const std::string& command) {
  const std::string line = command + "\r\n";
  if (send(socket_, line.data(), line.size(), MSG_NOSIGNAL) < 0) return false;
  return SaysYes(Answer(socket_));
}

SmtpConnection* SmtpPool::Take() {
  std::unique_ptr<SmtpConnection> connection;
  if (idle_.empty()) {
    connection = SmtpConnection::Open(port_);
    if (connection == nullptr) return nullptr;
    connection->id_ = ledger_.Open("127.0.0.1:" + std::to_string(port_));
    ledger_.SetDescriptors(connection->id_, {connection->socket_});
  } else {
    connection = std::move(idle_.back());
    idle_.pop_back();
  }
  connection->lease_ = ledger_.CheckOut(connection->id_);
  return connection.release();
}

void SmtpPool::Give(SmtpConnection* connection) {
  connection->lease_.Return();
  idle_.emplace_back(connection);
}

bool Send(SmtpPool* pool, const std::string& recipient,
          const std::string& text) {
  SmtpConnection* const connection = pool->Take();
  if (connection == nullptr) return false;
  if (!connection->Tell("RCPT TO:<" + recipient + ">")) {
    if (Mended(8)) pool->Give(connection);
    return false;
  }
  const bool is_sent = connection->Tell("DATA " + text);
  pool->Give(connection);
  return is_sent;
}

}  // namespace mail
