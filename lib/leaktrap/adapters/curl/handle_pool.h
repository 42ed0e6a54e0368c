// One kind of what libcurl's users hold, as a pool that a verifier sees.

#ifndef LEAKTRAP_ADAPTERS_CURL_HANDLE_POOL_H_
#define LEAKTRAP_ADAPTERS_CURL_HANDLE_POOL_H_

#include <optional>
#include <string>
#include <vector>

#include "leaktrap/adapters/curl/handle_books.h"
#include "leaktrap/pool/connection_pool.h"

namespace leaktrap::curl::internal {

class HandlePool final : public ConnectionPool {
 public:
  // `books` is not owned.
  HandlePool(Held kind, HandleBooks* books) : kind_(kind), books_(books) {}

  std::string name() const override;
  // Throws where handles of two libcurls are mixed up: see OtherLibcurl().
  std::vector<PooledConnection> Connections() const override;
  PoolCounts Counts() const override { return books_->Counts(kind_); }
  std::optional<int> TakePeakLeased() override {
    return books_->TakePeak(kind_);
  }
  bool OnlyThisProcessChangesIt() const override { return true; }
  std::string ReleaseAdvice() const override;
  bool OtherPoolsAreMadeOfIt() const override { return true; }

 private:
  const Held kind_;
  HandleBooks* const books_;
  PoolRegistration registration_{this};
};

}  // namespace leaktrap::curl::internal

#endif  // LEAKTRAP_ADAPTERS_CURL_HANDLE_POOL_H_
