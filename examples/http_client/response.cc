#include "examples/http_client/response.h"

#include <array>

namespace http_client {

absl::StatusOr<std::string> Response::ReadAll() {
  std::string body;
  std::array<char, 16 * 1024> buffer;
  for (;;) {
    const absl::StatusOr<size_t> count = Read(buffer.data(), buffer.size());
    if (!count.ok()) return count.status();
    if (*count == 0) return body;
    body.append(buffer.data(), *count);
  }
}

}  // namespace http_client
