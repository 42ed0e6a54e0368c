#include "leaktrap/adapters/curl/transfers_for_test.h"

#include <memory>
#include <string>
#include <vector>

#include "gtest/gtest.h"
#include "leaktrap/resource/kind.h"
#include "leaktrap/resource/resource.h"

namespace leaktrap::curl {
namespace {

// Not in a static initialiser: the baseline must have it, and its process must
// be forked from one thread.
class Servers : public testing::Environment {
 public:
  void SetUp() override {
    curl_global_init(CURL_GLOBAL_DEFAULT);
    server_ = std::make_unique<HttpServer>();
  }
  void TearDown() override {
    server_.reset();
    curl_global_cleanup();
  }

  HttpServer& server() { return *server_; }

 private:
  std::unique_ptr<HttpServer> server_;
};

Servers* const servers = static_cast<Servers*>(
    testing::AddGlobalTestEnvironment(new Servers));  // GoogleTest owns it

size_t Append(char* data, size_t, size_t size, void* body) {
  static_cast<std::string*>(body)->append(data, size);
  return size;
}

}  // namespace

HttpServer& Server() { return servers->server(); }

void Ready(CURL* easy, const std::string& path, std::string* body) {
  curl_easy_setopt(easy, CURLOPT_URL, Server().Url(path).c_str());
  curl_easy_setopt(easy, CURLOPT_PROXY, "");
  curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, &Append);
  curl_easy_setopt(easy, CURLOPT_WRITEDATA, body);
}

std::string Get(CURL* easy, const std::string& path) {
  std::string body;
  Ready(easy, path, &body);
  const CURLcode code = curl_easy_perform(easy);
  curl_easy_setopt(easy, CURLOPT_WRITEDATA, nullptr);
  return code == CURLE_OK ? body : curl_easy_strerror(code);
}

void RunAll(CURLM* multi, const std::function<bool()>& done) {
  int running = 1;
  while (running > 0 && !done()) {
    curl_multi_perform(multi, &running);
    if (running > 0) curl_multi_poll(multi, nullptr, 0, 20, nullptr);
  }
}

void RunUntilSent(CURLM* multi, CURL* easy) {
  RunAll(multi, [easy] {
    curl_off_t sent_after = 0;
    curl_easy_getinfo(easy, CURLINFO_PRETRANSFER_TIME_T, &sent_after);
    return sent_after > 0;
  });
}

std::vector<std::string> Told(const LeakReport& report) {
  std::vector<std::string> told;
  if (!report.could_look()) told.push_back(report.error());
  for (const Resource& leak : report.leaks()) {
    told.push_back(std::string(KindName(leak.identity.kind)) + " " +
                   leak.description + "; " + leak.release);
  }
  return told;
}

}  // namespace leaktrap::curl
