// The callbacks by which libcurl opens and closes sockets: ours, which do what
// the user's own would.

#ifndef LEAKTRAP_ADAPTERS_CURL_SOCKET_CALLBACKS_H_
#define LEAKTRAP_ADAPTERS_CURL_SOCKET_CALLBACKS_H_

#include <curl/curl.h>

#include <cstdint>
#include <map>
#include <mutex>
#include <vector>

namespace leaktrap::curl::internal {

// The user's own; null stands for what libcurl itself does.
struct UserCallbacks {
  curl_opensocket_callback open = nullptr;
  void* open_data = nullptr;
  curl_closesocket_callback close = nullptr;
  void* close_data = nullptr;

  bool operator==(const UserCallbacks& other) const {
    return open == other.open && open_data == other.open_data &&
           close == other.close && close_data == other.close_data;
  }
};

// What stands behind the pointer that libcurl hands to our callbacks: a number,
// since a connection keeps the one that it was opened with, and may live on
// when its handle is gone.
//
// Thread-safe.
class SocketCallbacks {
 public:
  // Of this process; never destroyed.
  static SocketCallbacks& Get();

  // To be given to the easy handle as data of both callbacks. Numbers that were
  // given before stay good for the connections that have them.
  void* DataFor(uint64_t easy, const UserCallbacks& user);
  // Those that were given last.
  UserCallbacks Current(uint64_t easy) const;

  // The easy handle is gone, and what it opened is to be forgotten as soon as
  // it is closed.
  void Forget(uint64_t easy);

  static curl_socket_t Open(void* data, curlsocktype purpose,
                            curl_sockaddr* address);
  static int Close(void* data, curl_socket_t descriptor);

 private:
  struct Binding {
    uint64_t easy = 0;
    UserCallbacks user;
  };

  struct Bindings {
    std::vector<uint64_t> numbers;  // the last one is current
    bool gone = false;
  };

  Binding Find(const void* data) const;
  void EraseIfDone(uint64_t easy);

  mutable std::mutex mutex_;
  uint64_t last_number_ = 0;
  std::map<uint64_t, Binding> bindings_;
  std::map<uint64_t, Bindings> by_easy_;
};

}  // namespace leaktrap::curl::internal

#endif  // LEAKTRAP_ADAPTERS_CURL_SOCKET_CALLBACKS_H_
