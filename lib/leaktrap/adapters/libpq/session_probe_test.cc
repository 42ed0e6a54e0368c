#include "leaktrap/adapters/libpq/session_probe.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <libpq-fe.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "leaktrap/adapters/libpq/postgres_for_test.h"

namespace leaktrap::libpq {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::MatchesRegex;
using testing::SizeIs;

class SessionProbeTest : public PostgresTest {
 protected:
  void SetUp() override {
    PostgresTest::SetUp();
    probe_ = NewSessionProbe(server().Conninfo());
  }

  // The pids in a listing that could look.
  std::vector<uint64_t> Pids() {
    const Listing listing = probe_->List();
    EXPECT_EQ(listing.error, "");
    std::vector<uint64_t> pids;
    for (const Identity& identity : listing.identities) {
      pids.push_back(identity.number);
    }
    return pids;
  }

  static uint64_t PidOf(const Connection& connection) {
    return PQbackendPID(connection.get());
  }

  std::unique_ptr<Probe> probe_;
};

TEST_F(SessionProbeTest, ListsASessionWhileItIsInATransaction) {
  const Connection connection = Connect();
  const Connection other = Connect();
  Ask(other.get(), "SELECT 1");
  EXPECT_THAT(Pids(), IsEmpty());
  Ask(connection.get(), "BEGIN");
  EXPECT_THAT(Pids(), ElementsAre(PidOf(connection)));
  Ask(connection.get(), "SELECT no_such_column");
  EXPECT_THAT(Pids(), ElementsAre(PidOf(connection))) << "failed";
  Ask(connection.get(), "ROLLBACK");
  EXPECT_THAT(Pids(), IsEmpty());
}

TEST_F(SessionProbeTest, ListsItAsTheSameInEachLook) {
  const Connection connection = Connect();
  Ask(connection.get(), "BEGIN");
  const Listing first = probe_->List();
  ASSERT_THAT(first.identities, SizeIs(1));
  EXPECT_NE(first.identities[0].stamp[0], 0u);
  Ask(connection.get(), "SELECT no_such_column");
  EXPECT_EQ(probe_->List().identities, first.identities);
}

TEST_F(SessionProbeTest, SaysWhichWhereAndWhat) {
  const Connection connection = Connect();
  Ask(connection.get(), "BEGIN");
  Ask(connection.get(), "SELECT '" + std::string(500, 'x') + "'");
  const Listing listing = probe_->List();
  ASSERT_THAT(listing.identities, SizeIs(1));
  const std::optional<Resource> told = probe_->Describe(listing.identities[0]);
  ASSERT_TRUE(told.has_value());
  EXPECT_THAT(
      told->description,
      MatchesRegex("PostgreSQL session " + std::to_string(PidOf(connection)) +
                   " of 127.0.0.1:" + std::to_string(server().port()) +
                   ", database postgres, idle in transaction for [0-9]+ms, on "
                   "descriptor " +
                   std::to_string(PQsocket(connection.get())) +
                   "; its last statement: SELECT 'x{112}"));
  EXPECT_THAT(told->descriptors, ElementsAre(PQsocket(connection.get())));
  EXPECT_EQ(told->release, "COMMIT or ROLLBACK");
}

TEST_F(SessionProbeTest, KeepsOneConnectionThatIsItsOwn) {
  const std::vector<int> kept = probe_->List().kept_descriptors;
  ASSERT_THAT(kept, SizeIs(1));
  EXPECT_EQ(fcntl(kept[0], F_GETFD), FD_CLOEXEC);
  EXPECT_EQ(probe_->List().kept_descriptors, kept);
  probe_.reset();
  EXPECT_EQ(fcntl(kept[0], F_GETFD), -1);
}

TEST_F(SessionProbeTest, AnotherProcesssSessionIsNotOurs) {
  int ready[2], go[2];
  ASSERT_EQ(pipe2(ready, O_CLOEXEC), 0);
  ASSERT_EQ(pipe2(go, O_CLOEXEC), 0);
  const pid_t child = fork();
  ASSERT_GE(child, 0);
  char byte = 'x';
  if (child == 0) {
    close(go[1]);
    const Connection connection = libpq::Connect(server().Conninfo());
    Ask(connection.get(), "BEGIN");
    if (write(ready[1], &byte, 1) != 1) _exit(1);
    if (read(go[0], &byte, 1) < 0) _exit(1);
    _exit(0);
  }
  ASSERT_EQ(read(ready[0], &byte, 1), 1);
  EXPECT_THAT(Pids(), IsEmpty());
  EXPECT_EQ(Ask(Connect().get(),
                "SELECT count(*) FROM pg_stat_activity WHERE "
                "state = 'idle in transaction'"),
            "1");
  for (const int end : {ready[0], ready[1], go[0], go[1]}) close(end);
  EXPECT_EQ(waitpid(child, nullptr, 0), child);
}

TEST_F(SessionProbeTest, ByAUnixSocketIfAllOfThemAreOurs) {
  const Connection by_unix = libpq::Connect(server().UnixConninfo());
  Ask(by_unix.get(), "BEGIN");
  EXPECT_THAT(Pids(), ElementsAre(PidOf(by_unix)));

  const int copy = dup(PQsocket(by_unix.get()));
  EXPECT_THAT(probe_->List().error, HasSubstr("may be another process's"));
  close(copy);
  Ask(by_unix.get(), "COMMIT");
  EXPECT_THAT(Pids(), IsEmpty());
}

TEST_F(SessionProbeTest, LooksByAUnixSocketAsWell) {
  probe_ = NewSessionProbe(server().UnixConninfo());
  const Connection connection = Connect();
  Ask(connection.get(), "BEGIN");
  EXPECT_THAT(Pids(), ElementsAre(PidOf(connection)));
}

TEST_F(SessionProbeTest, WhatTheServerHidesIsNotTakenForClean) {
  Ask(Connect().get(), "CREATE ROLE plain LOGIN");
  const std::string plain = server().Conninfo() + " user=plain";
  probe_ = NewSessionProbe(plain);
  EXPECT_THAT(Pids(), IsEmpty()) << "nothing of ours is hidden";
  const Connection killed = Connect();
  Terminate(killed.get());
  EXPECT_THAT(Pids(), IsEmpty()) << "it has no session";
  {
    const Connection connection = Connect();
    Ask(connection.get(), "BEGIN");
    EXPECT_THAT(probe_->List().error, HasSubstr("GRANT pg_read_all_stats"));
  }
  const Connection same_role = libpq::Connect(plain);
  Ask(same_role.get(), "BEGIN");
  EXPECT_THAT(Pids(), ElementsAre(PidOf(same_role)));
  Ask(Connect().get(), "GRANT pg_read_all_stats TO plain");
  const Connection connection = Connect();
  Ask(connection.get(), "BEGIN");
  EXPECT_THAT(Pids(), SizeIs(2));
}

TEST_F(SessionProbeTest, WhereActivityIsNotTrackedItCannotLook) {
  Ask(Connect().get(), "CREATE ROLE untracked SUPERUSER LOGIN");
  Ask(Connect().get(), "ALTER ROLE untracked SET track_activities = off");
  probe_ = NewSessionProbe(server().Conninfo() + " user=untracked");
  EXPECT_THAT(probe_->List().error, HasSubstr("track_activities is off"));
}

TEST_F(SessionProbeTest, WithoutAServerItCannotLook) {
  probe_ = NewSessionProbe("host=127.0.0.1 port=1");
  EXPECT_THAT(probe_->List().error, HasSubstr("Connection refused"));
}

TEST_F(SessionProbeTest, ConnectsAgainWhereItsSessionWasEnded) {
  EXPECT_THAT(Pids(), IsEmpty());
  Ask(Connect().get(),
      "SELECT pg_terminate_backend(pid, 20000) FROM pg_stat_activity WHERE "
      "application_name = 'leaktrap'");
  const Connection connection = Connect();
  Ask(connection.get(), "BEGIN");
  EXPECT_THAT(Pids(), ElementsAre(PidOf(connection)));
}

// The server shows it for a moment more.
TEST_F(SessionProbeTest, ASessionThatHasEndedIsNotOurs) {
  for (int i = 0; i < 50; ++i) {
    Ask(Connect().get(), "BEGIN");
    ASSERT_THAT(Pids(), IsEmpty());
  }
}

TEST_F(SessionProbeTest, NorIsItsEndADoubtAboutOthersByUnixSockets) {
  const Connection connection = libpq::Connect(server().UnixConninfo());
  Ask(connection.get(), "BEGIN");
  for (int i = 0; i < 50; ++i) {
    libpq::Connect(server().UnixConninfo());
    ASSERT_THAT(Pids(), ElementsAre(PidOf(connection)));
  }
}

// Takes one connection and carries it to `port`, from a socket of its own.
class Proxy {
 public:
  explicit Proxy(int port) {
    const int listener = Socket(&listen_port_);
    EXPECT_EQ(listen(listener, 1), 0);
    thread_ = std::thread([listener, port] {
      const int client = accept4(listener, nullptr, nullptr, SOCK_CLOEXEC);
      close(listener);
      int own_port = 0;
      const int server = Socket(&own_port);
      const sockaddr_in address = Loopback(port);
      if (connect(server, reinterpret_cast<const sockaddr*>(&address),
                  sizeof(address)) == 0) {
        pollfd ends[] = {{client, POLLIN, 0}, {server, POLLIN, 0}};
        while (poll(ends, 2, -1) > 0 && Carry(ends[0], server) &&
               Carry(ends[1], client)) {
        }
      }
      close(client);
      close(server);
    });
  }
  ~Proxy() { thread_.join(); }

