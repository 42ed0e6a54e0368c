#include "leaktrap/adapters/curl/handle_books.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "leaktrap/adapters/curl/handle_pool.h"
#include "leaktrap/pool/dirty_return.h"

namespace leaktrap::curl::internal {
namespace {

using leaktrap::internal::FindOpenDescriptor;
using leaktrap::internal::IsStillOpen;
using Clock = std::chrono::steady_clock;

int Index(Held kind) { return static_cast<int>(kind); }

}  // namespace

HandleBooks& HandleBooks::Get() {
  // Handles in static storage are cleaned up after everything.
  static HandleBooks& books = [&]() -> HandleBooks& {
    auto& made = *new HandleBooks;
    for (const Held kind :
         {Held::kEasy, Held::kMulti, Held::kShare, Held::kTransfer}) {
      new HandlePool(kind, &made);
    }
    return made;
  }();
  return books;
}

uint64_t HandleBooks::Announce(Held kind, const Checkout& made) {
  const std::lock_guard<std::mutex> lock(mutex_);
  const uint64_t number = ++last_number_;
  Handle& handle = handles_[number];
  handle.kind = kind;
  handle.made = made;
  // Until it is told to keep them.
  handle.keeps_connections = kind != Held::kShare;
  return number;
}

void HandleBooks::Begin(uint64_t number, const void* address) {
  const std::lock_guard<std::mutex> lock(mutex_);
  const auto handle = handles_.find(number);
  if (handle == handles_.end()) return;
  if (address == nullptr) {
    handles_.erase(handle);
    return;
  }
  handle->second.address = address;
  handle->second.since = Clock::now();
  by_address_[address] = number;
  Count(handle->second.kind, 1);
}

uint64_t HandleBooks::Find(const void* address) const {
  const std::lock_guard<std::mutex> lock(mutex_);
  const auto found = by_address_.find(address);
  return found == by_address_.end() ? 0 : found->second;
}

void HandleBooks::End(uint64_t number) {
  const std::lock_guard<std::mutex> lock(mutex_);
  const auto handle = handles_.find(number);
  if (handle == handles_.end()) return;
  const Held kind = handle->second.kind;
  if (kind == Held::kEasy) EraseTransfer(number);
  if (kind == Held::kMulti) {
    // Whoever was in it is out of it, and need not be removed.
    for (auto at = transfers_.begin(); at != transfers_.end();) {
      const auto next = std::next(at);
      if (at->second.multi == number) EraseTransfer(at->first);
      at = next;
    }
  }
  // Another may have got its address by now.
  const auto address = by_address_.find(handle->second.address);
  if (address != by_address_.end() && address->second == number) {
    by_address_.erase(address);
  }
  handles_.erase(handle);
  Count(kind, -1);
}

void HandleBooks::UseShare(uint64_t easy, uint64_t share) {
  const std::lock_guard<std::mutex> lock(mutex_);
  const auto handle = handles_.find(easy);
  if (handle != handles_.end()) handle->second.share = share;
}

void HandleBooks::SetKeepsConnections(uint64_t share, bool keeps) {
  const std::lock_guard<std::mutex> lock(mutex_);
  const auto handle = handles_.find(share);
  if (handle != handles_.end()) handle->second.keeps_connections = keeps;
}

void HandleBooks::AddTransfer(uint64_t easy, uint64_t multi,
                              const Checkout& added) {
  const std::lock_guard<std::mutex> lock(mutex_);
  if (handles_.count(easy) == 0 || handles_.count(multi) == 0) return;
  EraseTransfer(easy);
  Transfer& transfer = transfers_[easy];
  transfer.lease = ++last_number_;
  transfer.multi = multi;
  transfer.performs = handles_.at(multi).performs;
  transfer.added = added;
  transfer.since = Clock::now();
  Count(Held::kTransfer, 1);
}

void HandleBooks::Perform(uint64_t multi, bool any_runs) {
  std::vector<Dirty> dirty;
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    const auto handle = handles_.find(multi);
    if (handle == handles_.end()) return;
    ++handle->second.performs;
    const bool any_left = !handle->second.dirty.empty();
    if (any_runs && !any_left) return;
    for (auto& [easy, transfer] : transfers_) {
      if (transfer.multi != multi || transfer.finished) continue;
      // It may have got what the last one left.
      if (any_left && dirty.empty()) dirty = TakeDirty(&handle->second);
      if (any_runs) break;
      transfer.finished = true;
      Count(Held::kTransfer, -1);
    }
  }
  Tell(std::move(dirty));
}

