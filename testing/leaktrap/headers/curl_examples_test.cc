// The example of the header of the adapter for libcurl; see
// header_examples_test.cc.

#include <curl/curl.h>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "leaktrap/adapters/curl/watch.h"
#include "leaktrap/find_leaks.h"

namespace {

using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

// adapters/curl/watch.h
TEST(CurlExample, Watch) {
  const leaktrap::Snapshot before = leaktrap::Snapshot::Take();
  const char* const url = "file:///dev/null";
  leaktrap::curl::EasyHandle easy = leaktrap::curl::MakeEasyHandle();
  curl_easy_setopt(easy.get(), CURLOPT_URL, url);
  curl_easy_perform(easy.get());

  const leaktrap::LeakReport held = leaktrap::FindLeaks(before);
  ASSERT_THAT(held.leaks(), SizeIs(1));
  EXPECT_THAT(held.leaks()[0].release, HasSubstr("curl_easy_cleanup"));
  easy.reset();
  EXPECT_THAT(leaktrap::FindLeaks(before).leaks(), IsEmpty());
}

}  // namespace