  int port() const { return listen_port_; }

 private:
  static sockaddr_in Loopback(int port) {
    sockaddr_in address = {};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    address.sin_port = htons(static_cast<uint16_t>(port));
    return address;
  }

  static int Socket(int* port) {
    const int socket_fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address = Loopback(0);
    socklen_t size = sizeof(address);
    EXPECT_EQ(bind(socket_fd, reinterpret_cast<sockaddr*>(&address), size), 0);
    getsockname(socket_fd, reinterpret_cast<sockaddr*>(&address), &size);
    *port = ntohs(address.sin_port);
    return socket_fd;
  }

  // False at the end.
  static bool Carry(const pollfd& from, int to) {
    if (from.revents == 0) return true;
    std::array<char, 4096> bytes;
    const ssize_t size = read(from.fd, bytes.data(), bytes.size());
    return size > 0 && write(to, bytes.data(), size) == size;
  }

  int listen_port_ = 0;
  std::thread thread_;
};

TEST_F(SessionProbeTest, ThroughAProxyItCannotLook) {
  const Proxy proxy(server().port());
  probe_ = NewSessionProbe(server().Conninfo() +
                           " port=" + std::to_string(proxy.port()));
  EXPECT_THAT(probe_->List().error, HasSubstr("the server knows 127.0.0.1:"));
  probe_.reset();
}

// A test may close all that it finds. What gets the number is not the probe's.
TEST_F(SessionProbeTest, LeavesAloneWhatGotTheNumberOfItsSocket) {
  const int number = probe_->List().kept_descriptors.at(0);
  int ends[2];
  ASSERT_EQ(pipe2(ends, O_CLOEXEC | O_NONBLOCK), 0);
  ASSERT_EQ(dup2(ends[1], number), number);
  const Connection connection = Connect();
  Ask(connection.get(), "BEGIN");
  EXPECT_THAT(Pids(), ElementsAre(PidOf(connection)));
  probe_.reset();
  char byte;
  EXPECT_EQ(read(ends[0], &byte, 1), -1) << "it wrote to another's descriptor";
  EXPECT_EQ(fcntl(number, F_GETFD), 0) << "it closed another's descriptor";
  close(number);
  close(ends[0]);
  close(ends[1]);
}

}  // namespace
}  // namespace leaktrap::libpq
