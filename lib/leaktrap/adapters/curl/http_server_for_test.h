// An HTTP server on loopback that answers each request with its path, when it
// is asked to.

#ifndef LEAKTRAP_ADAPTERS_CURL_HTTP_SERVER_FOR_TEST_H_
#define LEAKTRAP_ADAPTERS_CURL_HTTP_SERVER_FOR_TEST_H_

#include <sys/types.h>

#include <string>

namespace leaktrap::curl {

// A process of its own: to be made before the first test. Keeps connections
// alive, but for requests of /close... Requests of /held... are answered when
// /release is asked for, on another connection.
class HttpServer {
 public:
  // Throws std::system_error.
  HttpServer();
  // Stops it.
  ~HttpServer();

  HttpServer(const HttpServer&) = delete;
  HttpServer& operator=(const HttpServer&) = delete;

  // "127.0.0.1:1234".
  std::string peer() const;
  std::string Url(const std::string& path) const;

 private:
  int port_ = 0;
  pid_t pid_ = -1;
};

}  // namespace leaktrap::curl

#endif  // LEAKTRAP_ADAPTERS_CURL_HTTP_SERVER_FOR_TEST_H_
