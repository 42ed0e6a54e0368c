// Carries a response's body from the thread that receives it to the thread
// that reads it.
//
// The buffer between them is bounded to one piece: what the writer hands over
// stays where it is until the reader has taken all of it, and the writer waits
// for that. So a body that nobody reads holds its writer for ever, however
// small it is.

#ifndef EXAMPLES_HTTP_CLIENT_BODY_STREAM_H_
#define EXAMPLES_HTTP_CLIENT_BODY_STREAM_H_

#include <condition_variable>
#include <cstddef>
#include <mutex>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace http_client {

// For one writer and one reader, each on a thread of its own.
class BodyStream {
 public:
  // The writer's side.

  // Lends `piece` to the reader and waits, without limit, until the reader has
  // taken all of it. False if the reader has closed instead.
  bool Write(std::string_view piece);

  // No more pieces come: the body is complete (OK) or broken off. The last call
  // of the writer.
  void Finish(absl::Status status);

  // The reader's side.

  // Waits until there is something to read (true) or nothing will come (false).
  bool Await();

  // Waits for bytes and copies at most `size` of them to `buffer`. Returns how
  // many; zero only at the end of the body, or for a `size` of zero. An error
  // is what the writer finished with, after all that was written has been read.
  absl::StatusOr<size_t> Read(char* buffer, size_t size);

  // Wakes the writer and turns it away. Returns whether it had finished before.
  bool Close();

  // What the writer finished with; OK while it has not.
  absl::Status status() const;

 private:
  bool Settled() const { return !piece_.empty() || finished_; }

  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::string_view piece_;  // lent by the writer; what is left of it
  bool finished_ = false;
  bool closed_ = false;
  absl::Status status_;
};

}  // namespace http_client

#endif  // EXAMPLES_HTTP_CLIENT_BODY_STREAM_H_
