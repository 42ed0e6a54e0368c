#include "examples/http_client/body_stream.h"

#include <algorithm>
#include <cstring>
#include <utility>

namespace http_client {

bool BodyStream::Write(std::string_view piece) {
  std::unique_lock<std::mutex> lock(mutex_);
  if (closed_) return false;
  piece_ = piece;
  changed_.notify_all();
  const auto over = [this] { return piece_.empty() || closed_; };
  // No time-out: a reader may take as long as it likes.
  changed_.wait(lock, over);  // WAIT: Body
  const bool taken = piece_.empty();
  piece_ = {};
  return taken;
}

void BodyStream::Finish(absl::Status status) {
  std::lock_guard<std::mutex> lock(mutex_);
  finished_ = true;
  status_ = std::move(status);
  changed_.notify_all();
}

bool BodyStream::Await() {
  std::unique_lock<std::mutex> lock(mutex_);
  changed_.wait(lock, [this] { return Settled(); });
  return !piece_.empty();
}

absl::StatusOr<size_t> BodyStream::Read(char* buffer, size_t size) {
  if (size == 0) return size_t{0};
  std::unique_lock<std::mutex> lock(mutex_);
  changed_.wait(lock, [this] { return Settled(); });
  if (piece_.empty()) {
    if (!status_.ok()) return status_;
    return size_t{0};
  }
  const size_t taken = std::min(size, piece_.size());
  std::memcpy(buffer, piece_.data(), taken);
  piece_.remove_prefix(taken);
  if (piece_.empty()) changed_.notify_all();
  return taken;
}

bool BodyStream::Close() {
  std::lock_guard<std::mutex> lock(mutex_);
  closed_ = true;
  changed_.notify_all();
  return finished_;
}

absl::Status BodyStream::status() const {
  std::lock_guard<std::mutex> lock(mutex_);
  return status_;
}

}  // namespace http_client
