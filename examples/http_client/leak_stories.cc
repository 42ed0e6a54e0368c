// The bugs that leave a response behind, each in code that looks right, and
// each beside its fix. Linked with //testing:main: the tests of suite Leaking
// fail, those of suite Fixed pass. No test asks for it.
//
// leak_stories_test and the demo run this program and judge its verdicts;
// leak_lines_test demands that the reports name the lines that are marked.

#include <array>
#include <memory>
#include <set>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "examples/http_client/backend.h"
#include "examples/http_client/http_client.h"
#include "examples/http_client/nginx_server.h"
#include "gtest/gtest.h"

namespace http_client {
namespace {

// What outlives every test, as a service's own client does: the server and the
// clients, with no connection yet.
class Stage : public testing::Environment {
 public:
  void SetUp() override {
    absl::StatusOr<std::unique_ptr<NginxServer>> server = StartBackend();
    ASSERT_TRUE(server.ok()) << server.status();
    server_ = *std::move(server);
    for (auto* client : {&for_leaks_, &for_fixes_, &for_many_}) {
      *client = std::make_unique<Client>(BackendOptions());
    }
  }

  // Closes what the tests left open.
  void TearDown() override {
    for (auto* client : {&for_leaks_, &for_fixes_, &for_many_}) client->reset();
    server_.reset();
  }

  std::string Url(const std::string& path) const { return server_->Url(path); }
  Client& for_leaks() { return *for_leaks_; }
  Client& for_fixes() { return *for_fixes_; }
  Client& for_many() { return *for_many_; }

