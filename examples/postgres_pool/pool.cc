#include "examples/postgres_pool/pool.h"

#include <condition_variable>
#include <cstdint>
#include <map>
#include <mutex>
#include <utility>
#include <vector>

#include "leaktrap/adapters/libpq/inspector.h"

namespace postgres_pool {
namespace {

// Release() closes what is broken.
const leaktrap::libpq::Inspector& TheInspector() {
  static const auto* const inspector = new leaktrap::libpq::Inspector(
      leaktrap::libpq::Inspector().PoolReplacesBroken());
  return *inspector;
}

}  // namespace

// What the pool shares with its handles, which may outlive it.
class Pool::State {
 public:
  State(std::string conninfo, PoolOptions options)
      : conninfo_(std::move(conninfo)), options_(std::move(options)) {}

  Connection* Acquire(leaktrap::LeaseLedger* ledger) {
    std::unique_lock<std::mutex> lock(mutex_);
    const bool in_time = returned_.wait_for(lock, options_.patience, [this] {
      return !idle_.empty() || open_ < options_.size;
    });
    if (!in_time) {
      lock.unlock();
      if (options_.on_exhausted) options_.on_exhausted();
      throw PoolExhausted("no connection came back in time: all " +
                          std::to_string(options_.size) + " are in use");
    }
    if (idle_.empty()) {
      ++open_;
      lock.unlock();
      Entry entry = Open(ledger);
      lock.lock();
      idle_.push_back(std::move(entry));
    }
    Entry entry = std::move(idle_.back());
    idle_.pop_back();
    entry.lease = ledger->CheckOut(entry.id);
    Connection* const connection = entry.connection.get();
    leased_.emplace(connection, std::move(entry));
    return connection;
  }

  void Release(Connection* connection) {
    const std::lock_guard<std::mutex> lock(mutex_);
    Entry entry = std::move(leased_.extract(connection).mapped());
    const std::string dirt = TheInspector().Dirt(connection->handle());
    if (!dirt.empty()) entry.lease.NoteDirt(dirt);
    if (connection->IsUsable() && !closed_) {
      entry.lease.Return();
      idle_.push_back(std::move(entry));
    } else {
      entry.connection.reset();
      entry.lease.Discard();
      --open_;
    }
    returned_.notify_one();
  }

  // The pool is gone; its handles are not, perhaps.
  void Close() {
    const std::lock_guard<std::mutex> lock(mutex_);
    closed_ = true;
    idle_.clear();
  }

 private:
  struct Entry {
    std::unique_ptr<Connection> connection;
    uint64_t id = 0;  // the ledger's
    leaktrap::Lease lease;
  };

  // Without the lock: it may take its time.
  Entry Open(leaktrap::LeaseLedger* ledger) {
    Entry entry;
    try {
      entry.connection = std::make_unique<Connection>(conninfo_);
    } catch (...) {
      const std::lock_guard<std::mutex> lock(mutex_);
      --open_;
      returned_.notify_one();
      throw;
    }
    const auto details = TheInspector().Describe(entry.connection->handle());
    entry.id = ledger->Open(details.peer);
    ledger->SetDescriptors(entry.id, details.descriptors);
    return entry;
  }

  const std::string conninfo_;
  const PoolOptions options_;
  std::mutex mutex_;
  std::condition_variable returned_;
  int open_ = 0;  // leased, idle, or about to be opened
  bool closed_ = false;
  std::vector<Entry> idle_;
  std::map<Connection*, Entry> leased_;
};

Pool::GiveBack::GiveBack(std::shared_ptr<State> state)
    : state_(std::move(state)) {}

void Pool::GiveBack::operator()(Connection* connection) const {
  state_->Release(connection);
}

Pool::Pool(const std::string& name, std::string conninfo, PoolOptions options)
    : ledger_(name),
      state_(std::make_shared<State>(std::move(conninfo), std::move(options))) {
}

Pool::~Pool() { state_->Close(); }

Pool::Handle Pool::CheckOut() {
  return Handle(state_->Acquire(&ledger_), GiveBack(state_));
}

Connection* Pool::Acquire() { return state_->Acquire(&ledger_); }

void Pool::Release(Connection* connection) { state_->Release(connection); }

}  // namespace postgres_pool
