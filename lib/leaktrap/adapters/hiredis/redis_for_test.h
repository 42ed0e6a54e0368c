// A Redis server that all tests of a program share, and connections to it.

#ifndef LEAKTRAP_ADAPTERS_HIREDIS_REDIS_FOR_TEST_H_
#define LEAKTRAP_ADAPTERS_HIREDIS_REDIS_FOR_TEST_H_

#include <hiredis/hiredis.h>

#include <memory>
#include <string>
#include <vector>

#include "gtest/gtest.h"
#include "servers/redis_server.h"

namespace leaktrap::hiredis {

// Runs from the first call to the end of the last test; to be called before the
// first test, so that it is there before.
inline servers::RedisServer& TheServer() {
  static servers::RedisServer* server = nullptr;
  class Stage : public testing::Environment {
   public:
    Stage() { server = new servers::RedisServer; }
    ~Stage() override { delete server; }
  };
  if (server == nullptr) testing::AddGlobalTestEnvironment(new Stage);
  return *server;
}

struct Free {
  void operator()(redisContext* context) const { redisFree(context); }
};
using Connection = std::unique_ptr<redisContext, Free>;

inline Connection Connect() {
  Connection connection(
      redisConnect(TheServer().host().c_str(), TheServer().port()));
  EXPECT_EQ(connection->err, 0) << connection->errstr;
  return connection;
}

// The answer's text, number or count of elements.
inline std::string Ask(redisContext* context, const char* command) {
  const std::unique_ptr<void, decltype(&freeReplyObject)> answer(
      redisCommand(context, command), &freeReplyObject);
  if (answer == nullptr) return std::string("no answer: ") + context->errstr;
  const auto* reply = static_cast<const redisReply*>(answer.get());
  if (reply->str != nullptr) return reply->str;
  return std::to_string(reply->type == REDIS_REPLY_INTEGER
                            ? reply->integer
                            : static_cast<long long>(reply->elements));
}
inline std::string Ask(const Connection& connection, const char* command) {
  return Ask(connection.get(), command);
}

// Sends all commands that were appended.
inline void Flush(const Connection& connection) {
  for (int done = 0; done == 0;) {
    ASSERT_EQ(redisBufferWrite(connection.get(), &done), REDIS_OK);
  }
}

}  // namespace leaktrap::hiredis

#endif  // LEAKTRAP_ADAPTERS_HIREDIS_REDIS_FOR_TEST_H_
