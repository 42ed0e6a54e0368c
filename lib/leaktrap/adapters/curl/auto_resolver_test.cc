// Look-ups of names: libcurl makes a thread and a pair of sockets for each, and
// may leave them behind for as long as the C library takes.

#include <curl/curl.h>
#include <dlfcn.h>
#include <netdb.h>

#include <condition_variable>
#include <mutex>
#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "leaktrap/adapters/curl/transfers_for_test.h"
#include "leaktrap/adapters/curl/watch.h"

namespace leaktrap::curl {
namespace {

using testing::IsEmpty;
using testing::SizeIs;

// Look-ups wait while it is closed.
class Gate {
 public:
  static Gate& Get() {
    static Gate& gate = *new Gate;
    return gate;
  }

  void Set(bool open) {
    const std::lock_guard<std::mutex> lock(mutex_);
    open_ = open;
    changed_.notify_all();
  }
  void Pass() {
    std::unique_lock<std::mutex> lock(mutex_);
    ++passed_;
    changed_.wait(lock, [this] { return open_; });
  }
  int passed() {
    const std::lock_guard<std::mutex> lock(mutex_);
    return passed_;
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  bool open_ = true;
  int passed_ = 0;
};

}  // namespace
}  // namespace leaktrap::curl

// In front of the C library's: names are all this machine's.
extern "C" int getaddrinfo(const char*, const char* service,
                           const addrinfo* hints, addrinfo** result) {
  leaktrap::curl::Gate::Get().Pass();
  static const auto next =
      reinterpret_cast<decltype(&getaddrinfo)>(dlsym(RTLD_NEXT, "getaddrinfo"));
  return next("127.0.0.1", service, hints, result);
}

namespace leaktrap::curl {
namespace {

using ResolverTest = LeaksTest;

std::string UrlByName(const std::string& path) {
  const std::string peer = Server().peer();
  return "http://name.test" + peer.substr(peer.find(':')) + path;
}

TEST_F(ResolverTest, ALookUpLeavesNothing) {
  const int passed = Gate::Get().passed();
  CURL* const easy = curl_easy_init();
  LookAgainFromHere();
  std::string body;
  Ready(easy, "/a", &body);
  curl_easy_setopt(easy, CURLOPT_URL, UrlByName("/a").c_str());
  EXPECT_EQ(curl_easy_perform(easy), CURLE_OK);
  EXPECT_EQ(body, "/a");
  EXPECT_EQ(Gate::Get().passed(), passed + 1) << "no look-up came by";
  EXPECT_THAT(Left(), IsEmpty());
  EXPECT_THAT(DescriptorsOf(easy), SizeIs(3)) << "the pair of the look-up too";
  curl_easy_cleanup(easy);
  EXPECT_THAT(Left(), IsEmpty());
}

// CURLOPT_QUICK_EXIT leaves the thread to itself, with one of its sockets.
TEST_F(ResolverTest, OneThatNobodyWaitsForEndsByItself) {
  Gate::Get().Set(false);
  CURL* const easy = curl_easy_init();
  std::string body;
  Ready(easy, "/a", &body);
  curl_easy_setopt(easy, CURLOPT_URL, UrlByName("/a").c_str());
  curl_easy_setopt(easy, CURLOPT_QUICK_EXIT, 1L);
  curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, 50L);
  EXPECT_EQ(curl_easy_perform(easy), CURLE_OPERATION_TIMEDOUT);
  curl_easy_cleanup(easy);
  EXPECT_THAT(Left(), SizeIs(2)) << "a thread and what it will write to";
  Gate::Get().Set(true);
  EXPECT_THAT(Left(), IsEmpty());
}

}  // namespace
}  // namespace leaktrap::curl
