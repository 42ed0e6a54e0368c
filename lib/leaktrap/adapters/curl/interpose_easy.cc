// Easy handles, and shares, from their making to their end.

// Or they would be macros.
#define CURL_DISABLE_TYPECHECK
#include <curl/curl.h>
#undef curl_easy_setopt
#undef curl_share_setopt

#include <cstdarg>
#include <cstdint>

#include "leaktrap/adapters/curl/handle_books.h"
#include "leaktrap/adapters/curl/own_descriptors.h"
#include "leaktrap/adapters/curl/socket_callbacks.h"
#include "leaktrap/origin/checkout_record.h"
#include "leaktrap/origin/next_function.h"

// In libcurl's own prototypes an enumeration stands ahead of the dots, and it
// reads them in the same way.
#pragma GCC diagnostic ignored "-Wvarargs"

LEAKTRAP_NEXT(curl_easy_init)
LEAKTRAP_NEXT(curl_easy_duphandle)
LEAKTRAP_NEXT(curl_easy_reset)
LEAKTRAP_NEXT(curl_easy_setopt)
LEAKTRAP_NEXT(curl_easy_getinfo)
LEAKTRAP_NEXT(curl_easy_perform)
LEAKTRAP_NEXT(curl_easy_cleanup)
LEAKTRAP_NEXT(curl_share_init)
LEAKTRAP_NEXT(curl_share_setopt)
LEAKTRAP_NEXT(curl_share_cleanup)

