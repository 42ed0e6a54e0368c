// Which handles of libcurl are alive, what transfers are under way, and on
// which descriptors they sit.
//
// Each is a lease of a pool: of "libcurl easy" from curl_easy_init() to
// curl_easy_cleanup(), and so on. A handle that libcurl works for is not known
// by its address here but by a number: libcurl tells of a socket that it closes
// after the handle that opened it is gone, and another has its address.

#ifndef LEAKTRAP_ADAPTERS_CURL_HANDLE_BOOKS_H_
#define LEAKTRAP_ADAPTERS_CURL_HANDLE_BOOKS_H_

#include <array>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <map>
#include <mutex>
#include <string>
#include <unordered_map>
#include <vector>

#include "leaktrap/pool/checkout.h"
#include "leaktrap/pool/connection_pool.h"
#include "leaktrap/pool/open_descriptor.h"

namespace leaktrap::curl::internal {

// What can be left behind, each a pool of its own.
enum class Held { kEasy, kMulti, kShare, kTransfer };
inline constexpr int kKindsHeld = 4;

// Whether the calls of libcurl's users come by, each of them: then handles are
// noted there.
inline std::atomic<bool> calls_come_by{false};

// Thread-safe. Numbers are never zero and never given out again; zero stands
// for a handle that is not known, and does nothing.
class HandleBooks {
 public:
  // Of this process; never destroyed. Its pools are registered from the first
  // call on.
  static HandleBooks& Get();

  HandleBooks() = default;
  HandleBooks(const HandleBooks&) = delete;
  HandleBooks& operator=(const HandleBooks&) = delete;

  // A handle is being made: what is noted of the number meanwhile stays. It
  // counts once Begin() has said what came of it; null is nothing.
  uint64_t Announce(Held kind, const Checkout& made);
  void Begin(uint64_t number, const void* address);
  uint64_t Find(const void* address) const;

  // It is about to be freed. The sockets in its cache of connections are still
  // to be closed.
  void End(uint64_t number);

  // The easy handle keeps its connections in the share from now on, or in
  // itself if that is zero.
  void UseShare(uint64_t easy, uint64_t share);
  // Whether a share keeps connections, or only cookies and the like.
  void SetKeepsConnections(uint64_t share, bool keeps);

  // A transfer is the easy handle's number in a multi handle.
  void AddTransfer(uint64_t easy, uint64_t multi, const Checkout& added);
  // libcurl worked on those of the multi handle; all of them are at their end
  // if none runs any more.
  void Perform(uint64_t multi, bool any_runs);
  void FinishTransfer(uint64_t easy);
  void RemoveTransfer(uint64_t easy);
  // Whether its transfer has been worked on, and has not come to its end.
  bool IsUnderWay(uint64_t easy) const;

  // The easy handle, about to be freed, leaves a connection with an answer
  // still to come in its multi handle, for whoever comes next there.
  void LeaveDirty(uint64_t easy, const Checkout& left);

  // libcurl made a descriptor for the handle's own use: one to wake it up.
  void AddOwn(uint64_t number, int fd);

  // The easy handle opened a socket to `peer`, and it is about to be closed.
  void Open(uint64_t easy, int fd, std::string peer);
  void Close(int fd);
  // Whether sockets of a handle that has ended are still open.
  bool HasOpenSockets(uint64_t easy) const;

  // That are open now: its own, and the sockets in its cache or in use by it.
  std::vector<int> DescriptorsOf(uint64_t number) const;

  std::vector<PooledConnection> Connections(Held kind);
  PoolCounts Counts(Held kind) const;
  int TakePeak(Held kind);

 private:
  using Descriptor = leaktrap::internal::OpenDescriptor;

  struct Socket {
    Descriptor descriptor;
    uint64_t opener = 0;  // an easy handle
    uint64_t keeper = 0;  // the handle in whose cache it is
  };
  using ByHolder = std::unordered_map<uint64_t, std::vector<int>>;

  struct Dirty {
    std::string peer;
    Checkout made;
    Checkout left;
  };

  struct Handle {
    Held kind = Held::kEasy;
    const void* address = nullptr;  // null while it is being made
    Checkout made;
    std::chrono::steady_clock::time_point since;
    std::vector<Descriptor> own;
    std::string peer;               // the last that it was connected to
    uint64_t share = 0;             // of an easy handle
    bool keeps_connections = true;  // of a share
    uint64_t performs = 0;          // of a multi handle
    std::vector<Dirty> dirty;       // of a multi handle
  };

  struct Transfer {
    uint64_t lease = 0;
    uint64_t multi = 0;
    uint64_t performs = 0;  // of the multi handle, before it came
    bool finished = false;
    Checkout added;
    std::chrono::steady_clock::time_point since;
  };

  // With the lock held.
  void Count(Held kind, int change);
  void EraseTransfer(uint64_t easy);
  uint64_t KeeperOf(uint64_t easy) const;
  bool WasPerformed(const Transfer& transfer) const;
  void EraseSocket(int fd);
  bool IsUsedByOpener(const Socket& socket) const;
  ByHolder SocketsByHolder() const;
  std::vector<PooledConnection> Transfers() const;
  std::vector<Dirty> TakeDirty(Handle* multi);

  static std::vector<int> Descriptors(uint64_t number, const Handle& handle,
                                      const ByHolder& sockets);
  static void Tell(std::vector<Dirty> dirty);

  mutable std::mutex mutex_;
  uint64_t last_number_ = 0;
  std::map<uint64_t, Handle> handles_;
  std::unordered_map<const void*, uint64_t> by_address_;
  std::unordered_map<uint64_t, Transfer> transfers_;  // by easy handle
  std::map<int, Socket> sockets_;                     // by descriptor
  std::unordered_map<uint64_t, int> open_sockets_;    // by opener
  std::array<PoolCounts, kKindsHeld> counts_;
  std::array<int, kKindsHeld> peaks_ = {};
};

}  // namespace leaktrap::curl::internal

#endif  // LEAKTRAP_ADAPTERS_CURL_HANDLE_BOOKS_H_
