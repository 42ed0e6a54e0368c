#include "leaktrap/adapters/curl/socket_callbacks.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <string>
#include <utility>

#include "leaktrap/adapters/curl/handle_books.h"

namespace leaktrap::curl::internal {
namespace {

void* ToData(uint64_t number) {
  return reinterpret_cast<void*>(static_cast<uintptr_t>(number));
}

uint64_t ToNumber(const void* data) {
  return reinterpret_cast<uintptr_t>(data);
}

// "127.0.0.1:80", "[::1]:80"; empty for what is no internet address.
std::string PeerText(const curl_sockaddr& address) {
  char text[INET6_ADDRSTRLEN];
  if (address.family == AF_INET) {
    sockaddr_in in;
    std::memcpy(&in, &address.addr, sizeof(in));
    inet_ntop(AF_INET, &in.sin_addr, text, sizeof(text));
    return std::string(text) + ":" + std::to_string(ntohs(in.sin_port));
  }
  if (address.family == AF_INET6) {
    // libcurl gives as much room as the address takes, which is more than the
    // struct says.
    sockaddr_in6 in;
    std::memcpy(&in, static_cast<const void*>(&address.addr), sizeof(in));
    inet_ntop(AF_INET6, &in.sin6_addr, text, sizeof(text));
    return "[" + std::string(text) + "]:" + std::to_string(ntohs(in.sin6_port));
  }
  return "";
}

}  // namespace

SocketCallbacks& SocketCallbacks::Get() {
  static SocketCallbacks& callbacks = *new SocketCallbacks;
  return callbacks;
}

void* SocketCallbacks::DataFor(uint64_t easy, const UserCallbacks& user) {
  const std::lock_guard<std::mutex> lock(mutex_);
  std::vector<uint64_t>& numbers = by_easy_[easy].numbers;
  // A handle that is used again is often given the same again.
  const auto known = std::find_if(
      numbers.begin(), numbers.end(),
      [&](uint64_t number) { return bindings_.at(number).user == user; });
  if (known != numbers.end()) {
    std::rotate(known, known + 1, numbers.end());
  } else {
    bindings_[++last_number_] = {easy, user};
    numbers.push_back(last_number_);
  }
  return ToData(numbers.back());
}

UserCallbacks SocketCallbacks::Current(uint64_t easy) const {
  const std::lock_guard<std::mutex> lock(mutex_);
  const auto found = by_easy_.find(easy);
  if (found == by_easy_.end()) return {};
  return bindings_.at(found->second.numbers.back()).user;
}

void SocketCallbacks::Forget(uint64_t easy) {
  const bool done = !HandleBooks::Get().HasOpenSockets(easy);
  const std::lock_guard<std::mutex> lock(mutex_);
  const auto found = by_easy_.find(easy);
  if (found == by_easy_.end()) return;
  found->second.gone = true;
  if (done) EraseIfDone(easy);
}

SocketCallbacks::Binding SocketCallbacks::Find(const void* data) const {
  const std::lock_guard<std::mutex> lock(mutex_);
  const auto found = bindings_.find(ToNumber(data));
  return found == bindings_.end() ? Binding() : found->second;
}

void SocketCallbacks::EraseIfDone(uint64_t easy) {
  const auto found = by_easy_.find(easy);
  if (found == by_easy_.end() || !found->second.gone) return;
  for (const uint64_t number : found->second.numbers) bindings_.erase(number);
  by_easy_.erase(found);
}

curl_socket_t SocketCallbacks::Open(void* data, curlsocktype purpose,
                                    curl_sockaddr* address) {
  const Binding binding = Get().Find(data);
  const curl_socket_t descriptor =
      binding.user.open != nullptr
          ? binding.user.open(binding.user.open_data, purpose, address)
          : socket(address->family, address->socktype, address->protocol);
  if (descriptor != CURL_SOCKET_BAD) {
    HandleBooks::Get().Open(binding.easy, descriptor, PeerText(*address));
  }
  return descriptor;
}

int SocketCallbacks::Close(void* data, curl_socket_t descriptor) {
  const Binding binding = Get().Find(data);
  // Before it is closed: another thread may get the number at once.
  HandleBooks::Get().Close(descriptor);
  const int result =
      binding.user.close != nullptr
          ? binding.user.close(binding.user.close_data, descriptor)
          : close(descriptor);
  const bool done =
      binding.easy != 0 && !HandleBooks::Get().HasOpenSockets(binding.easy);
  if (done) {
    SocketCallbacks& callbacks = Get();
    const std::lock_guard<std::mutex> lock(callbacks.mutex_);
    callbacks.EraseIfDone(binding.easy);
  }
  return result;
}

}  // namespace leaktrap::curl::internal