namespace leaktrap::internal {

using curl::internal::CallFor;
using curl::internal::HandleBooks;
using curl::internal::Held;
using curl::internal::IsLibcurls;
using curl::internal::SocketCallbacks;
using curl::internal::UserCallbacks;

// Or a linker that is told to link what is needed only finds that libcurl is
// not: all that the program calls may be here.
[[gnu::used]] static const auto kLibcurl = &curl_version;

[[maybe_unused]] static const bool kStarted = [] {
  curl::internal::calls_come_by = true;
  return true;
}();

static void Install(CURL* easy, uint64_t number, const UserCallbacks& user) {
  const auto set = next_curl_easy_setopt.Get();
  void* const data = SocketCallbacks::Get().DataFor(number, user);
  set(easy, CURLOPT_OPENSOCKETFUNCTION, &SocketCallbacks::Open);
  set(easy, CURLOPT_OPENSOCKETDATA, data);
  set(easy, CURLOPT_CLOSESOCKETFUNCTION, &SocketCallbacks::Close);
  set(easy, CURLOPT_CLOSESOCKETDATA, data);
}

static CURL* BeginEasy(CURL* easy, const UserCallbacks& user,
                       const void* caller) {
  if (easy == nullptr) return nullptr;
  HandleBooks& books = HandleBooks::Get();
  const uint64_t number = books.Announce(Held::kEasy, MakeCheckoutAt(caller));
  Install(easy, number, user);
  books.Begin(number, easy);
  return easy;
}

// libcurl makes handles for its own use by the same functions, and frees them
// by others.

LEAKTRAP_INTERPOSED CURL* curl_easy_init() {
  const void* const caller = __builtin_return_address(0);
  CURL* const easy = next_curl_easy_init.Get()();
  return IsLibcurls(caller) ? easy : BeginEasy(easy, {}, caller);
}

LEAKTRAP_INTERPOSED CURL* curl_easy_duphandle(CURL* original) {
  const void* const caller = __builtin_return_address(0);
  CURL* const easy = next_curl_easy_duphandle.Get()(original);
  HandleBooks& books = HandleBooks::Get();
  const uint64_t number = books.Find(original);
  if (IsLibcurls(caller) || number == 0) return easy;
  return BeginEasy(easy, SocketCallbacks::Get().Current(number), caller);
}

LEAKTRAP_INTERPOSED void curl_easy_reset(CURL* easy) {
  next_curl_easy_reset.Get()(easy);
  const uint64_t number = HandleBooks::Get().Find(easy);
  if (number != 0) Install(easy, number, {});
}

// True if `option` is one of the four; the user's value is kept for our
// callbacks to use.
static bool TakeCallback(CURL* easy, uint64_t number, CURLoption option,
                         void* value) {
  UserCallbacks user = SocketCallbacks::Get().Current(number);
  switch (option) {
    case CURLOPT_OPENSOCKETFUNCTION:
      user.open = reinterpret_cast<curl_opensocket_callback>(value);
      break;
    case CURLOPT_OPENSOCKETDATA:
      user.open_data = value;
      break;
    case CURLOPT_CLOSESOCKETFUNCTION:
      user.close = reinterpret_cast<curl_closesocket_callback>(value);
      break;
    case CURLOPT_CLOSESOCKETDATA:
      user.close_data = value;
      break;
    default:
      return false;
  }
  Install(easy, number, user);
  return true;
}

static CURLcode SetPointer(CURL* easy, CURLoption option, void* value) {
  HandleBooks& books = HandleBooks::Get();
  const uint64_t number = books.Find(easy);
  if (number != 0 && TakeCallback(easy, number, option, value)) return CURLE_OK;
  const CURLcode result = next_curl_easy_setopt.Get()(easy, option, value);
  if (option == CURLOPT_SHARE && result == CURLE_OK) {
    books.UseShare(number, books.Find(value));
  }
  return result;
}

LEAKTRAP_INTERPOSED CURLcode curl_easy_setopt(CURL* easy, CURLoption option,
                                              ...) {
  va_list values;
  va_start(values, option);
  CURLcode result;
  // By the ranges that <curl/curl.h> gives the types.
  switch (option / 10000 * 10000) {
    case CURLOPTTYPE_LONG:
      result = next_curl_easy_setopt.Get()(easy, option, va_arg(values, long));
      break;
    case CURLOPTTYPE_OFF_T:
      result =
          next_curl_easy_setopt.Get()(easy, option, va_arg(values, curl_off_t));
      break;
    default:
      result = SetPointer(easy, option, va_arg(values, void*));
  }
  va_end(values);
  return result;
}

LEAKTRAP_INTERPOSED CURLcode curl_easy_perform(CURL* easy) {
  const CallFor call(HandleBooks::Get().Find(easy), CallFor::From::kLibcurl);
  return next_curl_easy_perform.Get()(easy);
}

// A connection whose request is out is kept by the multi handle as if the
// answer had come, unless the handle is removed from it first.
static bool LeavesAnAnswer(CURL* easy, uint64_t number) {
  if (!HandleBooks::Get().IsUnderWay(number)) return false;
  curl_off_t sent_after = 0;
  next_curl_easy_getinfo.Get()(easy, CURLINFO_PRETRANSFER_TIME_T, &sent_after);
  return sent_after > 0;
}

LEAKTRAP_INTERPOSED void curl_easy_cleanup(CURL* easy) {
  const void* const caller = __builtin_return_address(0);
  HandleBooks& books = HandleBooks::Get();
  const uint64_t number = books.Find(easy);
  if (number != 0 && LeavesAnAnswer(easy, number)) {
    books.LeaveDirty(number, MakeCheckoutAt(caller));
  }
  // Before the handle is freed, or another thread's may have its address.
  books.End(number);
  next_curl_easy_cleanup.Get()(easy);
  SocketCallbacks::Get().Forget(number);
}

LEAKTRAP_INTERPOSED CURLSH* curl_share_init() {
  const void* const caller = __builtin_return_address(0);
  CURLSH* const share = next_curl_share_init.Get()();
  if (IsLibcurls(caller)) return share;
  HandleBooks& books = HandleBooks::Get();
  books.Begin(books.Announce(Held::kShare, MakeCheckoutAt(caller)), share);
  return share;
}

LEAKTRAP_INTERPOSED CURLSHcode curl_share_setopt(CURLSH* share,
                                                 CURLSHoption option, ...) {
  va_list values;
  va_start(values, option);
  CURLSHcode result;
  if (option == CURLSHOPT_SHARE || option == CURLSHOPT_UNSHARE) {
    const int what = va_arg(values, int);
    result = next_curl_share_setopt.Get()(share, option, what);
    if (what == CURL_LOCK_DATA_CONNECT && result == CURLSHE_OK) {
      HandleBooks& books = HandleBooks::Get();
      books.SetKeepsConnections(books.Find(share), option == CURLSHOPT_SHARE);
    }
  } else {
    result = next_curl_share_setopt.Get()(share, option, va_arg(values, void*));
  }
  va_end(values);
  return result;
}

LEAKTRAP_INTERPOSED CURLSHcode curl_share_cleanup(CURLSH* share) {
  HandleBooks& books = HandleBooks::Get();
  const uint64_t number = books.Find(share);
  const CURLSHcode result = next_curl_share_cleanup.Get()(share);
  // One that is still in use stays.
  if (result == CURLSHE_OK) books.End(number);
  return result;
}

}  // namespace leaktrap::internal
