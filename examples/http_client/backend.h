// The backend that the leak stories ask, and the clients that ask it.

#ifndef EXAMPLES_HTTP_CLIENT_BACKEND_H_
#define EXAMPLES_HTTP_CLIENT_BACKEND_H_

#include <memory>

#include "absl/status/statusor.h"
#include "examples/http_client/http_client.h"
#include "examples/http_client/nginx_server.h"

namespace http_client {

// A server that answers /health and /greeting with 200, /order with 500 and
// /ready with 204.
absl::StatusOr<std::unique_ptr<NginxServer>> StartBackend();

// Of a client whose pool is "backend" and may open all of its `connections` to
// one server.
ClientOptions BackendOptions(int connections = 8);

}  // namespace http_client

#endif  // EXAMPLES_HTTP_CLIENT_BACKEND_H_
