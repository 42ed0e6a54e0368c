// Handles that are told of, in a program where libcurl's calls do not come by.

#include "leaktrap/adapters/curl/watch.h"

#include <curl/curl.h>

#include <string>
#include <utility>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "leaktrap/adapters/curl/transfers_for_test.h"
#include "leaktrap/pool/lease_ledger.h"

namespace leaktrap::curl {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

using WatchTest = LeaksTest;

TEST_F(WatchTest, AHandleThatIsNotCleanedUpIsOneLeak) {
  EasyHandle easy = MakeEasyHandle();
  EXPECT_THAT(DescriptorsOf(easy.get()), SizeIs(2)) << "what wakes it up";
  EXPECT_EQ(Get(easy.get(), "/a"), "/a");
  EXPECT_THAT(DescriptorsOf(easy.get()), SizeIs(3));
  EXPECT_THAT(Left(), ElementsAre(AllOf(
                          HasSubstr("\"libcurl easy\" to " + Server().peer()),
                          HasSubstr("call curl_easy_cleanup"))));
  easy.reset();
  EXPECT_THAT(Left(), IsEmpty());
}

TEST_F(WatchTest, OneThatIsNotWatchedIsSeenByItsDescriptors) {
  CURL* const easy = curl_easy_init();
  EXPECT_EQ(Get(easy, "/a"), "/a");
  EXPECT_THAT(DescriptorsOf(easy), IsEmpty());
  EXPECT_THAT(Left(), SizeIs(3));
  Cleanup(easy);
  EXPECT_THAT(Left(), IsEmpty());
}

TEST_F(WatchTest, WatchingTwiceIsWatchingOnce) {
  EasyHandle easy = MakeEasyHandle();
  EXPECT_EQ(Get(easy.get(), "/a"), "/a");
  Watch(easy.get());
  EXPECT_THAT(DescriptorsOf(easy.get()), SizeIs(3));
  EXPECT_THAT(Left(), SizeIs(1));
}

TEST_F(WatchTest, NothingIsNoHandle) {
  Watch(nullptr);
  Cleanup(nullptr);
  EXPECT_THAT(DescriptorsOf(nullptr), IsEmpty());
}

// A socket that the server closed stays open until libcurl looks at it again.
TEST_F(WatchTest, ASocketThatIsClosedIsNotItsOwnAnyMore) {
  const EasyHandle easy = MakeEasyHandle();
  EXPECT_EQ(Get(easy.get(), "/close"), "/close");
  EXPECT_THAT(DescriptorsOf(easy.get()), SizeIs(2));
}

// The connection is closed with the share, when the handle is gone and another
// may have its address.
TEST_F(WatchTest, ASocketMayOutliveItsHandle) {
  CURLSH* const share = curl_share_init();
  curl_share_setopt(share, CURLSHOPT_SHARE, CURL_LOCK_DATA_CONNECT);
  EasyHandle easy = MakeEasyHandle();
  curl_easy_setopt(easy.get(), CURLOPT_SHARE, share);
  EXPECT_EQ(Get(easy.get(), "/a"), "/a");
  easy.reset();
  EXPECT_THAT(Left(), ElementsAre(HasSubstr("TCP socket")));
  const EasyHandle next = MakeEasyHandle();
  EXPECT_EQ(curl_share_cleanup(share), CURLSHE_OK);
  EXPECT_THAT(DescriptorsOf(next.get()), SizeIs(2));
}

TEST_F(WatchTest, AThousandCheckoutsFromAPool) {
  LeaseLedger ledger("web");
  std::vector<std::pair<uint64_t, EasyHandle>> handles;
  for (int i = 0; i < 4; ++i) {
    handles.emplace_back(ledger.Open("web"), MakeEasyHandle());
    ledger.SetDescriptors(handles.back().first,
                          DescriptorsOf(handles.back().second.get()));
  }
  for (int i = 0; i < 1000; ++i) {
    const auto& [connection, easy] = handles[i % 4];
    Lease lease = ledger.CheckOut(connection);
    const std::string path = (i % 7 == 0 ? "/close/" : "/") + std::to_string(i);
    ASSERT_EQ(Get(easy.get(), path), path);
    ledger.SetDescriptors(connection, DescriptorsOf(easy.get()));
    lease.Return();
    if (i % 10 == 0) {
      ASSERT_THAT(Left(), IsEmpty());
    }
  }
  EXPECT_THAT(Left(), IsEmpty());
}

}  // namespace
}  // namespace leaktrap::curl
