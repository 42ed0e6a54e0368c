// Limits and re-use of connections, seen through a client and a real nginx.

#include "examples/http_client/connection_pool.h"

#include <chrono>
#include <memory>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "examples/http_client/client_test_base.h"
#include "examples/http_client/http_client.h"
#include "examples/http_client/nginx_server.h"
#include "examples/http_client/test_peers.h"
#include "gtest/gtest.h"

namespace http_client {
namespace {

using ConnectionPoolTest = ClientTest;

TEST_F(ConnectionPoolTest, TwoHundredRequestsUseOneConnection) {
  Client client;
  std::set<std::string> connections;
  for (int i = 1; i <= 200; ++i) {
    absl::StatusOr<Response> response = client.Get(Url("/hello"));
    ASSERT_TRUE(response.ok()) << response.status();
    connections.insert(*response->Header("X-Connection"));
    EXPECT_EQ(response->Header("X-Connection-Requests"), std::to_string(i));
    EXPECT_EQ(*response->ReadAll(), "hello\n");
  }
  EXPECT_EQ(connections.size(), 1u);
  EXPECT_EQ(client.Counts().opened, 1);
  ExpectHolds(client, 0, 0, 1);
}

TEST_F(ConnectionPoolTest, WhatTheServerClosesIsNotKept) {
  Client client;
  EXPECT_EQ(Fetch(client, Url("/last")), "hello\n");
  ExpectHolds(client, 0, 0, 0);
  EXPECT_EQ(client.Counts().discarded, 1);
}

TEST_F(ConnectionPoolTest, ManyThreadsShareAClient) {
  Client client(TimeOut(kForever));
  std::vector<std::thread> threads;
  for (int i = 0; i < 8; ++i) {
    threads.emplace_back([&client] {
      for (int j = 0; j < 25; ++j) {
        EXPECT_EQ(Fetch(client, Url("/hello")), "hello\n");
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(client.Counts().leased, 0);
  EXPECT_LE(client.Counts().idle, PoolLimits().idle_per_peer);
  EXPECT_GE(client.Counts().idle, 1);
}

TEST_F(ConnectionPoolTest, OnlySoManyConnectionsToOnePeer) {
  ClientOptions options = TimeOut(std::chrono::seconds(1));
  options.limits.connections_per_peer = 1;
  Client client(options);
  const absl::StatusOr<ResponseHandle> first = client.Open(Url("/byte"));
  ASSERT_TRUE(first.ok()) << first.status();
  const absl::Status second = client.Get(Url("/byte")).status();
  EXPECT_EQ(second.code(), absl::StatusCode::kResourceExhausted) << second;
  first->Close();
  EXPECT_EQ(Fetch(client, Url("/byte")), "x");
}

TEST_F(ConnectionPoolTest, ARequestWaitsForAConnectionToComeBack) {
  ClientOptions options = TimeOut(kForever);
  options.limits.connections_per_peer = 1;
  Client client(options);
  for (int i = 0; i < 50; ++i) {
    const absl::StatusOr<ResponseHandle> first = client.Open(Url("/byte"));
    ASSERT_TRUE(first.ok()) << first.status();
    std::thread second(
        [&client] { EXPECT_EQ(Fetch(client, Url("/byte")), "x"); });
    std::this_thread::yield();
    first->Close();
    second.join();
  }
}

TEST_F(ConnectionPoolTest, AnIdleConnectionMakesRoomForOneToAnotherPeer) {
  const std::unique_ptr<NginxServer> other = StartServer();
  ClientOptions options = TimeOut(std::chrono::seconds(1));
  options.limits.connections = 1;
  Client client(options);
  EXPECT_EQ(Fetch(client, Url("/hello")), "hello\n");
  const int descriptors = OpenDescriptors();
  const absl::StatusOr<ResponseHandle> held = client.Open(other->Url("/byte"));
  ASSERT_TRUE(held.ok()) << held.status();
  EXPECT_EQ(OpenDescriptors(), descriptors);
  EXPECT_EQ(client.Counts().discarded, 1);
  // A leased one makes no room.
  EXPECT_EQ(client.Get(Url("/hello")).status().code(),
            absl::StatusCode::kResourceExhausted);
  held->Close();
}

TEST_F(ConnectionPoolTest, OnlySoManyIdleConnections) {
  const std::unique_ptr<NginxServer> other = StartServer();
  ClientOptions options;
  options.limits.idle_per_peer = 2;
  options.limits.idle = 3;
  Client client(options);
  std::vector<Response> responses;
  for (int i = 0; i < 3; ++i) {
    responses.push_back(*client.Get(Url("/byte")));
    responses.push_back(*client.Get(other->Url("/byte")));
  }
  EXPECT_EQ(client.Counts().leased, 6);
  std::vector<int> idle;
  for (const int i : {0, 2, 4, 1, 3, 5}) {
    EXPECT_EQ(*responses[i].ReadAll(), "x");
    idle.push_back(client.Counts().idle);
  }
  EXPECT_EQ(idle, (std::vector<int>{1, 2, 2, 3, 3, 3}));
  EXPECT_EQ(client.Counts().discarded, 3);
}

TEST_F(ConnectionPoolTest, AnIdleConnectionExpiresWhenTheNextIsAskedFor) {
  ClientOptions options;
  options.limits.idle_timeout = std::chrono::seconds(0);
  Client client(options);
  const std::string first = ConnectionOf(client, Url("/hello"));
  ExpectHolds(client, 0, 0, 1);
  EXPECT_NE(ConnectionOf(client, Url("/hello")), first);
  EXPECT_EQ(client.Counts().opened, 2);
  EXPECT_EQ(client.Counts().discarded, 1);
}

}  // namespace
}  // namespace http_client
