// Easy handles and shares, none of them told of: what is a leak, and what none.

#include <curl/curl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <string>
#include <thread>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "leaktrap/adapters/curl/transfers_for_test.h"
#include "leaktrap/adapters/curl/watch.h"
#include "leaktrap/find_leaks.h"
#include "leaktrap/pool/lease_ledger.h"

namespace leaktrap::curl {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::MatchesRegex;
using testing::SizeIs;
using testing::UnorderedElementsAre;

using EasyTest = LeaksTest;
using ShareTest = LeaksTest;
using PoolOfHandlesTest = LeaksTest;

TEST_F(EasyTest, OneThatIsNeitherUsedNorCleanedUpIsALeak) {
  CURL* const easy = curl_easy_init();
  EXPECT_THAT(Left(),
              ElementsAre(MatchesRegex("connection of pool \"libcurl easy\", "
                                       "lease .*; call curl_easy_cleanup.*")));
  curl_easy_cleanup(easy);
  EXPECT_THAT(Left(), IsEmpty());
}

// With all that it sits on: its socket, and the pair that libcurl makes.
TEST_F(EasyTest, OneThatWasUsedIsOneLeak) {
  CURL* const easy = curl_easy_init();
  EXPECT_EQ(Get(easy, "/a"), "/a");
  EXPECT_THAT(DescriptorsOf(easy), SizeIs(3));
  EXPECT_THAT(Left(), ElementsAre(AllOf(
                          HasSubstr("\"libcurl easy\" to " + Server().peer()),
                          HasSubstr(", on descriptors "))));
  curl_easy_cleanup(easy);
  EXPECT_THAT(Left(), IsEmpty());
}

// As one of a fixture is: whoever made it is charged, not who uses it first.
TEST_F(EasyTest, OneThatWasThereBeforeIsNoLeakOfItsUser) {
  CURL* const easy = curl_easy_init();
  LookAgainFromHere();
  EXPECT_EQ(Get(easy, "/a"), "/a");
  EXPECT_THAT(Left(), IsEmpty());
  curl_easy_cleanup(easy);
}

TEST_F(EasyTest, ADescriptorThatACallbackOpensIsNotItsOwn) {
  struct Opened {
    int ends[2] = {-1, -1};
    static size_t Open(char*, size_t, size_t size, void* self) {
      int* const ends = static_cast<Opened*>(self)->ends;
      return socketpair(AF_UNIX, SOCK_STREAM, 0, ends) == 0 ? size : 0;
    }
  } opened;
  CURL* const easy = curl_easy_init();
  std::string body;
  Ready(easy, "/a", &body);
  curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, &Opened::Open);
  curl_easy_setopt(easy, CURLOPT_WRITEDATA, &opened);
  EXPECT_EQ(curl_easy_perform(easy), CURLE_OK);
  EXPECT_THAT(DescriptorsOf(easy), SizeIs(3));
  curl_easy_cleanup(easy);
  EXPECT_THAT(Left(), UnorderedElementsAre(HasSubstr("descriptor "),
                                           HasSubstr("descriptor ")));
  for (const int end : opened.ends) close(end);
}

TEST_F(EasyTest, ADuplicateIsAHandleOfItsOwn) {
  CURL* const easy = curl_easy_init();
  CURL* const duplicate = curl_easy_duphandle(easy);
  EXPECT_EQ(Get(duplicate, "/a"), "/a");
  EXPECT_THAT(DescriptorsOf(easy), IsEmpty());
  EXPECT_THAT(DescriptorsOf(duplicate), SizeIs(3));
  EXPECT_THAT(Left(), SizeIs(2));
  curl_easy_cleanup(easy);
  curl_easy_cleanup(duplicate);
  EXPECT_THAT(Left(), IsEmpty());
}

