// The examples of the headers of adapters for Redis; see
// header_examples_test.cc.

#include <hiredis/async.h>
#include <hiredis/hiredis.h>

#include <memory>

#include "gtest/gtest.h"
#include "leaktrap/adapters/hiredis/async_inspector.h"
#include "leaktrap/adapters/hiredis/client_probe.h"
#include "leaktrap/adapters/hiredis/inspector.h"
#include "leaktrap/adapters/hiredis/server_inspector.h"
#include "leaktrap/pool/lease_tracker.h"
#include "leaktrap/probe/probe.h"
#include "servers/redis_server.h"

namespace {

std::unique_ptr<leaktrap::servers::RedisServer> server;

struct Pool {
  redisContext* Acquire() const {
    return redisConnect("127.0.0.1", server->port());
  }
  void Release(redisContext* context) const { redisFree(context); }
};

class RedisExample : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    server = std::make_unique<leaktrap::servers::RedisServer>();
  }
  static void TearDownTestSuite() { server.reset(); }

  Pool pool;
};

// adapters/hiredis/inspector.h
TEST_F(RedisExample, Inspector) {
  leaktrap::LeaseTracker leases("redis");
  auto connection = leases.Lend([&] { return pool.Acquire(); },
                                [&](redisContext* c) { pool.Release(c); },
                                leaktrap::hiredis::Inspector());
  EXPECT_EQ(connection->err, 0);
  EXPECT_EQ(leases.Counts().leased, 1);
}

struct AsyncPool {
  struct Free {
    void operator()(redisAsyncContext* context) const {
      redisAsyncFree(context);
    }
  };
  std::unique_ptr<redisAsyncContext, Free> Acquire() const {
    return {redisAsyncConnect("127.0.0.1", server->port()), Free()};
  }
};

// adapters/hiredis/async_inspector.h
TEST_F(RedisExample, AsyncInspector) {
  const AsyncPool pool;
  leaktrap::LeaseTracker leases("redis");
  auto connection = leases.Track(pool.Acquire(),  // gives a redisAsyncContext
                                 leaktrap::hiredis::AsyncInspector());
  EXPECT_EQ(connection->err, 0);
  EXPECT_EQ(leases.Counts().leased, 1);
}

// Not run: there is no server at that port.
template <typename Acquire, typename Release>
[[maybe_unused]] void Ask(leaktrap::LeaseTracker& leases, Acquire acquire,
                          Release release) {
  // adapters/hiredis/server_inspector.h
  leaktrap::hiredis::InspectorWithServer inspector({"127.0.0.1", 6379});
  auto connection = leases.Lend(acquire, release, inspector);

  // adapters/hiredis/client_probe.h
  static leaktrap::ProbeRegistration registration(
      leaktrap::hiredis::NewClientProbe({"127.0.0.1", 6379}));
}

[[maybe_unused]] void AskForPool(leaktrap::LeaseTracker& leases, Pool& pool) {
  Ask(
      leases, [&] { return pool.Acquire(); },
      [&](redisContext* c) { pool.Release(c); });
}

}  // namespace
