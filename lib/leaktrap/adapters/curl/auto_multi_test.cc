// Multi handles and transfers, none of them told of: what is a leak, and what
// none.

#include <curl/curl.h>

#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "leaktrap/adapters/curl/transfers_for_test.h"
#include "leaktrap/adapters/curl/watch.h"

namespace leaktrap::curl {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

using MultiTest = LeaksTest;

TEST_F(MultiTest, OneThatIsNotUsedAndNotCleanedUpIsALeak) {
  CURLM* const multi = curl_multi_init();
  EXPECT_THAT(Left(), ElementsAre(AllOf(HasSubstr("\"libcurl multi\", lease "),
                                        HasSubstr(", on descriptors "),
                                        HasSubstr("call curl_multi_cleanup"))));
  curl_multi_cleanup(multi);
  EXPECT_THAT(Left(), IsEmpty());
}

// Their connections are idle in it, which is held by somebody else.
TEST_F(MultiTest, TwoTransfersThatAreDoneAndRemovedLeaveNothing) {
  CURLM* const multi = curl_multi_init();
  LookAgainFromHere();
  CURL* const a = curl_easy_init();
  CURL* const b = curl_easy_init();
  std::string body_a;
  std::string body_b;
  Ready(a, "/a", &body_a);
  Ready(b, "/b", &body_b);
  curl_multi_add_handle(multi, a);
  curl_multi_add_handle(multi, b);
  RunAll(multi);
  EXPECT_EQ(body_a, "/a");
  EXPECT_EQ(body_b, "/b");
  curl_multi_remove_handle(multi, a);
  curl_multi_remove_handle(multi, b);
  curl_easy_cleanup(a);
  curl_easy_cleanup(b);
  EXPECT_THAT(Left(), IsEmpty());
  curl_multi_cleanup(multi);
  EXPECT_THAT(Left(), IsEmpty());
}

// The handles are kept for the next requests.
TEST_F(MultiTest, ATransferThatIsDoneButNotRemovedIsNoLeak) {
  CURLM* const multi = curl_multi_init();
  CURL* const easy = curl_easy_init();
  LookAgainFromHere();
  std::string body;
  Ready(easy, "/a", &body);
  curl_multi_add_handle(multi, easy);
  RunAll(multi);
  EXPECT_EQ(body, "/a");
  EXPECT_THAT(Left(), IsEmpty());
  curl_multi_cleanup(multi);
  curl_easy_cleanup(easy);
}

size_t CleanUp(char*, size_t, size_t size, void* multi) {
  EXPECT_EQ(curl_multi_cleanup(multi), CURLM_RECURSIVE_API_CALL);
  return size;
}

// libcurl refuses, and the handle lives on.
TEST_F(MultiTest, OneThatIsCleanedUpInItsOwnCallbackIsALeak) {
  CURL* const easy = curl_easy_init();
  LookAgainFromHere();
  CURLM* const multi = curl_multi_init();
  std::string body;
  Ready(easy, "/a", &body);
  curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, CleanUp);
  curl_easy_setopt(easy, CURLOPT_WRITEDATA, multi);
  curl_multi_add_handle(multi, easy);
  RunAll(multi);
  EXPECT_THAT(Left(), ElementsAre(HasSubstr("\"libcurl multi\", lease ")));
  curl_multi_cleanup(multi);
  curl_easy_cleanup(easy);
  EXPECT_THAT(Left(), IsEmpty());
}