TEST_F(EasyTest, OneThatIsResetIsStillWatched) {
  CURL* const easy = curl_easy_init();
  EXPECT_EQ(Get(easy, "/close"), "/close");
  curl_easy_reset(easy);
  EXPECT_EQ(Get(easy, "/a"), "/a");
  EXPECT_THAT(DescriptorsOf(easy), SizeIs(3));
  curl_easy_cleanup(easy);
  EXPECT_THAT(Left(), IsEmpty());
}

struct Sockets {
  int opened = 0;
  int closed = 0;

  static curl_socket_t Open(void* self, curlsocktype, curl_sockaddr* address) {
    ++static_cast<Sockets*>(self)->opened;
    return socket(address->family, address->socktype | SOCK_CLOEXEC,
                  address->protocol);
  }
  static int Close(void* self, curl_socket_t descriptor) {
    ++static_cast<Sockets*>(self)->closed;
    return close(descriptor);
  }
};

// A connection is closed by the callback that it was opened with, as libcurl
// itself has it.
TEST_F(EasyTest, TheUsersOwnCallbacksAreCalled) {
  Sockets first;
  Sockets second;
  CURL* const easy = curl_easy_init();
  curl_easy_setopt(easy, CURLOPT_OPENSOCKETFUNCTION, &Sockets::Open);
  curl_easy_setopt(easy, CURLOPT_OPENSOCKETDATA, &first);
  curl_easy_setopt(easy, CURLOPT_CLOSESOCKETFUNCTION, &Sockets::Close);
  curl_easy_setopt(easy, CURLOPT_CLOSESOCKETDATA, &first);
  EXPECT_EQ(Get(easy, "/a"), "/a");
  EXPECT_THAT(DescriptorsOf(easy), SizeIs(3));

  CURL* const duplicate = curl_easy_duphandle(easy);
  curl_easy_setopt(easy, CURLOPT_OPENSOCKETDATA, &second);
  curl_easy_setopt(easy, CURLOPT_CLOSESOCKETDATA, &second);
  curl_easy_cleanup(easy);
  EXPECT_EQ(first.closed, 1);

  EXPECT_EQ(Get(duplicate, "/a"), "/a");
  curl_easy_reset(duplicate);
  curl_easy_cleanup(duplicate);
  EXPECT_EQ(first.opened, 2);
  EXPECT_EQ(first.closed, 2);
  EXPECT_EQ(second.opened, 0);
  EXPECT_EQ(second.closed, 0);
  EXPECT_THAT(Left(), IsEmpty());
}

// Looked at while they work.
TEST_F(EasyTest, ManyThreads) {
  std::atomic<int> working = 4;
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&working] {
      for (int j = 0; j < 25; ++j) {
        CURL* const easy = curl_easy_init();
        EXPECT_EQ(Get(easy, "/a"), "/a");
        CURL* const duplicate = curl_easy_duphandle(easy);
        curl_easy_cleanup(easy);
        EXPECT_EQ(Get(duplicate, "/close"), "/close");
        curl_easy_cleanup(duplicate);
      }
      --working;
    });
  }
  while (working > 0) LookAgainFromHere();
  for (std::thread& thread : threads) thread.join();
  EXPECT_THAT(Left(), IsEmpty());
}

// Its connections outlive the handles that opened them.
TEST_F(ShareTest, ItsSocketsAreItsOwn) {
  CURLSH* const share = curl_share_init();
  curl_share_setopt(share, CURLSHOPT_SHARE, CURL_LOCK_DATA_CONNECT);
  LookAgainFromHere();
  for (const char* path : {"/a", "/b"}) {
    CURL* const easy = curl_easy_init();
    curl_easy_setopt(easy, CURLOPT_SHARE, share);
    EXPECT_EQ(Get(easy, path), path);
    curl_easy_cleanup(easy);
  }
  EXPECT_THAT(Left(), IsEmpty());
  EXPECT_EQ(curl_share_cleanup(share), CURLSHE_OK);
  EXPECT_THAT(Left(), IsEmpty());
}

