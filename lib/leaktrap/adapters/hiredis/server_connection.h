// A connection to a Redis server that nothing else in the process sees.

#ifndef LEAKTRAP_ADAPTERS_HIREDIS_SERVER_CONNECTION_H_
#define LEAKTRAP_ADAPTERS_HIREDIS_SERVER_CONNECTION_H_

#include <chrono>
#include <string>
#include <vector>

namespace leaktrap::hiredis::internal {

// Every function throws std::runtime_error with the reason if it fails, also
// when 5 s have gone by since the connection was opened.
class ServerConnection {
 public:
  ServerConnection(const std::string& host, int port);
  ~ServerConnection();

  ServerConnection(const ServerConnection&) = delete;
  ServerConnection& operator=(const ServerConnection&) = delete;

  int fd() const { return fd_; }

  // Sends one command and returns the text of its answer: of a status, a
  // number or a string. An error for an answer is thrown.
  std::string Ask(const std::vector<std::string>& words);

 private:
  // Whether it connected to the address; errno tells why not.
  bool Connect(const void* address, unsigned size);
  void Await(short events);
  void Send(const std::string& bytes);
  // Makes `received_` at least that long.
  void Receive(size_t size);
  std::string TakeLine();

  const std::chrono::steady_clock::time_point deadline_;
  int fd_ = -1;
  std::string received_;  // and not taken yet
};

}  // namespace leaktrap::hiredis::internal

#endif  // LEAKTRAP_ADAPTERS_HIREDIS_SERVER_CONNECTION_H_
