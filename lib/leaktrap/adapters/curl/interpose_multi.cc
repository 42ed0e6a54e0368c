// Multi handles, from their making to their end, and the transfers in them.

// What users may still call is deprecated, and what they do call is a macro.
#define CURL_DISABLE_DEPRECATION
#define CURL_DISABLE_TYPECHECK
#include <curl/curl.h>

#include <cstdint>

#include "leaktrap/adapters/curl/handle_books.h"
#include "leaktrap/adapters/curl/own_descriptors.h"
#include "leaktrap/origin/checkout_record.h"
#include "leaktrap/origin/next_function.h"

#undef curl_multi_socket

LEAKTRAP_NEXT(curl_multi_init)
LEAKTRAP_NEXT(curl_multi_add_handle)
LEAKTRAP_NEXT(curl_multi_remove_handle)
LEAKTRAP_NEXT(curl_multi_perform)
LEAKTRAP_NEXT(curl_multi_socket_action)
LEAKTRAP_NEXT(curl_multi_socket_all)
LEAKTRAP_NEXT(curl_multi_info_read)
LEAKTRAP_NEXT(curl_multi_cleanup)

namespace leaktrap::internal {

using curl::internal::CallFor;
using curl::internal::HandleBooks;
using curl::internal::Held;
using curl::internal::IsLibcurls;

// curl_easy_perform() has a multi handle of its own, and calls all but the
// first and the last of these for it: it is not known, and its number is zero.

LEAKTRAP_INTERPOSED CURLM* curl_multi_init() {
  const void* const caller = __builtin_return_address(0);
  if (IsLibcurls(caller)) return next_curl_multi_init.Get()();
  HandleBooks& books = HandleBooks::Get();
  const uint64_t number = books.Announce(Held::kMulti, MakeCheckoutAt(caller));
  CURLM* multi;
  {
    const CallFor call(number, CallFor::From::kLibcurl);
    multi = next_curl_multi_init.Get()();
  }
  books.Begin(number, multi);
  return multi;
}

LEAKTRAP_INTERPOSED CURLMcode curl_multi_add_handle(CURLM* multi, CURL* easy) {
  const void* const caller = __builtin_return_address(0);
  const CURLMcode result = next_curl_multi_add_handle.Get()(multi, easy);
  if (result != CURLM_OK) return result;
  HandleBooks& books = HandleBooks::Get();
  const uint64_t number = books.Find(multi);
  if (number == 0) return result;
  books.AddTransfer(books.Find(easy), number, MakeCheckoutAt(caller));
  return result;
}

LEAKTRAP_INTERPOSED CURLMcode curl_multi_remove_handle(CURLM* multi,
                                                       CURL* easy) {
  const CURLMcode result = next_curl_multi_remove_handle.Get()(multi, easy);
  HandleBooks& books = HandleBooks::Get();
  if (result == CURLM_OK && books.Find(multi) != 0) {
    books.RemoveTransfer(books.Find(easy));
  }
  return result;
}

// Calls `work`, which sets the int that it is given to how many transfers still
// run in the multi handle.
template <typename Work>
static CURLMcode Perform(CURLM* multi, int* running, Work work) {
  HandleBooks& books = HandleBooks::Get();
  const uint64_t number = books.Find(multi);
  // An inner call is for whom the outer one is for.
  if (number == 0) return work(running);
  int still_running = 0;
  int* const told = running != nullptr ? running : &still_running;
  CURLMcode result;
  {
    const CallFor call(number, CallFor::From::kLibcurl);
    result = work(told);
  }
  books.Perform(number, result != CURLM_OK || *told > 0);
  return result;
}

LEAKTRAP_INTERPOSED CURLMcode curl_multi_perform(CURLM* multi, int* running) {
  return Perform(multi, running, [&](int* told) {
    return next_curl_multi_perform.Get()(multi, told);
  });
}

LEAKTRAP_INTERPOSED CURLMcode curl_multi_socket_action(CURLM* multi,
                                                       curl_socket_t socket,
                                                       int events,
                                                       int* running) {
  return Perform(multi, running, [&](int* told) {
    return next_curl_multi_socket_action.Get()(multi, socket, events, told);
  });
}

LEAKTRAP_INTERPOSED CURLMcode curl_multi_socket_all(CURLM* multi,
                                                    int* running) {
  return Perform(multi, running, [&](int* told) {
    return next_curl_multi_socket_all.Get()(multi, told);
  });
}

LEAKTRAP_INTERPOSED CURLMsg* curl_multi_info_read(CURLM* multi, int* left) {
  CURLMsg* const message = next_curl_multi_info_read.Get()(multi, left);
  if (message != nullptr && message->msg == CURLMSG_DONE) {
    HandleBooks& books = HandleBooks::Get();
    if (books.Find(multi) != 0) {
      books.FinishTransfer(books.Find(message->easy_handle));
    }
  }
  return message;
}

LEAKTRAP_INTERPOSED CURLMcode curl_multi_cleanup(CURLM* multi) {
  HandleBooks& books = HandleBooks::Get();
  const uint64_t number = books.Find(multi);
  const CURLMcode result = next_curl_multi_cleanup.Get()(multi);
  // Not in a callback of its own: there libcurl refuses.
  if (result == CURLM_OK) books.End(number);
  return result;
}

}  // namespace leaktrap::internal
