// Debian's real redis-server on loopback, for tests.

#ifndef LEAKTRAP_TESTING_SERVERS_REDIS_SERVER_H_
#define LEAKTRAP_TESTING_SERVERS_REDIS_SERVER_H_

#include <string>

#include "servers/server_process.h"

namespace leaktrap::servers {

// A server of one process, in a temporary folder of its own; it keeps nothing
// on disk. It ends with the thread that started it, should that end without
// stopping it.
class RedisServer {
 public:
  // Starts it on a free port of 127.0.0.1 and waits until it answers. Throws
  // std::runtime_error, with the server's log, if it does not.
  RedisServer();

  // Stops it, if that was not done, and removes the folder.
  ~RedisServer();

  RedisServer(const RedisServer&) = delete;
  RedisServer& operator=(const RedisServer&) = delete;

  std::string host() const { return "127.0.0.1"; }
  int port() const { return port_; }
  std::string socket_path() const { return folder_ + "/redis.sock"; }

  // Is gone when this returns, and its clients' connections are closed.
  void Stop();

 private:
  void Launch();
  bool AwaitAnswer();

  std::string folder_;
  int port_ = 0;
  ServerProcess process_;
};

}  // namespace leaktrap::servers

#endif  // LEAKTRAP_TESTING_SERVERS_REDIS_SERVER_H_
