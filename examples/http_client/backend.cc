#include "examples/http_client/backend.h"

namespace http_client {
namespace {

constexpr char kLocations[] = R"(
    location = /health { return 200 "all is well\n"; }
    location = /greeting { return 200 "hello\n"; }
    location = /order { return 500 "the stock list is locked\n"; }
    location = /ready { return 204; }
)";

}  // namespace

absl::StatusOr<std::unique_ptr<NginxServer>> StartBackend() {
  return NginxServer::Start(kLocations);
}

ClientOptions BackendOptions(int connections) {
  ClientOptions options;
  options.name = "backend";
  options.limits.connections = connections;
  options.limits.connections_per_peer = connections;
  return options;
}

}  // namespace http_client
