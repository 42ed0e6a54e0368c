// The examples of the headers of the adapter for hiredis; see
// header_examples_test.cc.

#include <hiredis/async.h>
#include <hiredis/hiredis.h>

#include <memory>
#include <optional>
#include <string>

#include "gtest/gtest.h"
#include "leaktrap/adapters/hiredis/async_inspector.h"
#include "leaktrap/adapters/hiredis/client_probe.h"
#include "leaktrap/adapters/hiredis/inspector.h"
#include "leaktrap/adapters/hiredis/server_inspector.h"
#include "leaktrap/pool/lease_tracker.h"
#include "leaktrap/probe/probe.h"
#include "servers/redis_server.h"

namespace {

// It is there before the first test looks.
leaktrap::servers::RedisServer& Server() {
  static std::optional<leaktrap::servers::RedisServer> server;
  class Stage : public testing::Environment {
   public:
    Stage() { server.emplace(); }
    ~Stage() override { server.reset(); }
  };
  if (!server.has_value()) testing::AddGlobalTestEnvironment(new Stage);
  return *server;
}
const std::string host = Server().host();
const int port = Server().port();

// adapters/hiredis/client_probe.h
static leaktrap::ProbeRegistration registration(
    leaktrap::hiredis::NewClientProbe({host, port}));

struct Pool {
  redisContext* Acquire() const { return redisConnect(host.c_str(), port); }
  void Release(redisContext* context) const { redisFree(context); }
};

// adapters/hiredis/inspector.h
TEST(RedisExample, Inspector) {
  const Pool pool;
  leaktrap::LeaseTracker leases("redis");
  auto connection = leases.Lend([&] { return pool.Acquire(); },
                                [&](redisContext* c) { pool.Release(c); },
                                leaktrap::hiredis::Inspector());
  EXPECT_EQ(connection->err, 0);
  EXPECT_EQ(leases.Counts().leased, 1);
}

// adapters/hiredis/server_inspector.h
TEST(RedisExample, InspectorWithServer) {
  const Pool pool;
  leaktrap::LeaseTracker leases("redis");
  const auto acquire = [&] { return pool.Acquire(); };
  const auto release = [&](redisContext* c) { pool.Release(c); };
  const leaktrap::hiredis::InspectorWithServer inspector({host, port});
  auto connection = leases.Lend(acquire, release, inspector);
  freeReplyObject(redisCommand(connection.get(), "PING"));
  EXPECT_EQ(leases.Counts().leased, 1);
}

struct AsyncPool {
  struct Free {
    void operator()(redisAsyncContext* context) const {
      redisAsyncFree(context);
    }
  };
  std::unique_ptr<redisAsyncContext, Free> Acquire() const {
    return {redisAsyncConnect(host.c_str(), port), Free()};
  }
};

// adapters/hiredis/async_inspector.h
TEST(RedisExample, AsyncInspector) {
  const AsyncPool pool;
  leaktrap::LeaseTracker leases("redis");
  auto connection = leases.Track(pool.Acquire(),  // a redisAsyncContext
                                 leaktrap::hiredis::AsyncInspector());
  EXPECT_EQ(connection->err, 0);
  EXPECT_EQ(leases.Counts().leased, 1);
}

}  // namespace
