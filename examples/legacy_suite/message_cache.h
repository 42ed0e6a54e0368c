// The messages that were imported last; a thread throws the oldest away.

#ifndef EXAMPLES_LEGACY_SUITE_MESSAGE_CACHE_H_
#define EXAMPLES_LEGACY_SUITE_MESSAGE_CACHE_H_

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <memory>
#include <mutex>
#include <string>
#include <thread>

namespace mail {

class MessageCache {
 public:
  // Keeps `most` messages, and now and then a few more for a moment.
  explicit MessageCache(size_t most);
  ~MessageCache();

  MessageCache(const MessageCache&) = delete;
  MessageCache& operator=(const MessageCache&) = delete;

  void Add(const std::string& message);
  bool Has(const std::string& message) const;

  // Waits until no more than `most` are kept.
  void WaitUntilSwept() const;

 private:
  struct State {
    std::mutex mutex;
    std::condition_variable changed;
    std::deque<std::string> messages;
    bool is_stopped = false;
  };

  void Stop();

  const size_t most_;
  const std::shared_ptr<State> state_ = std::make_shared<State>();
  std::thread sweeper_;
};

}  // namespace mail

#endif  // EXAMPLES_LEGACY_SUITE_MESSAGE_CACHE_H_
