#include "leaktrap/adapters/hiredis/client_list.h"

#include <stdexcept>
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace leaktrap::hiredis::internal {
namespace {

using testing::IsEmpty;
using testing::SizeIs;

// As Redis 7.0 writes it.
constexpr char kFields[] =
    "id=3 addr=127.0.0.1:54144 laddr=127.0.0.1:6379 fd=7 name= age=0 idle=0 ";

Client One(const std::string& rest) {
  const std::vector<Client> clients = ParseClientList(kFields + rest + "\n");
  EXPECT_THAT(clients, SizeIs(1));
  return clients.empty() ? Client() : clients[0];
}

TEST(ClientListTest, ReadsEachLine) {
  EXPECT_THAT(ParseClientList(""), IsEmpty());
  const std::vector<Client> clients = ParseClientList(
      "id=3 addr=127.0.0.1:54144 name=a=b flags=N multi=-1 cmd=get\n"
      "id=18446744073709551615 addr=[::1]:7 name= flags=x multi=0 cmd=multi\n");
  ASSERT_THAT(clients, SizeIs(2));
  EXPECT_EQ(clients[0].id, 3);
  EXPECT_EQ(clients[0].address, "127.0.0.1:54144");
  EXPECT_EQ(clients[0].last_command, "get");
  EXPECT_EQ(DirtOf(clients[0]), "");
  EXPECT_EQ(clients[1].id, 18446744073709551615u);
  EXPECT_EQ(clients[1].address, "[::1]:7");
  EXPECT_EQ(DirtOf(clients[1]), "inside MULTI");
}

TEST(ClientListTest, TellsEachState) {
  EXPECT_EQ(DirtOf(One("flags=N sub=0 psub=0 ssub=0 multi=-1 cmd=get")), "");
  EXPECT_EQ(DirtOf(One("flags=e sub=0 psub=0 ssub=0 multi=-1 cmd=get")), "");
  EXPECT_EQ(DirtOf(One("flags=x multi=1 cmd=set")),
            "inside MULTI (1 command queued)");
  EXPECT_EQ(DirtOf(One("flags=P sub=1 psub=0 ssub=0")),
            "subscribed to 1 channel");
  EXPECT_EQ(DirtOf(One("flags=P sub=2 psub=1 ssub=3")),
            "subscribed to 2 channels and 1 pattern and 3 shard channels");
  EXPECT_EQ(DirtOf(One("flags=O")), "monitoring");
  EXPECT_EQ(DirtOf(One("flags=b cmd=blpop")),
            "waiting for the answer to blpop");
  EXPECT_EQ(DirtOf(One("flags=N watch=2")), "watching 2 keys");
  for (const char* flags :
       {"flags=x", "flags=P sub=1", "flags=O", "flags=b", "flags=N watch=1"}) {
    EXPECT_NE(RemedyFor(One(flags)), "") << flags;
  }
}

TEST(ClientListTest, AUnixSocketsPathMayHaveBlanks) {
  const std::vector<Client> clients =
      ParseClientList("id=3 addr=/run/my redis/s:0 laddr=x flags=U cmd=get\n");
  ASSERT_THAT(clients, SizeIs(1));
  EXPECT_TRUE(clients[0].by_unix_socket);
  EXPECT_EQ(clients[0].address, "/run/my redis/s");
  EXPECT_EQ(ParseClientList("id=3 addr=/run/s flags=U\n")[0].address, "/run/s")
      << "no server writes it so";
}

TEST(ClientListTest, WhatIsMissingIsNoCleanClient) {
  for (const char* text :
       {"OK\n", "addr=127.0.0.1:1 flags=N\n", "id=3 flags=N\n",
        "id=3 addr=127.0.0.1:1\n", "id= addr=127.0.0.1:1 flags=N\n"}) {
    EXPECT_THROW(ParseClientList(text), std::runtime_error) << text;
  }
}

}  // namespace
}  // namespace leaktrap::hiredis::internal
