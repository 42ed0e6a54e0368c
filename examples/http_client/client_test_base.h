// A real nginx and what it serves, for the tests of the client.

#ifndef EXAMPLES_HTTP_CLIENT_CLIENT_TEST_BASE_H_
#define EXAMPLES_HTTP_CLIENT_CLIENT_TEST_BASE_H_

#include <chrono>
#include <memory>
#include <string>

#include "examples/http_client/http_client.h"
#include "examples/http_client/nginx_server.h"
#include "gtest/gtest.h"

namespace http_client {

// Longer than a test may take: what would end only by this time-out fails.
inline constexpr auto kForever = std::chrono::minutes(30);

class ClientTest : public testing::Test {
 protected:
  static void SetUpTestSuite();
  static void TearDownTestSuite();

  // One more server, with the same locations.
  static std::unique_ptr<NginxServer> StartServer();

  // Of the server that all tests share.
  static std::string Url(const std::string& path);

  // The file /large of that server.
  static const std::string& large();

  // The body of `url`, read to the end; the error as text if there is one.
  static std::string Fetch(Client& client, const std::string& url);

  // Which of the server's connections answers.
  static std::string ConnectionOf(Client& client, const std::string& url);

  static ClientOptions TimeOut(std::chrono::milliseconds timeout);

  static void ExpectHolds(const Client& client, int threads, int leased,
                          int idle);

 private:
  static NginxServer* server_;
  static std::string* large_;
};

}  // namespace http_client

#endif  // EXAMPLES_HTTP_CLIENT_CLIENT_TEST_BASE_H_
