// Peers that nginx cannot play, and what this process holds: for the tests of
// the client.

#ifndef EXAMPLES_HTTP_CLIENT_TEST_PEERS_H_
#define EXAMPLES_HTTP_CLIENT_TEST_PEERS_H_

#include <string>
#include <thread>

namespace http_client {

// Listens on a free port of 127.0.0.1 and accepts nobody: a client connects,
// sends its request and hears nothing.
class SilentPeer {
 public:
  SilentPeer();
  ~SilentPeer();

  SilentPeer(const SilentPeer&) = delete;
  SilentPeer& operator=(const SilentPeer&) = delete;

  std::string url() const;

 protected:
  int listener() const { return listener_; }

 private:
  int listener_ = -1;
  int port_ = 0;
};

// Answers its first client with `answer`, word for word, and then leaves the
// connection open without another word.
class StallingPeer : public SilentPeer {
 public:
  explicit StallingPeer(std::string answer);
  // The client must have connected.
  ~StallingPeer();

 private:
  int connection_ = -1;
  std::thread thread_;
};

// Threads of this process that carry a body.
int BodyThreads();

// Descriptors that this process has open.
int OpenDescriptors();

}  // namespace http_client

#endif  // EXAMPLES_HTTP_CLIENT_TEST_PEERS_H_