// Told by its message while another still runs.
TEST_F(MultiTest, OneTransferIsDoneBeforeTheOther) {
  CURLM* const multi = curl_multi_init();
  CURL* const done = curl_easy_init();
  CURL* const held = curl_easy_init();
  LookAgainFromHere();
  std::string body_done;
  std::string body_held;
  Ready(done, "/a", &body_done);
  Ready(held, "/held", &body_held);
  curl_multi_add_handle(multi, done);
  curl_multi_add_handle(multi, held);
  const CURLMsg* message = nullptr;
  RunAll(multi, [&] {
    int left = 0;
    message = curl_multi_info_read(multi, &left);
    return message != nullptr;
  });
  EXPECT_EQ(body_done, "/a");
  EXPECT_THAT(
      Left(),
      ElementsAre(AllOf(HasSubstr("\"libcurl transfer\" to " + Server().peer()),
                        HasSubstr(", on descriptor "),
                        HasSubstr("curl_multi_remove_handle"))));
  curl_multi_remove_handle(multi, held);
  EXPECT_THAT(Left(), IsEmpty());
  curl_multi_remove_handle(multi, done);
  curl_easy_cleanup(done);
  curl_easy_cleanup(held);
  curl_multi_cleanup(multi);
}

TEST_F(MultiTest, ATransferThatNobodyBeginsIsALeak) {
  CURLM* const multi = curl_multi_init();
  CURL* const easy = curl_easy_init();
  LookAgainFromHere();
  curl_multi_add_handle(multi, easy);
  EXPECT_THAT(Left(), ElementsAre(HasSubstr("\"libcurl transfer\", lease")));
  curl_multi_cleanup(multi);
  EXPECT_THAT(Left(), IsEmpty()) << "nobody is to remove it from what is gone";
  curl_easy_cleanup(easy);
}

// A handle keeps what it made when it worked alone.
TEST_F(MultiTest, AHandleThatWasUsedAloneBefore) {
  CURLM* const multi = curl_multi_init();
  CURL* const easy = curl_easy_init();
  LookAgainFromHere();
  EXPECT_EQ(Get(easy, "/a"), "/a");
  std::string body;
  Ready(easy, "/b", &body);
  curl_multi_add_handle(multi, easy);
  RunAll(multi);
  curl_multi_remove_handle(multi, easy);
  EXPECT_EQ(body, "/b");
  EXPECT_THAT(Left(), IsEmpty());
  EXPECT_THAT(DescriptorsOf(easy), SizeIs(3));
  curl_easy_cleanup(easy);
  curl_multi_cleanup(multi);
  EXPECT_THAT(Left(), IsEmpty());
}

// What the next user of the multi handle would get: see the stories.
TEST_F(MultiTest, AnAnswerThatNobodyCanGetIsNotToldOf) {
  CURLM* const multi = curl_multi_init();
  CURL* const easy = curl_easy_init();
  std::string body;
  Ready(easy, "/held", &body);
  curl_multi_add_handle(multi, easy);
  RunUntilSent(multi, easy);
  curl_easy_cleanup(easy);
  curl_multi_cleanup(multi);
  EXPECT_THAT(Left(), IsEmpty());
}

TEST_F(MultiTest, AHandleThatIsRemovedFirstLeavesNothing) {
  CURLM* const multi = curl_multi_init();
  LookAgainFromHere();
  CURL* const easy = curl_easy_init();
  std::string body;
  Ready(easy, "/held", &body);
  curl_multi_add_handle(multi, easy);
  RunUntilSent(multi, easy);
  curl_multi_remove_handle(multi, easy);
  curl_easy_cleanup(easy);
  EXPECT_THAT(Left(), IsEmpty());
  curl_multi_cleanup(multi);
}

TEST_F(MultiTest, AThousandTransfers) {
  CURLM* const multi = curl_multi_init();
  LookAgainFromHere();
  for (int i = 0; i < 1000; ++i) {
    CURL* const easy = curl_easy_init();
    const std::string path = "/" + std::to_string(i);
    std::string body;
    Ready(easy, path, &body);
    curl_multi_add_handle(multi, easy);
    RunAll(multi);
    ASSERT_EQ(body, path);
    curl_multi_remove_handle(multi, easy);
    curl_easy_cleanup(easy);
    if (i % 10 == 0) {
      ASSERT_THAT(Left(), IsEmpty());
    }
  }
  curl_multi_cleanup(multi);
}

}  // namespace
}  // namespace leaktrap::curl