void HandleBooks::FinishTransfer(uint64_t easy) {
  const std::lock_guard<std::mutex> lock(mutex_);
  const auto transfer = transfers_.find(easy);
  if (transfer == transfers_.end() || transfer->second.finished) return;
  transfer->second.finished = true;
  Count(Held::kTransfer, -1);
}

void HandleBooks::RemoveTransfer(uint64_t easy) {
  const std::lock_guard<std::mutex> lock(mutex_);
  EraseTransfer(easy);
}

bool HandleBooks::IsUnderWay(uint64_t easy) const {
  const std::lock_guard<std::mutex> lock(mutex_);
  const auto transfer = transfers_.find(easy);
  return transfer != transfers_.end() && !transfer->second.finished &&
         WasPerformed(transfer->second);
}

void HandleBooks::LeaveDirty(uint64_t easy, const Checkout& left) {
  const std::lock_guard<std::mutex> lock(mutex_);
  const auto transfer = transfers_.find(easy);
  const auto handle = handles_.find(easy);
  if (transfer == transfers_.end() || handle == handles_.end()) return;
  const auto multi = handles_.find(transfer->second.multi);
  if (multi == handles_.end()) return;
  multi->second.dirty.push_back(
      {handle->second.peer, transfer->second.added, left});
}

void HandleBooks::AddOwn(uint64_t number, int fd) {
  const std::optional<Descriptor> open = FindOpenDescriptor(fd);
  if (!open.has_value()) return;
  const std::lock_guard<std::mutex> lock(mutex_);
  const auto handle = handles_.find(number);
  if (handle == handles_.end()) return;
  // Those that libcurl has closed since: of one look-up for each transfer.
  std::vector<Descriptor>& own = handle->second.own;
  own.erase(
      std::remove_if(own.begin(), own.end(),
                     [](const Descriptor& old) { return !IsStillOpen(old); }),
      own.end());
  own.push_back(*open);
}

void HandleBooks::Open(uint64_t easy, int fd, std::string peer) {
  const std::optional<Descriptor> open = FindOpenDescriptor(fd);
  if (!open.has_value()) return;
  const std::lock_guard<std::mutex> lock(mutex_);
  const auto handle = handles_.find(easy);
  if (handle != handles_.end()) handle->second.peer = std::move(peer);
  EraseSocket(fd);
  sockets_[fd] = {*open, easy, KeeperOf(easy)};
  ++open_sockets_[easy];
}

void HandleBooks::Close(int fd) {
  const std::lock_guard<std::mutex> lock(mutex_);
  EraseSocket(fd);
}

bool HandleBooks::HasOpenSockets(uint64_t easy) const {
  const std::lock_guard<std::mutex> lock(mutex_);
  return open_sockets_.count(easy) != 0;
}

std::vector<int> HandleBooks::DescriptorsOf(uint64_t number) const {
  const std::lock_guard<std::mutex> lock(mutex_);
  const auto handle = handles_.find(number);
  if (handle == handles_.end()) return {};
  return Descriptors(number, handle->second, SocketsByHolder());
}

std::vector<PooledConnection> HandleBooks::Connections(Held kind) {
  std::vector<PooledConnection> connections;
  std::vector<Dirty> dirty;
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    if (kind == Held::kTransfer) return Transfers();
    const auto sockets = SocketsByHolder();
    for (auto& [number, handle] : handles_) {
      if (handle.kind != kind || handle.address == nullptr) continue;
      PooledConnection connection;
      connection.id = number;
      connection.lease = number;
      connection.peer = handle.peer;
      connection.descriptors = Descriptors(number, handle, sockets);
      connection.since = handle.since;
      connection.checkout = handle.made;
      connections.push_back(std::move(connection));
      // It lies there for the next.
      for (Dirty& left : TakeDirty(&handle)) dirty.push_back(std::move(left));
    }
  }
  Tell(std::move(dirty));
  return connections;
}

PoolCounts HandleBooks::Counts(Held kind) const {
  const std::lock_guard<std::mutex> lock(mutex_);
  return counts_[Index(kind)];
}

