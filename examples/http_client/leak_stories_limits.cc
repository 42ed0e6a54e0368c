// Bugs that leave nothing behind and yet waste connections, each beside its
// fix. Everything is released when the test ends; what fails the tests of suite
// Wasting are the limits that they set: MaxLeased and MaxDiscarded.
//
// leak_stories_test and the demo run this program and judge its verdicts.

#include <algorithm>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "examples/http_client/backend.h"
#include "examples/http_client/http_client.h"
#include "gtest/gtest.h"
#include "leaktrap/leaktrap.h"

namespace http_client {
namespace {

constexpr int kReplicas = 4;

class Story : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    absl::StatusOr<std::unique_ptr<NginxServer>> server = StartBackend();
    ASSERT_TRUE(server.ok()) << server.status();
    server_ = *std::move(server);
  }
  static void TearDownTestSuite() { server_.reset(); }

  Client& client() { return client_; }
  static std::string HealthUrl() { return server_->Url("/health"); }
  static std::vector<std::string> ReplicaUrls() {
    return std::vector<std::string>(kReplicas, HealthUrl());
  }

 private:
  static inline std::unique_ptr<NginxServer> server_;
  Client client_{BackendOptions()};
};

class Wasting : public Story {};
class Fixed : public Story {};

namespace wasting {

// Asks all before it judges one: each response is open until the function
// returns.
bool AllAreHealthy(Client& client, const std::vector<std::string>& urls) {
  std::vector<Response> responses;
  for (const std::string& url : urls) {
    absl::StatusOr<Response> response = client.Get(url);
    if (!response.ok()) return false;
    responses.push_back(*std::move(response));
  }
  return std::all_of(
      responses.begin(), responses.end(),
      [](const Response& response) { return response.status() == 200; });
}

// Closes its response, unread: a connection with bytes on the way is of no use
// to the next request.
bool IsHealthy(Client& client, const std::string& url) {
  const absl::StatusOr<Response> response = client.Get(url);
  return response.ok() && response->status() == 200;
}

}  // namespace wasting

namespace fixed {

bool IsHealthy(Client& client, const std::string& url) {
  absl::StatusOr<Response> response = client.Get(url);
  return response.ok() && response->ReadAll().ok() && response->status() == 200;
}

bool AllAreHealthy(Client& client, const std::vector<std::string>& urls) {
  return std::all_of(
      urls.begin(), urls.end(),
      [&client](const std::string& url) { return IsHealthy(client, url); });
}

}  // namespace fixed

TEST_F(Wasting, ClosedOnlyWhenTheFunctionReturns) {
  VERIFY_NO_LEAKS(leaktrap::Options().MaxLeased("backend", 1));
  EXPECT_TRUE(wasting::AllAreHealthy(client(), ReplicaUrls()));
  EXPECT_EQ(client().Counts().leased, 0);
}

TEST_F(Fixed, ClosedInTheLoop) {
  VERIFY_NO_LEAKS(leaktrap::Options().MaxLeased("backend", 1));
  EXPECT_TRUE(fixed::AllAreHealthy(client(), ReplicaUrls()));
}

TEST_F(Wasting, ClosedWithoutBeingRead) {
  VERIFY_NO_LEAKS(leaktrap::Options().MaxDiscarded("backend", 0));
  for (int i = 0; i < kReplicas; ++i) {
    EXPECT_TRUE(wasting::IsHealthy(client(), HealthUrl()));
  }
  EXPECT_EQ(client().Counts().leased, 0);
}

TEST_F(Fixed, ReadBeforeItIsClosed) {
  VERIFY_NO_LEAKS(
      leaktrap::Options().MaxDiscarded("backend", 0).MaxIdle("backend", 1));
  for (int i = 0; i < kReplicas; ++i) {
    EXPECT_TRUE(fixed::IsHealthy(client(), HealthUrl()));
  }
  EXPECT_EQ(client().Counts().opened, 1);
}

}  // namespace
}  // namespace http_client
