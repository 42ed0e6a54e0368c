// What the tests of the adapter have libcurl do, and what they look at.

#ifndef LEAKTRAP_ADAPTERS_CURL_TRANSFERS_FOR_TEST_H_
#define LEAKTRAP_ADAPTERS_CURL_TRANSFERS_FOR_TEST_H_

#include <curl/curl.h>

#include <functional>
#include <string>
#include <vector>

#include "gtest/gtest.h"
#include "leaktrap/adapters/curl/http_server_for_test.h"
#include "leaktrap/find_leaks.h"

namespace leaktrap::curl {

// The one server of the program, made before the first test.
HttpServer& Server();

// Readies a handle for a GET of the server's `path`; `body` is appended to.
void Ready(CURL* easy, const std::string& path, std::string* body);

// Performs that; the body, or libcurl's words of why not.
std::string Get(CURL* easy, const std::string& path);

// Works on the transfers of `multi` until none runs, or `done` says so.
void RunAll(
    CURLM* multi, const std::function<bool()>& done = [] { return false; });

// Works on them until the request of `easy` is out.
void RunUntilSent(CURLM* multi, CURL* easy);

// What each leak is, in a line, with the advice: "connection of pool ...".
std::vector<std::string> Told(const LeakReport& report);

class LeaksTest : public testing::Test {
 protected:
  // What was left since the last look.
  std::vector<std::string> Left() { return Told(FindLeaks(before_)); }
  void LookAgainFromHere() { before_ = Snapshot::Take(); }

 private:
  Snapshot before_ = Snapshot::Take();
};

}  // namespace leaktrap::curl

#endif  // LEAKTRAP_ADAPTERS_CURL_TRANSFERS_FOR_TEST_H_
