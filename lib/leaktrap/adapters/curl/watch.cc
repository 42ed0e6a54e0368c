#include "leaktrap/adapters/curl/watch.h"

#include "leaktrap/adapters/curl/handle_books.h"
#include "leaktrap/adapters/curl/own_descriptors.h"
#include "leaktrap/adapters/curl/socket_callbacks.h"
#include "leaktrap/pool/checkout.h"

namespace leaktrap::curl {

using internal::CallFor;
using internal::HandleBooks;
using internal::Held;
using internal::SocketCallbacks;

void Watch(CURL* easy) {
  HandleBooks& books = HandleBooks::Get();
  if (easy == nullptr || books.Find(easy) != 0) return;
  const uint64_t number = books.Announce(Held::kEasy, RecordCheckout());
  void* const data = SocketCallbacks::Get().DataFor(number, {});
  curl_easy_setopt(easy, CURLOPT_OPENSOCKETFUNCTION, &SocketCallbacks::Open);
  curl_easy_setopt(easy, CURLOPT_OPENSOCKETDATA, data);
  curl_easy_setopt(easy, CURLOPT_CLOSESOCKETFUNCTION, &SocketCallbacks::Close);
  curl_easy_setopt(easy, CURLOPT_CLOSESOCKETDATA, data);
  {
    // Without an URL it comes to its end before it has begun.
    const CallFor call(number, CallFor::From::kAnybody);
    curl_easy_setopt(easy, CURLOPT_URL, nullptr);
    curl_easy_perform(easy);
  }
  books.Begin(number, easy);
}

void Cleanup(CURL* easy) {
  if (internal::calls_come_by) {
    curl_easy_cleanup(easy);
    return;
  }
  const uint64_t number = HandleBooks::Get().Find(easy);
  // Before the handle is freed, or another thread's may have its address.
  HandleBooks::Get().End(number);
  curl_easy_cleanup(easy);
  SocketCallbacks::Get().Forget(number);
}

EasyHandle MakeEasyHandle() {
  EasyHandle easy(curl_easy_init());
  Watch(easy.get());
  return easy;
}

std::vector<int> DescriptorsOf(CURL* easy) {
  const HandleBooks& books = HandleBooks::Get();
  return books.DescriptorsOf(books.Find(easy));
}

}  // namespace leaktrap::curl
