// The descriptors that libcurl makes for itself, and shows to no callback: the
// pair of sockets by which a handle is woken up.

#ifndef LEAKTRAP_ADAPTERS_CURL_OWN_DESCRIPTORS_H_
#define LEAKTRAP_ADAPTERS_CURL_OWN_DESCRIPTORS_H_

#include <cstdint>

namespace leaktrap::curl::internal {

// While it lives, this thread calls libcurl on behalf of the handle with that
// number, and what libcurl makes is charged to it. Seen by the recorder, where
// that is linked.
class CallFor {
 public:
  enum class From {
    kLibcurl,  // only what libcurl itself calls for, not a callback of the user
    kAnybody,  // no callback of the user is called
  };

  CallFor(uint64_t number, From from);
  ~CallFor();

  CallFor(const CallFor&) = delete;
  CallFor& operator=(const CallFor&) = delete;

 private:
  const uint64_t outer_number_;  // a callback may use another handle
  const From outer_from_;
};

// Whether the code at `address` is the shared libcurl's.
bool IsLibcurls(const void* address);

}  // namespace leaktrap::curl::internal

#endif  // LEAKTRAP_ADAPTERS_CURL_OWN_DESCRIPTORS_H_