int HandleBooks::TakePeak(Held kind) {
  const std::lock_guard<std::mutex> lock(mutex_);
  return std::exchange(peaks_[Index(kind)], counts_[Index(kind)].leased);
}

void HandleBooks::Count(Held kind, int change) {
  PoolCounts& counts = counts_[Index(kind)];
  counts.leased += change;
  if (change > 0) ++counts.opened;
  int& peak = peaks_[Index(kind)];
  peak = std::max(peak, counts.leased);
}

void HandleBooks::EraseTransfer(uint64_t easy) {
  const auto transfer = transfers_.find(easy);
  if (transfer == transfers_.end()) return;
  if (!transfer->second.finished) Count(Held::kTransfer, -1);
  transfers_.erase(transfer);
}

uint64_t HandleBooks::KeeperOf(uint64_t easy) const {
  const auto handle = handles_.find(easy);
  if (handle == handles_.end()) return easy;
  const auto share = handles_.find(handle->second.share);
  if (share != handles_.end() && share->second.keeps_connections) {
    return share->first;
  }
  const auto transfer = transfers_.find(easy);
  return transfer == transfers_.end() ? easy : transfer->second.multi;
}

bool HandleBooks::WasPerformed(const Transfer& transfer) const {
  const auto multi = handles_.find(transfer.multi);
  return multi != handles_.end() && multi->second.performs > transfer.performs;
}

void HandleBooks::EraseSocket(int fd) {
  const auto socket = sockets_.find(fd);
  if (socket == sockets_.end()) return;
  const auto open = open_sockets_.find(socket->second.opener);
  if (--open->second == 0) open_sockets_.erase(open);
  sockets_.erase(socket);
}

HandleBooks::ByHolder HandleBooks::SocketsByHolder() const {
  ByHolder sockets;
  for (const auto& [fd, socket] : sockets_) {
    if (!IsStillOpen(socket.descriptor)) continue;
    sockets[socket.keeper].push_back(fd);
    if (IsUsedByOpener(socket)) sockets[socket.opener].push_back(fd);
  }
  return sockets;
}

std::vector<int> HandleBooks::Descriptors(uint64_t number, const Handle& handle,
                                          const ByHolder& sockets) {
  std::vector<int> descriptors;
  for (const Descriptor& own : handle.own) {
    if (IsStillOpen(own)) descriptors.push_back(own.number);
  }
  const auto held = sockets.find(number);
  if (held != sockets.end()) {
    descriptors.insert(descriptors.end(), held->second.begin(),
                       held->second.end());
  }
  return descriptors;
}

// Though another keeps it. Who else uses it is not seen.
bool HandleBooks::IsUsedByOpener(const Socket& socket) const {
  const auto keeper = handles_.find(socket.keeper);
  if (socket.keeper == socket.opener || keeper == handles_.end()) return false;
  if (keeper->second.kind == Held::kShare) return true;
  const auto transfer = transfers_.find(socket.opener);
  return transfer != transfers_.end() && !transfer->second.finished &&
         transfer->second.multi == socket.keeper;
}

std::vector<PooledConnection> HandleBooks::Transfers() const {
  std::vector<PooledConnection> connections;
  ByHolder used;
  for (const auto& [fd, socket] : sockets_) {
    if (IsUsedByOpener(socket) && IsStillOpen(socket.descriptor)) {
      used[socket.opener].push_back(fd);
    }
  }
  for (const auto& [easy, transfer] : transfers_) {
    if (transfer.finished) continue;
    PooledConnection connection;
    connection.id = transfer.lease;
    connection.lease = transfer.lease;
    connection.peer = handles_.at(easy).peer;
    connection.descriptors = used[easy];
    connection.since = transfer.since;
    connection.checkout = transfer.added;
    connections.push_back(std::move(connection));
  }
  return connections;
}

std::vector<HandleBooks::Dirty> HandleBooks::TakeDirty(Handle* multi) {
  return std::exchange(multi->dirty, {});
}

void HandleBooks::Tell(std::vector<Dirty> dirty) {
  for (Dirty& left : dirty) {
    leaktrap::internal::NoteDirtyReturn({"libcurl multi", std::move(left.peer),
                                         "with its answer still to come",
                                         left.made, left.left});
  }
}

}  // namespace leaktrap::curl::internal
