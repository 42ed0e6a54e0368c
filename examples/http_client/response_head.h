// What a response says before its body: the status and the headers.

#ifndef EXAMPLES_HTTP_CLIENT_RESPONSE_HEAD_H_
#define EXAMPLES_HTTP_CLIENT_RESPONSE_HEAD_H_

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace http_client {

class ResponseHead {
 public:
  // 200, 404, ...; zero until a status line was seen.
  int status() const { return status_; }

  // Names as the server wrote them, in the order in which they came.
  const std::vector<std::pair<std::string, std::string>>& headers() const {
    return headers_;
  }

  // The first header of that name, whatever its case; nothing if there is none.
  std::optional<std::string> Header(std::string_view name) const;

  // Takes the next line as it came, line end included. A new status line (the
  // final answer after a "100 Continue") starts anew; what comes after the
  // empty line of a final answer is ignored: trailers are no part of the head.
  void AddLine(std::string_view line);

 private:
  int status_ = 0;
  bool complete_ = false;
  std::vector<std::pair<std::string, std::string>> headers_;
};

}  // namespace http_client

#endif  // EXAMPLES_HTTP_CLIENT_RESPONSE_HEAD_H_
