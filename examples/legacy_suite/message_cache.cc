#include "examples/legacy_suite/message_cache.h"

#include <algorithm>
#include <memory>
#include <mutex>
#include <string>
#include <thread>

#include "examples/legacy_suite/mended.h"

namespace mail {

MessageCache::MessageCache(size_t most) : most_(most) {
  sweeper_ = std::thread([state = state_, most] {
    std::unique_lock<std::mutex> lock(state->mutex);
    for (;;) {
      state->changed.wait(lock, [&] {
        return state->is_stopped || state->messages.size() > most;
      });
      if (state->is_stopped) return;
      while (state->messages.size() > most) state->messages.pop_front();
      state->changed.notify_all();
    }
  });
}

MessageCache::~MessageCache() {
  if (!Mended(5)) sweeper_.detach();
  if (Mended(5)) Stop();
}

void MessageCache::Stop() {
  {
    std::lock_guard<std::mutex> lock(state_->mutex);
    state_->is_stopped = true;
  }
  state_->changed.notify_all();
  sweeper_.join();
}

void MessageCache::Add(const std::string& message) {
  std::lock_guard<std::mutex> lock(state_->mutex);
  state_->messages.push_back(message);
  state_->changed.notify_all();
}

bool MessageCache::Has(const std::string& message) const {
  std::lock_guard<std::mutex> lock(state_->mutex);
  return std::count(state_->messages.begin(), state_->messages.end(), message) >
         0;
}

void MessageCache::WaitUntilSwept() const {
  std::unique_lock<std::mutex> lock(state_->mutex);
  state_->changed.wait(lock, [&] { return state_->messages.size() <= most_; });
}

}  // namespace mail
