// A destructor that does not release, as in ocilib's C++ interface: a
// Connection is a handle that frees what it owns, but the one that
// Pool::GetConnection() made was told that it borrows only ("transient").
// Leaving the scope gave nothing back, only an explicit Close() did; a pool of
// two hangs at the third use.
//
// https://github.com/vrogier/ocilib/issues/355

#include <libpq-fe.h>

#include <stdexcept>
#include <utility>
#include <vector>

#include "examples/public_bugs/stage.h"
#include "gtest/gtest.h"
#include "leaktrap/adapters/libpq/inspector.h"
#include "leaktrap/pool/lease_tracker.h"

namespace public_bugs {
namespace {

// The pool of the C interface.
class SessionPool {
 public:
  PGconn* Get() {
    if (idle_.empty() && opened_ == 2) throw std::runtime_error("exhausted");
    if (idle_.empty()) {
      idle_.push_back(ConnectToPostgres().release());
      ++opened_;
    }
    PGconn* const session = idle_.back();
    idle_.pop_back();
    return session;
  }
  void Release(PGconn* session) { idle_.push_back(session); }

 private:
  std::vector<PGconn*> idle_;
  int opened_ = 0;
};

enum class Handle { kOwned, kTransient };

// `Session` is what gives the session back when it is destroyed.
template <typename Session>
class Connection {
 public:
  Connection(Session session, Handle handle)
      : session_(std::move(session)), handle_(handle) {}
  Connection(Connection&&) = default;
  ~Connection() {
    // What is transient belongs to somebody else. To nobody, here.
    if (handle_ == Handle::kTransient) session_.release();
  }

  PGconn* get() const { return session_.get(); }
  void Close() { session_.reset(); }

 private:
  Session session_;
  Handle handle_;
};

class Pool {
 public:
  auto GetConnection(Handle handle) {
    auto session = leases_.Lend([this] { return sessions_.Get(); },
                                [this](PGconn* s) { sessions_.Release(s); },
                                leaktrap::libpq::Inspector());
    return Connection<decltype(session)>(std::move(session), handle);
  }

 private:
  SessionPool sessions_;
  leaktrap::LeaseTracker leases_{"ocilib"};
};

TEST(Bug, OcilibsDestructorDoesNotRelease) {
  static Pool& pool = *new Pool;
  for (int i = 0; i < 2; ++i) {
    const auto connection = pool.GetConnection(Handle::kTransient);
    EXPECT_EQ(Query(connection.get(), "SELECT 1"), "1");
  }
  EXPECT_THROW(pool.GetConnection(Handle::kTransient), std::runtime_error);
}

TEST(Fixed, OcilibsDestructorReleasesWhatItOwns) {
  static Pool& pool = *new Pool;
  for (int i = 0; i < 3; ++i) {
    const auto connection = pool.GetConnection(Handle::kOwned);
    EXPECT_EQ(Query(connection.get(), "SELECT 1"), "1");
  }
}

TEST(Fixed, OcilibsExplicitCloseReleases) {
  static Pool& pool = *new Pool;
  for (int i = 0; i < 3; ++i) {
    auto connection = pool.GetConnection(Handle::kTransient);
    EXPECT_EQ(Query(connection.get(), "SELECT 1"), "1");
    connection.Close();
  }
}

}  // namespace
}  // namespace public_bugs
