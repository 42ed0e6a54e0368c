// Easy handles of libcurl that Leaktrap knows of: one that a test does not
// clean up is a leak, with the line that made it, and its sockets are told with
// it.
//
// Tests that link //lib/leaktrap/adapters/curl:auto, and the shared libcurl,
// need none of this: there every handle is watched, multi handles too. This is
// for programs that link libcurl.a, and for code that is to tell of its handles
// without being asked.
//
//   leaktrap::curl::EasyHandle easy = leaktrap::curl::MakeEasyHandle();
//   curl_easy_setopt(easy.get(), CURLOPT_URL, url);
//   curl_easy_perform(easy.get());
//
// Fit for production code: needs neither GoogleTest nor Abseil.

#ifndef LEAKTRAP_ADAPTERS_CURL_WATCH_H_
#define LEAKTRAP_ADAPTERS_CURL_WATCH_H_

#include <curl/curl.h>

#include <memory>
#include <vector>

namespace leaktrap::curl {

// Watches a handle that curl_easy_init() has just made, until Cleanup(). To be
// called before anything is set: it takes CURLOPT_OPENSOCKETFUNCTION,
// CURLOPT_CLOSESOCKETFUNCTION and their data, which are the adapter's from then
// on, and clears CURLOPT_URL. (They are chained where :auto is linked.)
// curl_easy_reset() and curl_easy_duphandle() are not seen here.
//
// Has libcurl make the pair of sockets that the handle keeps, which it would
// make inside the first transfer: by a transfer to nowhere, which opens
// nothing. It is known for the handle's by the recorder, which //testing:main
// and //testing:auto link; elsewhere nobody looks at it.
//
// For handles that are used by curl_easy_perform(): connections of a handle
// that is added to a multi handle or shares them belong to that, which is not
// watched.
void Watch(CURL* easy);

// curl_easy_cleanup() of a handle, watched or not; null is allowed.
void Cleanup(CURL* easy);

struct EasyDeleter {
  void operator()(CURL* easy) const { Cleanup(easy); }
};
using EasyHandle = std::unique_ptr<CURL, EasyDeleter>;

// curl_easy_init(), watched; null if libcurl has no memory.
EasyHandle MakeEasyHandle();

// All that the handle sits on now: its sockets, in use and idle, and what wakes
// it up. For pools of handles: what a connection is said to sit on is not
// reported beside it. Empty if the handle is not watched. Thread-safe.
std::vector<int> DescriptorsOf(CURL* easy);

}  // namespace leaktrap::curl

#endif  // LEAKTRAP_ADAPTERS_CURL_WATCH_H_
