#include "examples/http_client/exchange.h"

#include <pthread.h>

#include <system_error>
#include <utility>

namespace http_client {

absl::Status Exchange::Start(const std::string& url,
                             std::chrono::milliseconds timeout) {
  connection_->transport().Prepare(url, timeout, this);
  try {
    worker_ = std::thread([this] {
      pthread_setname_np(pthread_self(), "http-body");
      stream_.Finish(connection_->transport().Perform());
    });
  } catch (const std::system_error& error) {
    End();
    return absl::ResourceExhaustedError(error.what());
  }
  if (stream_.Await()) return absl::OkStatus();
  End();
  return stream_.status();
}

absl::StatusOr<size_t> Exchange::Read(char* buffer, size_t size) {
  if (closed_) return absl::FailedPreconditionError("the response is closed");
  absl::StatusOr<size_t> count = stream_.Read(buffer, size);
  if (count.ok()) taken_ += *count;
  const bool at_end = !count.ok() || (*count == 0 && size > 0);
  // Where the length is known, its last byte is the end: nobody has to read
  // once more to be told so.
  if (!ended() && (at_end || taken_ == length_)) End();
  return count;
}

void Exchange::Close() {
  closed_ = true;
  if (ended()) return;
  if (!stream_.Close()) connection_->transport().Interrupt();
  End();
}

bool Exchange::OnBody(std::string_view piece) {
  // Once: the reader looks at it from the first piece on.
  if (!std::exchange(body_began_, true)) {
    length_ = connection_->transport().ContentLength();
  }
  return stream_.Write(piece);
}

void Exchange::End() {
  if (worker_.joinable()) worker_.join();
  pool_->Release(connection_);
  ended_.store(true, std::memory_order_release);
}

}  // namespace http_client
