// The example of adapters/curl/watch.h; see header_examples_test.cc.

#include <curl/curl.h>

#include "gtest/gtest.h"
#include "leaktrap/adapters/curl/watch.h"

namespace {

TEST(CurlExample, Watch) {
  constexpr char url[] = "file:///dev/null";
  leaktrap::curl::EasyHandle easy = leaktrap::curl::MakeEasyHandle();
  curl_easy_setopt(easy.get(), CURLOPT_URL, url);
  curl_easy_perform(easy.get());
  EXPECT_NE(easy, nullptr);
}

}  // namespace
