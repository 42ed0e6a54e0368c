#include "leaktrap/adapters/curl/handle_pool.h"

#include <stdexcept>
#include <string>
#include <vector>

#include "leaktrap/adapters/curl/handle_books.h"
#include "leaktrap/adapters/curl/other_libcurl.h"
#include "leaktrap/pool/connection_pool.h"

namespace leaktrap::curl::internal {

std::string HandlePool::name() const {
  switch (kind_) {
    case Held::kEasy:
      return "libcurl easy";
    case Held::kMulti:
      return "libcurl multi";
    case Held::kShare:
      return "libcurl share";
    case Held::kTransfer:
      break;
  }
  return "libcurl transfer";
}

std::vector<PooledConnection> HandlePool::Connections() const {
  if (kind_ == Held::kEasy && calls_come_by) {
    const std::string other = OtherLibcurl();
    if (!other.empty()) {
      throw std::runtime_error(
          "two libcurls are loaded, and adapters/curl:auto takes the calls of "
          "both for those of one; do not link it beside " +
          other);
    }
  }
  return books_->Connections(kind_);
}

std::string HandlePool::ReleaseAdvice() const {
  switch (kind_) {
    case Held::kEasy:
      return "call curl_easy_cleanup(3)";
    case Held::kMulti:
      return "call curl_multi_cleanup(3)";
    case Held::kShare:
      return "call curl_share_cleanup(3)";
    case Held::kTransfer:
      break;
  }
  return "let it come to its end, or call curl_multi_remove_handle(3)";
}

}  // namespace leaktrap::curl::internal
