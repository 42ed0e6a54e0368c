// The client against a real nginx: what it answers, and what it holds when.

#include "examples/http_client/http_client.h"

#include <fcntl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <chrono>
#include <fstream>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "examples/http_client/client_test_base.h"
#include "examples/http_client/nginx_server.h"
#include "examples/http_client/test_peers.h"
#include "gtest/gtest.h"

namespace http_client {
namespace {

using HttpClientTest = ClientTest;

// While it lives, the process can open no descriptor.
class NoDescriptorIsLeft {
 public:
  NoDescriptorIsLeft() {
    EXPECT_EQ(getrlimit(RLIMIT_NOFILE, &limit_), 0);
    rlimit low = limit_;
    low.rlim_cur = 64;
    EXPECT_EQ(setrlimit(RLIMIT_NOFILE, &low), 0);
    for (int copy; (copy = fcntl(0, F_DUPFD_CLOEXEC, 0)) >= 0;) {
      copies_.push_back(copy);
    }
  }
  NoDescriptorIsLeft(const NoDescriptorIsLeft&) = delete;
  NoDescriptorIsLeft& operator=(const NoDescriptorIsLeft&) = delete;
  ~NoDescriptorIsLeft() {
    for (const int copy : copies_) close(copy);
    EXPECT_EQ(setrlimit(RLIMIT_NOFILE, &limit_), 0);
  }

