// A shared object that uses libcurl: one that is linked, or a plugin.

#include <curl/curl.h>

extern "C" {

// The handle, used, for the caller to clean up; null if it could not be used.
__attribute__((visibility("default"))) CURL* FetchInLibrary(const char* url) {
  CURL* const easy = curl_easy_init();
  curl_easy_setopt(easy, CURLOPT_URL, url);
  curl_easy_setopt(easy, CURLOPT_PROXY, "");
  curl_easy_setopt(easy, CURLOPT_NOBODY, 1L);
  if (curl_easy_perform(easy) == CURLE_OK) return easy;
  curl_easy_cleanup(easy);
  return nullptr;
}

}  // extern "C"
