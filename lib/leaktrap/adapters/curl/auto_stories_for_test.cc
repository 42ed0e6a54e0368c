// What is done to libcurl's handles in real programs: the tests of suite
// Leaking fail, those of suite Fixed pass. None asks for it. Run by
// auto_verdict_test, which demands the lines that are marked.

#include <curl/curl.h>

#include <iostream>
#include <string>

#include "gtest/gtest.h"
#include "leaktrap/adapters/curl/transfers_for_test.h"

namespace leaktrap::curl {
namespace {

// Leaves by the door in the middle.
std::string FetchAndForget(const std::string& path) {
  CURL* const easy = curl_easy_init();  // LEAK: EasyNeverCleanedUp
  const std::string body = Get(easy, path);
  if (body != "/not-there") return body;
  curl_easy_cleanup(easy);
  return "";
}

TEST(Leaking, EasyNeverCleanedUp) { EXPECT_EQ(FetchAndForget("/a"), "/a"); }

TEST(Fixed, EasyCleanedUp) {
  CURL* const easy = curl_easy_init();
  EXPECT_EQ(Get(easy, "/a"), "/a");
  curl_easy_cleanup(easy);
}

TEST(Leaking, EasyNeverPerformed) {
  EXPECT_NE(curl_easy_init(), nullptr);  // LEAK: EasyNeverPerformed
}

void Fetch(CURLM* multi, const std::string& path) {
  CURL* const easy = curl_easy_init();
  std::string body;
  Ready(easy, path, &body);
  curl_multi_add_handle(multi, easy);
  RunAll(multi);
  EXPECT_EQ(body, path);
  curl_multi_remove_handle(multi, easy);
  curl_easy_cleanup(easy);
}

TEST(Leaking, MultiNeverCleanedUp) {
  CURLM* const multi = curl_multi_init();  // LEAK: MultiNeverCleanedUp
  Fetch(multi, "/a");
  Fetch(multi, "/b");
}

TEST(Fixed, MultiCleanedUp) {
  CURLM* const multi = curl_multi_init();
  Fetch(multi, "/a");
  Fetch(multi, "/b");
  curl_multi_cleanup(multi);
}

// Both live as long as the program: it is the transfer that is left.
CURLM* GlobalMulti() {
  static CURLM* const multi = curl_multi_init();
  return multi;
}

CURL* GlobalEasy() {
  static CURL* const easy = curl_easy_init();
  return easy;
}

std::string global_body;

class Global : public testing::Environment {
 public:
  void SetUp() override {
    GlobalMulti();
    GlobalEasy();
  }
};

[[maybe_unused]] testing::Environment* const global =
    testing::AddGlobalTestEnvironment(new Global);  // GoogleTest owns it

TEST(Leaking, TransferNeverRemoved) {
  Ready(GlobalEasy(), "/held/for-ever", &global_body);
  curl_multi_add_handle(GlobalMulti(),  // LEAK: TransferNeverRemoved
                        GlobalEasy());
  RunUntilSent(GlobalMulti(), GlobalEasy());
}

TEST(Fixed, TransferRemoved) {
  CURLM* const multi = GlobalMulti();
  CURL* const easy = curl_easy_init();
  std::string body;
  Ready(easy, "/held/for-a-moment", &body);
  curl_multi_add_handle(multi, easy);
  RunUntilSent(multi, easy);
  curl_multi_remove_handle(multi, easy);
  curl_easy_cleanup(easy);
}

TEST(Leaking, ShareNeverCleanedUp) {
  CURLSH* const share = curl_share_init();  // LEAK: ShareNeverCleanedUp
  curl_share_setopt(share, CURLSHOPT_SHARE, CURL_LOCK_DATA_CONNECT);
  CURL* const easy = curl_easy_init();
  curl_easy_setopt(easy, CURLOPT_SHARE, share);
  EXPECT_EQ(Get(easy, "/a"), "/a");
  curl_easy_cleanup(easy);
}

// libcurl 7.88 keeps the connection for the next, whose answer is then the
// first one's.
TEST(Leaking, CleanedUpInItsTransfer) {
  CURLM* const multi = curl_multi_init();
  CURL* const first = curl_easy_init();
  std::string body;
  Ready(first, "/held/secret-of-the-first", &body);
  curl_multi_add_handle(multi, first);
  RunUntilSent(multi, first);
  curl_easy_cleanup(first);  // LEAK: CleanedUpInItsTransfer

  CURL* const releasing = curl_easy_init();
  EXPECT_EQ(Get(releasing, "/release"), "/release");
  curl_easy_cleanup(releasing);

  CURL* const second = curl_easy_init();
  Ready(second, "/page-of-the-second", &body);
  curl_multi_add_handle(multi, second);
  RunAll(multi);
  std::cout << "the second got " << body << std::endl;
  curl_multi_remove_handle(multi, second);
  curl_easy_cleanup(second);
  curl_multi_cleanup(multi);
}

TEST(Fixed, RemovedFromItsTransferAndCleanedUp) {
  CURLM* const multi = curl_multi_init();
  CURL* const first = curl_easy_init();
  std::string body;
  Ready(first, "/held/secret-of-the-first", &body);
  curl_multi_add_handle(multi, first);
  RunUntilSent(multi, first);
  curl_multi_remove_handle(multi, first);
  curl_easy_cleanup(first);

  Fetch(multi, "/page-of-the-second");
  curl_multi_cleanup(multi);
}

}  // namespace
}  // namespace leaktrap::curl
