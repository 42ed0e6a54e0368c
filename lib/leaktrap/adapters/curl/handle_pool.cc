#include "leaktrap/adapters/curl/handle_pool.h"

#include <string>

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