 private:
  rlimit limit_;
  std::vector<int> copies_;
};

TEST_F(HttpClientTest, AnswersWithStatusHeadersAndBody) {
  Client client;
  absl::StatusOr<Response> response = client.Get(Url("/hello"));
  ASSERT_TRUE(response.ok()) << response.status();
  EXPECT_EQ(response->status(), 200);
  EXPECT_EQ(response->Header("content-length"), "6");
  EXPECT_EQ(response->Header("X-Unheard-Of"), std::nullopt);
  EXPECT_EQ(*response->ReadAll(), "hello\n");
}

TEST_F(HttpClientTest, AnErrorStatusIsAnAnswer) {
  Client client;
  EXPECT_EQ(client.Get(Url("/no/such/file"))->status(), 404);
  absl::StatusOr<Response> response = client.Get(Url("/error"));
  EXPECT_EQ(response->status(), 500);
  EXPECT_EQ(*response->ReadAll(), "broken\n");
}

TEST_F(HttpClientTest, ALargeBodyStreams) {
  Client client;
  const absl::StatusOr<ResponseHandle> response = client.Open(Url("/large"));
  ASSERT_TRUE(response.ok()) << response.status();
  std::string body;
  char buffer[999];
  for (;;) {
    const absl::StatusOr<size_t> count = response->Read(buffer, sizeof(buffer));
    ASSERT_TRUE(count.ok()) << count.status();
    if (*count == 0) break;
    body.append(buffer, *count);
  }
  EXPECT_TRUE(body == large());
  ExpectHolds(client, 0, 0, 1);
}

TEST_F(HttpClientTest, ABodyOfUnknownLengthEndsWithAReadOfZero) {
  Client client;
  const absl::StatusOr<ResponseHandle> response =
      client.Open(Url("/chunked/large"));
  ASSERT_TRUE(response.ok()) << response.status();
  EXPECT_EQ(response->Header("Transfer-Encoding"), "chunked");
  size_t size = 0;
  char buffer[4096];
  for (;;) {
    const absl::StatusOr<size_t> count = response->Read(buffer, sizeof(buffer));
    ASSERT_TRUE(count.ok()) << count.status();
    if (*count == 0) break;
    EXPECT_EQ(client.Counts().leased, 1);
    size += *count;
  }
  EXPECT_EQ(size, large().size());
  ExpectHolds(client, 0, 0, 1);
}

TEST_F(HttpClientTest, AnUnreadBodyHoldsThreadAndConnectionHoweverSmall) {
  Client client;
  const int descriptors = OpenDescriptors();
  const absl::StatusOr<ResponseHandle> response = client.Open(Url("/byte"));
  ASSERT_TRUE(response.ok()) << response.status();
  ExpectHolds(client, 1, 1, 0);
  EXPECT_GT(OpenDescriptors(), descriptors);

  response->Close();
  ExpectHolds(client, 0, 0, 0);
  EXPECT_EQ(OpenDescriptors(), descriptors);
  EXPECT_EQ(client.Counts().discarded, 1);
}

TEST_F(HttpClientTest, AnEmptyBodyHoldsNothing) {
  Client client;
  for (const char* path : {"/empty", "/nothing"}) {
    const absl::StatusOr<ResponseHandle> response = client.Open(Url(path));
    ASSERT_TRUE(response.ok()) << response.status();
    ExpectHolds(client, 0, 0, 1);
    char byte;
    EXPECT_EQ(*response->Read(&byte, 1), 0u);
  }
  EXPECT_EQ(client.Counts().opened, 1);
}

TEST_F(HttpClientTest, TheLastByteOfAKnownLengthIsTheEnd) {
  Client client;
  const absl::StatusOr<ResponseHandle> response = client.Open(Url("/hello"));
  ASSERT_TRUE(response.ok()) << response.status();
  char buffer[6];
  EXPECT_EQ(*response->Read(buffer, 5), 5u);
  ExpectHolds(client, 1, 1, 0);
  EXPECT_EQ(*response->Read(buffer, 1), 1u);
  ExpectHolds(client, 0, 0, 1);
  EXPECT_EQ(*response->Read(buffer, 1), 0u);
}

TEST_F(HttpClientTest, ClosingEarlyClosesTheConnection) {
  Client client;
  const absl::StatusOr<ResponseHandle> response = client.Open(Url("/large"));
  ASSERT_TRUE(response.ok()) << response.status();
  char buffer[100];
  EXPECT_EQ(*response->Read(buffer, sizeof(buffer)), sizeof(buffer));
  response->Close();
  ExpectHolds(client, 0, 0, 0);
  response->Close();
  EXPECT_EQ(response->Read(buffer, 1).status().code(),
            absl::StatusCode::kFailedPrecondition);
  EXPECT_EQ(Fetch(client, Url("/hello")), "hello\n");
}

TEST_F(HttpClientTest, ClosingDoesNotWaitForAServerThatStalls) {
  const StallingPeer peer("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nx");
  Client client(TimeOut(kForever));
  const absl::StatusOr<ResponseHandle> response = client.Open(peer.url());
  ASSERT_TRUE(response.ok()) << response.status();
  char byte;
  EXPECT_EQ(*response->Read(&byte, 1), 1u);
  response->Close();
  ExpectHolds(client, 0, 0, 0);
}

TEST_F(HttpClientTest, AResponseClosesItself) {
  Client client;
  {
    absl::StatusOr<Response> first = client.Get(Url("/large"));
    ASSERT_TRUE(first.ok()) << first.status();
    const Response moved = *std::move(first);
    EXPECT_EQ(client.Counts().leased, 1);
  }
  ExpectHolds(client, 0, 0, 0);
}

TEST_F(HttpClientTest, TheClientClosesWhatWasForgotten) {
  const int descriptors = OpenDescriptors();
  auto client = std::make_unique<Client>();
  const absl::StatusOr<ResponseHandle> kept = client->Open(Url("/large"));
  ASSERT_TRUE(kept.ok()) << kept.status();
  for (int i = 0; i < 2; ++i) ASSERT_TRUE(client->Open(Url("/large")).ok());
  ExpectHolds(*client, 3, 3, 0);
  client.reset();
  EXPECT_EQ(BodyThreads(), 0);
  EXPECT_EQ(OpenDescriptors(), descriptors);

  EXPECT_EQ(kept->status(), 200);
  char byte;
  EXPECT_EQ(kept->Read(&byte, 1).status().code(),
            absl::StatusCode::kFailedPrecondition);
}

// Its socket, and the two by which libcurl wakes its handle up.
TEST_F(HttpClientTest, AConnectionTakesThreeDescriptors) {
  Client client;
  const int descriptors = OpenDescriptors();
  EXPECT_EQ(Fetch(client, Url("/hello")), "hello\n");
  EXPECT_EQ(Fetch(client, Url("/hello")), "hello\n");
  EXPECT_EQ(OpenDescriptors(), descriptors + 3);
}

TEST_F(HttpClientTest, ServerGone) {
  const std::unique_ptr<NginxServer> server = StartServer();
  Client client;
  EXPECT_EQ(Fetch(client, server->Url("/hello")), "hello\n");
  server->Stop();
  // The idle connection is found dead, and a new one is refused.
  EXPECT_EQ(client.Get(server->Url("/hello")).status().code(),
            absl::StatusCode::kUnavailable);
  ExpectHolds(client, 0, 0, 0);
  EXPECT_EQ(client.Counts().opened, 2);
  EXPECT_EQ(client.Counts().discarded, 2);
}

TEST_F(HttpClientTest, ServerGoneInTheMiddleOfABody) {
  const std::unique_ptr<NginxServer> server = StartServer();
  std::ofstream(server->www() + "/large") << std::string(64 << 20, 'x');
  Client client;
  absl::StatusOr<Response> response = client.Get(server->Url("/large"));
  ASSERT_TRUE(response.ok()) << response.status();
  server->Abort();
  EXPECT_EQ(response->ReadAll().status().code(),
            absl::StatusCode::kUnavailable);
  ExpectHolds(client, 0, 0, 0);
}

TEST_F(HttpClientTest, NoDescriptorLeft) {
  Client client;
  absl::Status status;
  {
    const NoDescriptorIsLeft none;
    status = client.Get(Url("/hello")).status();
  }
  EXPECT_EQ(status,
            absl::ResourceExhaustedError("socket: Too many open files"));
  ExpectHolds(client, 0, 0, 0);
  EXPECT_EQ(Fetch(client, Url("/hello")), "hello\n");
}

TEST_F(HttpClientTest, RefusesUrlsThatAreNotHttp) {
  Client client;
  for (const char* url : {"", "http://", "no scheme", "ftp://127.0.0.1/x",
                          "file:///etc/hostname"}) {
    EXPECT_EQ(client.Get(url).status().code(),
              absl::StatusCode::kInvalidArgument)
        << url;
  }
  EXPECT_EQ(client.Counts().opened, 0);
}

TEST_F(HttpClientTest, ARequestWithoutAnAnswerTimesOut) {
  const SilentPeer peer;
  Client client(TimeOut(std::chrono::seconds(1)));
  EXPECT_EQ(client.Get(peer.url()).status().code(),
            absl::StatusCode::kDeadlineExceeded);
  ExpectHolds(client, 0, 0, 0);
}

TEST_F(HttpClientTest, ABodyThatStallsTimesOut) {
  const StallingPeer peer("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nx");
  Client client(TimeOut(std::chrono::seconds(1)));
  absl::StatusOr<Response> response = client.Get(peer.url());
  ASSERT_TRUE(response.ok()) << response.status();
  EXPECT_EQ(response->ReadAll().status().code(),
            absl::StatusCode::kDeadlineExceeded);
  ExpectHolds(client, 0, 0, 0);
}

}  // namespace
}  // namespace http_client
