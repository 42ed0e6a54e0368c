// A thousand forgotten responses in a process that may open few descriptors,
// and a thousand that are let go of. The clients outlive all tests, so that
// nothing is released before the run has ended: no descriptor is left when
// Leaktrap looks, and when GoogleTest writes its XML.
//
// leak_stories_test and the demo run this program and judge its verdicts.

#include <sys/resource.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <iostream>
#include <map>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "examples/http_client/backend.h"
#include "examples/http_client/http_client.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "leaktrap/leaktrap.h"

namespace http_client {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::Gt;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Lt;
using testing::Pair;

constexpr int kRequests = 1000;

// Every open response has a socket, and its handle two of libcurl's own: there
// is room for fewer of them than the pool allows, so that descriptors run out
// and not the pool.
constexpr int kDescriptors = 256;
constexpr int kConnections = 90;

struct Backend {
  std::unique_ptr<NginxServer> server;
  std::unique_ptr<Client> for_leaks, for_fixes;

  std::string HealthUrl() const { return server->Url("/health"); }
};

Backend* backend = nullptr;  // main's

struct Tally {
  int healthy = 0;
  std::map<std::string, int> errors;
};

template <typename IsHealthy>
Tally AskAThousandTimes(Client& client, IsHealthy is_healthy) {
  Tally tally;
  for (int i = 0; i < kRequests; ++i) {
    const absl::StatusOr<bool> healthy =
        is_healthy(client, backend->HealthUrl());
    if (!healthy.ok()) {
      ++tally.errors[healthy.status().ToString()];
    } else if (*healthy) {
      ++tally.healthy;
    }
  }
  return tally;
}

namespace leaking {

absl::StatusOr<bool> IsHealthy(Client& client, const std::string& url) {
  const absl::StatusOr<ResponseHandle> response = client.Open(url);
  if (!response.ok()) return response.status();
  return response->status() == 200;
}

}  // namespace leaking

namespace fixed {

absl::StatusOr<bool> IsHealthy(Client& client, const std::string& url) {
  absl::StatusOr<Response> response = client.Get(url);
  if (!response.ok()) return response.status();
  const absl::StatusOr<std::string> body = response->ReadAll();
  if (!body.ok()) return body.status();
  return response->status() == 200;
}

}  // namespace fixed

TEST(Fixed, AThousandHealthChecks) {
  const Tally tally = AskAThousandTimes(*backend->for_fixes, &fixed::IsHealthy);
  EXPECT_EQ(tally.healthy, kRequests);
  EXPECT_THAT(tally.errors, IsEmpty());
}

// The last: it leaves no descriptor to the others.
TEST(Leaking, AThousandForgottenResponses) {
  const Tally tally =
      AskAThousandTimes(*backend->for_leaks, &leaking::IsHealthy);
  EXPECT_THAT(tally.healthy, AllOf(Gt(0), Lt(kConnections)));
  EXPECT_THAT(tally.errors, ElementsAre(Pair(HasSubstr("Too many open files"),
                                             kRequests - tally.healthy)));
  std::printf("%d of %d requests were answered.\n", tally.healthy, kRequests);
}

absl::Status LimitDescriptors() {
  rlimit limit;
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) {
    return absl::ErrnoToStatus(errno, "getrlimit");
  }
  limit.rlim_cur = kDescriptors;
  if (setrlimit(RLIMIT_NOFILE, &limit) != 0) {
    return absl::ErrnoToStatus(errno, "setrlimit");
  }
  return absl::OkStatus();
}

int RunStories() {
  absl::StatusOr<std::unique_ptr<NginxServer>> server = StartBackend();
  if (!server.ok()) {
    std::cerr << server.status() << '\n';
    return EXIT_FAILURE;
  }
  if (const absl::Status limited = LimitDescriptors(); !limited.ok()) {
    std::cerr << limited << '\n';
    return EXIT_FAILURE;
  }
  Backend stage{*std::move(server),
                std::make_unique<Client>(BackendOptions(kConnections)),
                std::make_unique<Client>(BackendOptions())};
  backend = &stage;
  return RUN_ALL_TESTS();
}

}  // namespace
}  // namespace http_client

// Has a main of its own and links //testing:auto.
int main(int argc, char** argv) {
  testing::InitGoogleMock(&argc, argv);
  leaktrap::ParseFlags(&argc, argv);
  return http_client::RunStories();
}