TEST_F(ShareTest, TheUsersOwnCallbackClosesWhatOutlivesItsHandle) {
  Sockets sockets;
  CURLSH* const share = curl_share_init();
  curl_share_setopt(share, CURLSHOPT_SHARE, CURL_LOCK_DATA_CONNECT);
  CURL* const easy = curl_easy_init();
  curl_easy_setopt(easy, CURLOPT_SHARE, share);
  curl_easy_setopt(easy, CURLOPT_CLOSESOCKETFUNCTION, &Sockets::Close);
  curl_easy_setopt(easy, CURLOPT_CLOSESOCKETDATA, &sockets);
  for (const bool fresh : {false, true}) {
    curl_easy_setopt(easy, CURLOPT_FRESH_CONNECT, fresh ? 1L : 0L);
    EXPECT_EQ(Get(easy, "/a"), "/a");
  }
  curl_easy_cleanup(easy);
  EXPECT_EQ(sockets.closed, 0);
  EXPECT_EQ(curl_share_cleanup(share), CURLSHE_OK);
  EXPECT_EQ(sockets.closed, 2);
}

TEST_F(ShareTest, OneThatIsNotCleanedUpIsALeak) {
  CURLSH* const share = curl_share_init();
  curl_share_setopt(share, CURLSHOPT_SHARE, CURL_LOCK_DATA_CONNECT);
  CURL* const easy = curl_easy_init();
  curl_easy_setopt(easy, CURLOPT_SHARE, share);
  EXPECT_EQ(Get(easy, "/a"), "/a");
  // In use: nothing is cleaned up.
  EXPECT_NE(curl_share_cleanup(share), CURLSHE_OK);
  curl_easy_cleanup(easy);
  EXPECT_THAT(Left(), ElementsAre(AllOf(HasSubstr("\"libcurl share\""),
                                        HasSubstr(", on descriptor "),
                                        HasSubstr("call curl_share_cleanup"))));
  EXPECT_EQ(curl_share_cleanup(share), CURLSHE_OK);
  EXPECT_THAT(Left(), IsEmpty());
}

// A pool of the user's own, which knows its handles and names what they sit on.
TEST_F(PoolOfHandlesTest, AnIdleHandleIsNoLeak) {
  LeaseLedger ledger("web");
  CURL* const easy = curl_easy_init();
  EXPECT_EQ(Get(easy, "/a"), "/a");
  const uint64_t connection = ledger.Open("web");
  ledger.SetDescriptors(connection, DescriptorsOf(easy));
  EXPECT_THAT(Left(), IsEmpty());

  Lease lease = ledger.CheckOut(connection);
  EXPECT_THAT(Left(), testing::Contains(HasSubstr("pool \"web\"")));
  EXPECT_THAT(Left(), testing::Not(testing::Contains(HasSubstr("libcurl"))));
  lease.Return();
  EXPECT_THAT(Left(), IsEmpty());
  curl_easy_cleanup(easy);
  ledger.Discard(connection);
  EXPECT_THAT(Left(), IsEmpty());
}

TEST_F(PoolOfHandlesTest, AThousandCheckouts) {
  LeaseLedger ledger("web");
  std::vector<CURL*> handles;
  std::vector<uint64_t> connections;
  for (int i = 0; i < 4; ++i) {
    handles.push_back(curl_easy_init());
    EXPECT_EQ(Get(handles.back(), "/a"), "/a");
    connections.push_back(ledger.Open("web"));
    ledger.SetDescriptors(connections.back(), DescriptorsOf(handles.back()));
  }
  for (int i = 0; i < 1000; ++i) {
    Lease lease = ledger.CheckOut(connections[i % 4]);
    const std::string path = "/" + std::to_string(i);
    ASSERT_EQ(Get(handles[i % 4], path), path);
    lease.Return();
    if (i % 10 == 0) {
      ASSERT_THAT(Left(), IsEmpty());
    }
  }
  for (CURL* const easy : handles) curl_easy_cleanup(easy);
}

}  // namespace
}  // namespace leaktrap::curl
