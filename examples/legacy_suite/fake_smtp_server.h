// For the tests: a server that speaks as much SMTP as the importer does.

#ifndef EXAMPLES_LEGACY_SUITE_FAKE_SMTP_SERVER_H_
#define EXAMPLES_LEGACY_SUITE_FAKE_SMTP_SERVER_H_

#include <atomic>
#include <string>
#include <thread>

namespace mail {

// Serves from its making to its end, on a thread of its own.
class FakeSmtpServer {
 public:
  // Greets with that line. Takes mail for everybody but "nobody".
  explicit FakeSmtpServer(std::string greeting = "220 ready");
  ~FakeSmtpServer();

  FakeSmtpServer(const FakeSmtpServer&) = delete;
  FakeSmtpServer& operator=(const FakeSmtpServer&) = delete;

  int port() const { return port_; }
  int connections() const { return connections_; }

 private:
  void Serve();

  const std::string greeting_;
  int listener_ = -1;
  int stop_[2] = {-1, -1};
  int port_ = 0;
  std::atomic<int> connections_{0};
  std::thread thread_;
};

}  // namespace mail

#endif  // EXAMPLES_LEGACY_SUITE_FAKE_SMTP_SERVER_H_
