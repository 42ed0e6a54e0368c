// Debian's real nginx on loopback, for tests.

#ifndef EXAMPLES_HTTP_CLIENT_NGINX_SERVER_H_
#define EXAMPLES_HTTP_CLIENT_NGINX_SERVER_H_

#include <sys/types.h>

#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace http_client {

// A server of one process, in a temporary folder of its own. It ends with the
// thread that started it, should that end without stopping it.
class NginxServer {
 public:
  // Starts nginx and waits until it answers on a free port of 127.0.0.1.
  // `locations` goes into its server block: "location /x { return 204; }". The
  // files that it serves are those under www().
  //
  // Answers carry $connection and $connection_requests in the headers
  // X-Connection and X-Connection-Requests.
  static absl::StatusOr<std::unique_ptr<NginxServer>> Start(
      const std::string& locations);

  // Stops it, if that was not done, and removes the folder.
  ~NginxServer();

  NginxServer(const NginxServer&) = delete;
  NginxServer& operator=(const NginxServer&) = delete;

  int port() const { return port_; }
  std::string www() const { return folder_ + "/www"; }
  std::string Url(const std::string& path) const;

  // Answers what was asked (SIGQUIT), then is gone.
  void Stop();

  // Is gone at once (SIGTERM), in the middle of its answers.
  void Abort();

 private:
  explicit NginxServer(std::string folder) : folder_(std::move(folder)) {}

  absl::Status Launch(const std::string& locations);
  absl::Status AwaitAnswer();
  bool HasExited();
  void End(int signal);
  std::string Log() const;

  const std::string folder_;
  int port_ = 0;
  pid_t pid_ = -1;  // -1 when it does not run
};

}  // namespace http_client

#endif  // EXAMPLES_HTTP_CLIENT_NGINX_SERVER_H_
