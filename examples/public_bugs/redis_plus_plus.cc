// A slot lost when receive() throws, as in an early version of redis-plus-plus
// (src/sw/redis++/redis.h): a command fetches a connection from the pool,
// sends, receives and releases it. If receiving throws, the connection is
// destroyed, but the pool still counts it as lent. No descriptor leaks; after
// as many errors as the pool has slots, fetch() waits for ever.
//
// https://github.com/sewenew/redis-plus-plus, fixed there by a guard
// (ConnectionPoolGuard). Akin: /issues/57 and /issues/172 of that project.

#include <hiredis/hiredis.h>

#include <condition_variable>
#include <map>
#include <memory>
#include <mutex>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "examples/public_bugs/stage.h"
#include "gtest/gtest.h"
#include "leaktrap/adapters/hiredis/inspector.h"
#include "leaktrap/pool/lease_tracker.h"

namespace public_bugs {
namespace {

class Connection {
 public:
  explicit Connection(int slot) : slot_(slot) { reconnect(); }

  void reconnect() { context_.reset(redisConnect("127.0.0.1", RedisPort())); }
  bool broken() const { return context_->err != 0; }
  int slot() const { return slot_; }
  const redisContext* context() const { return context_.get(); }

  void send(const std::string& command) {
    redisAppendCommand(context_.get(), command.c_str());
  }
  std::string recv() {
    void* answer = nullptr;
    if (redisGetReply(context_.get(), &answer) != REDIS_OK) {
      throw std::runtime_error(context_->errstr);
    }
    const std::unique_ptr<void, decltype(&freeReplyObject)> owner(
        answer, &freeReplyObject);
    const auto* reply = static_cast<const redisReply*>(answer);
    return reply->str != nullptr ? reply->str : std::to_string(reply->integer);
  }

 private:
  struct Free {
    void operator()(redisContext* context) const { redisFree(context); }
  };
  std::unique_ptr<redisContext, Free> context_;
  int slot_;
};

class ConnectionPool {
 public:
  explicit ConnectionPool(int size) : size_(size) {}

  Connection fetch() {
    std::unique_lock<std::mutex> lock(mutex_);
    cv_.wait(lock, [this] { return !idle_.empty() || used_ < size_; });
    if (idle_.empty()) idle_.emplace_back(used_++);
    Connection connection = std::move(idle_.back());
    idle_.pop_back();
    if (connection.broken()) connection.reconnect();
    lent_[connection.slot()] = leases_.CheckOut(  // for Leaktrap
        Inspector().Describe(connection.context()));
    return connection;
  }

  void release(Connection connection) {
    const std::lock_guard<std::mutex> lock(mutex_);
    lent_.erase(connection.slot());  // for Leaktrap
    idle_.push_back(std::move(connection));
    cv_.notify_one();
  }

 private:
  using Inspector = leaktrap::hiredis::Inspector;

  const int size_;
  std::mutex mutex_;
  std::condition_variable cv_;
  std::vector<Connection> idle_;
  int used_ = 0;
  leaktrap::LeaseTracker leases_{"redis++"};    // for Leaktrap
  std::map<int, leaktrap::TrackedLease> lent_;  // by slot, as the pool counts
};

namespace leaking {

std::string Command(ConnectionPool& pool, const std::string& command) {
  Connection connection = pool.fetch();
  connection.send(command);
  std::string reply = connection.recv();
  pool.release(std::move(connection));
  return reply;
}

}  // namespace leaking

namespace fixed {

class ConnectionPoolGuard {
 public:
  ConnectionPoolGuard(ConnectionPool& pool, Connection& connection)
      : pool_(pool), connection_(connection) {}
  ~ConnectionPoolGuard() { pool_.release(std::move(connection_)); }

 private:
  ConnectionPool& pool_;
  Connection& connection_;
};

std::string Command(ConnectionPool& pool, const std::string& command) {
  Connection connection = pool.fetch();
  const ConnectionPoolGuard guard(pool, connection);
  connection.send(command);
  return connection.recv();
}

}  // namespace fixed

template <typename CommandFunction>
void AnErrorAndThenWork(ConnectionPool& pool, CommandFunction command) {
  EXPECT_EQ(command(pool, "SET city Delft"), "OK");
  EXPECT_EQ(command(pool, "QUIT"), "OK");  // then the server hangs up
  EXPECT_THROW(command(pool, "GET city"), std::runtime_error);
  EXPECT_EQ(command(pool, "GET city"), "Delft");
}

TEST(Bug, RedisPlusPlusLosesASlotWhenReceiveThrows) {
  static ConnectionPool& pool = *new ConnectionPool(2);
  AnErrorAndThenWork(pool, leaking::Command);
}

TEST(Fixed, RedisPlusPlusReleasesByAGuard) {
  static ConnectionPool& pool = *new ConnectionPool(2);
  AnErrorAndThenWork(pool, fixed::Command);
}

}  // namespace
}  // namespace public_bugs
