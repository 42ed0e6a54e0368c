#include "examples/http_client/response_head.h"

#include <strings.h>

#include <cstdlib>

namespace http_client {
namespace {

std::string_view Strip(std::string_view text) {
  const size_t first = text.find_first_not_of(" \t\r\n");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t\r\n") - first + 1);
}

bool SameName(std::string_view a, std::string_view b) {
  return a.size() == b.size() && strncasecmp(a.data(), b.data(), a.size()) == 0;
}

}  // namespace

std::optional<std::string> ResponseHead::Header(std::string_view name) const {
  for (const auto& [key, value] : headers_) {
    if (SameName(key, name)) return value;
  }
  return std::nullopt;
}

void ResponseHead::AddLine(std::string_view line) {
  if (complete_) return;
  line = Strip(line);
  if (line.substr(0, 5) == "HTTP/") {
    const size_t space = line.find(' ');
    status_ = space == std::string_view::npos
                  ? 0
                  : std::atoi(std::string(line.substr(space)).c_str());
    headers_.clear();
  } else if (line.empty()) {
    complete_ = status_ >= 200;
  } else if (const size_t colon = line.find(':');
             colon != std::string_view::npos) {
    headers_.emplace_back(Strip(line.substr(0, colon)),
                          Strip(line.substr(colon + 1)));
  }
}

}  // namespace http_client