 private:
  std::unique_ptr<NginxServer> server_;
  std::unique_ptr<Client> for_leaks_, for_fixes_, for_many_;
};

Stage* const stage = static_cast<Stage*>(
    testing::AddGlobalTestEnvironment(new Stage));  // GoogleTest owns it

// The bugs. All of them forget a handle of the manual layer.
namespace leaking {

bool IsHealthy(Client& client, const std::string& url) {
  const absl::StatusOr<ResponseHandle> response =
      client.Open(url);  // LEAK: HealthCheckReturnsOnTheStatusAlone
  return response.ok() && response->status() == 200;
}

absl::StatusOr<std::string> Download(Client& client, const std::string& url) {
  const absl::StatusOr<ResponseHandle> response =
      client.Open(url);  // LEAK: EarlyReturnOnAnErrorStatus
  if (!response.ok()) return response.status();
  if (response->status() != 200) return absl::NotFoundError(url);
  std::string text;
  std::array<char, 1024> buffer;
  for (;;) {
    const absl::StatusOr<size_t> count =
        response->Read(buffer.data(), buffer.size());
    if (!count.ok()) return count.status();
    if (*count == 0) return text;
    text.append(buffer.data(), *count);
  }
}

bool PlaceOrder(Client& client, const std::string& url) {
  const absl::StatusOr<ResponseHandle> response =
      client.Open(url);  // LEAK: ClosedOnlyOnTheSuccessPath
  if (!response.ok()) return false;
  if (response->status() == 200) {
    response->Close();
    return true;
  }
  return false;
}

// Enough for every answer but a long one.
std::string FirstBytes(Client& client, const std::string& url) {
  const absl::StatusOr<ResponseHandle> response =
      client.Open(url);  // LEAK: OneLongAnswerAfterManyShortOnes
  if (!response.ok()) return response.status().ToString();
  std::array<char, 8> buffer;
  const absl::StatusOr<size_t> count =
      response->Read(buffer.data(), buffer.size());
  return std::string(buffer.data(), count.value_or(0));
}

}  // namespace leaking

// The same with a response that closes itself, but where the manual layer is
// used as it should be.
namespace fixed {

bool IsHealthy(Client& client, const std::string& url) {
  const absl::StatusOr<Response> response = client.Get(url);
  return response.ok() && response->status() == 200;
}

absl::StatusOr<std::string> Download(Client& client, const std::string& url) {
  absl::StatusOr<Response> response = client.Get(url);
  if (!response.ok()) return response.status();
  if (response->status() != 200) return absl::NotFoundError(url);
  return response->ReadAll();
}

bool PlaceOrder(Client& client, const std::string& url) {
  const absl::StatusOr<ResponseHandle> response = client.Open(url);
  if (!response.ok()) return false;
  const bool placed = response->status() == 200;
  response->Close();
  return placed;
}

}  // namespace fixed

TEST(Leaking, BodyNeitherReadNorClosed) {
  Client& client = stage->for_leaks();
  const std::string url = stage->Url("/greeting");
  ASSERT_TRUE(client.Open(url).ok());  // LEAK: BodyNeitherReadNorClosed
}

TEST(Fixed, BodyReadToTheEnd) {
  const absl::StatusOr<ResponseHandle> response =
      stage->for_fixes().Open(stage->Url("/greeting"));
  ASSERT_TRUE(response.ok()) << response.status();
  char byte;
  std::string body;
  while (response->Read(&byte, 1).value_or(0) == 1) body += byte;
  EXPECT_EQ(body, "hello\n");
}

TEST(Fixed, BodyClosed) {
  const absl::StatusOr<ResponseHandle> response =
      stage->for_fixes().Open(stage->Url("/greeting"));
  ASSERT_TRUE(response.ok()) << response.status();
  response->Close();
}

TEST(Leaking, HealthCheckReturnsOnTheStatusAlone) {
  EXPECT_TRUE(leaking::IsHealthy(stage->for_leaks(), stage->Url("/health")));
}

TEST(Fixed, HealthCheckLetsGoOfItsResponse) {
  EXPECT_TRUE(fixed::IsHealthy(stage->for_fixes(), stage->Url("/health")));
}

TEST(Fixed, HealthCheckOfAnEmptyBodyHoldsNothing) {
  EXPECT_FALSE(leaking::IsHealthy(stage->for_fixes(), stage->Url("/ready")));
}

TEST(Leaking, EarlyReturnOnAnErrorStatus) {
  EXPECT_FALSE(
      leaking::Download(stage->for_leaks(), stage->Url("/missing")).ok());
}

TEST(Fixed, EarlyReturnOnAnErrorStatus) {
  EXPECT_FALSE(
      fixed::Download(stage->for_fixes(), stage->Url("/missing")).ok());
}

TEST(Leaking, ClosedOnlyOnTheSuccessPath) {
  EXPECT_FALSE(leaking::PlaceOrder(stage->for_leaks(), stage->Url("/order")));
}

TEST(Fixed, ClosedOnEveryPath) {
  EXPECT_FALSE(fixed::PlaceOrder(stage->for_fixes(), stage->Url("/order")));
}

TEST(Leaking, OneLongAnswerAfterManyShortOnes) {
  for (int i = 1; i < 200; ++i) {
    ASSERT_EQ(leaking::FirstBytes(stage->for_leaks(), stage->Url("/greeting")),
              "hello\n");
  }
  EXPECT_EQ(leaking::FirstBytes(stage->for_leaks(), stage->Url("/health")),
            "all is w");
}

// The connection is opened in here and stays open: idle, and no leak.
TEST(Fixed, TwoHundredRequestsOverOneConnection) {
  Client& client = stage->for_many();
  ASSERT_EQ(client.Counts().opened, 0);
  std::set<std::string> connections;
  for (int i = 1; i <= 200; ++i) {
    absl::StatusOr<Response> response = client.Get(stage->Url("/greeting"));
    ASSERT_TRUE(response.ok()) << response.status();
    connections.insert(response->Header("X-Connection").value_or("none"));
    ASSERT_EQ(response->ReadAll().value_or(""), "hello\n");
  }
  EXPECT_EQ(connections.size(), 1u);
  EXPECT_EQ(client.Counts().opened, 1);
  EXPECT_EQ(client.Counts().idle, 1);
}

}  // namespace
}  // namespace http_client
