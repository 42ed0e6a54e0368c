// What a program does with libmongoc's client pool, with the recipe if the
// environment has RECIPE, else without. mongoc_test runs it and judges its
// verdicts. Debian has no MongoDB server: nobody answers, and the driver goes
// on to try.

#include <mongoc/mongoc.h>

#include <cstdlib>
#include <memory>
#include <utility>

#include "gtest/gtest.h"
#include "leaktrap/leaktrap.h"
#include "leaktrap/pool/lease_tracker.h"
#include "recipes/mongoc/leaktrap_for_mongoc.h"

namespace {

class Database {
 public:
  Database() {
    const std::unique_ptr<mongoc_uri_t, decltype(&mongoc_uri_destroy)> uri(
        mongoc_uri_new("mongodb://127.0.0.1:1/"
                       "?connectTimeoutMS=100&serverSelectionTimeoutMS=100"),
        &mongoc_uri_destroy);
    pool_ = mongoc_client_pool_new(uri.get());
  }
  ~Database() { mongoc_client_pool_destroy(pool_); }

  auto Get() { return recipes::Pop(leases_, pool_); }

 private:
  mongoc_client_pool_t* pool_;
  leaktrap::LeaseTracker leases_{"mongo"};
};
using Client = decltype(std::declval<Database>().Get());

bool Answers(mongoc_client_t* client) {
  bson_t ping = BSON_INITIALIZER;
  BSON_APPEND_INT32(&ping, "ping", 1);
  bson_error_t error;
  const bool answered = mongoc_client_command_simple(client, "admin", &ping,
                                                     nullptr, nullptr, &error);
  bson_destroy(&ping);
  return answered;
}

TEST(Fixed, PoolOfOneTest) {
  Database database;
  EXPECT_FALSE(Answers(database.Get().get()));
}

TEST(Fixed, AThousandCheckouts) {
  Database database;
  for (int i = 0; i < 1000; ++i) {
    const Client one = database.Get(), other = database.Get();
    EXPECT_NE(one, other);
  }
}

// The pool stays, with idle clients, and with the thread that monitors.
TEST(Fixed, PoolOfTheWholeProgram) {
  static Database& database = *new Database;
  const Client one = database.Get(), other = database.Get();
  EXPECT_NE(one, other);
}

TEST(Leaking, ClientThatIsKept) {
  static Database& database = *new Database;
  static Client& kept = *new Client(database.Get());
  EXPECT_NE(kept, nullptr);
}

}  // namespace

int main(int argc, char** argv) {
  testing::InitGoogleTest(&argc, argv);
  leaktrap::ParseFlags(&argc, argv);
  mongoc_init();
  if (std::getenv("RECIPE") != nullptr) {
    testing::AddGlobalTestEnvironment(
        new leaktrap::LeakEnvironment(recipes::OptionsForMongoc()));
  }
  return RUN_ALL_TESTS();
}
