#include "examples/http_client/client_test_base.h"

#include <cstdlib>
#include <fstream>
#include <utility>

#include "examples/http_client/test_peers.h"

namespace http_client {
namespace {

constexpr char kLocations[] = R"(
    location = /hello   { return 200 "hello\n"; }
    location = /byte    { return 200 "x"; }
    location = /empty   { return 204; }
    location = /nothing { return 200 ""; }
    location = /error   { return 500 "broken\n"; }
    location = /last    { keepalive_timeout 0; return 200 "hello\n"; }
    location /chunked/  {
      rewrite ^/chunked(/.*) $1 break; sub_filter_types *; sub_filter b B;
    }
)";

std::string PatternOf(size_t size) {
  std::string text(size, '\0');
  for (size_t i = 0; i < size; ++i) text[i] = 'a' + (i * i + i / 997) % 26;
  return text;
}

}  // namespace

NginxServer* ClientTest::server_ = nullptr;
std::string* ClientTest::large_ = nullptr;

void ClientTest::SetUpTestSuite() {
  server_ = StartServer().release();
  large_ = new std::string(PatternOf(5'000'003));
  std::ofstream(server_->www() + "/large") << *large_;
}

void ClientTest::TearDownTestSuite() {
  delete std::exchange(server_, nullptr);
  delete std::exchange(large_, nullptr);
}

std::unique_ptr<NginxServer> ClientTest::StartServer() {
  absl::StatusOr<std::unique_ptr<NginxServer>> server =
      NginxServer::Start(kLocations);
  if (!server.ok()) {
    ADD_FAILURE() << server.status();
    std::abort();
  }
  return *std::move(server);
}

std::string ClientTest::Url(const std::string& path) {
  return server_->Url(path);
}

const std::string& ClientTest::large() { return *large_; }

std::string ClientTest::Fetch(Client& client, const std::string& url) {
  absl::StatusOr<Response> response = client.Get(url);
  if (!response.ok()) return response.status().ToString();
  const absl::StatusOr<std::string> body = response->ReadAll();
  return body.ok() ? *body : body.status().ToString();
}

std::string ClientTest::ConnectionOf(Client& client, const std::string& url) {
  absl::StatusOr<Response> response = client.Get(url);
  if (!response.ok()) return response.status().ToString();
  const std::string number = response->Header("X-Connection").value_or("");
  response->ReadAll().IgnoreError();
  return number;
}

ClientOptions ClientTest::TimeOut(std::chrono::milliseconds timeout) {
  ClientOptions options;
  options.request_timeout = timeout;
  return options;
}

void ClientTest::ExpectHolds(const Client& client, int threads, int leased,
                             int idle) {
  EXPECT_EQ(BodyThreads(), threads);
  EXPECT_EQ(client.Counts().leased, leased);
  EXPECT_EQ(client.Counts().idle, idle);
}

}  // namespace http_client
