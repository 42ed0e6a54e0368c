// What a Redis server tells of its clients by CLIENT LIST.

#ifndef LEAKTRAP_ADAPTERS_HIREDIS_CLIENT_LIST_H_
#define LEAKTRAP_ADAPTERS_HIREDIS_CLIENT_LIST_H_

#include <cstdint>
#include <string>
#include <vector>

namespace leaktrap::hiredis::internal {

struct Client {
  uint64_t id = 0;              // not given out again while the server runs
  std::string address;          // as the server sees it: "127.0.0.1:54144"
  bool by_unix_socket = false;  // then the address is the server's path

  bool in_multi = false;
  int queued = 0;  // commands in MULTI
  int channels = 0, patterns = 0, shard_channels = 0;
  int watched = 0;  // keys; told by Redis 7.4 and later
  bool monitoring = false;
  bool blocked = false;
  std::string last_command;

  bool subscribed() const { return channels + patterns + shard_channels > 0; }
};

// The clients of a text of CLIENT LIST. Throws std::runtime_error for a line
// that lacks the id, the address or the flags.
std::vector<Client> ParseClientList(const std::string& text);

// In which state the next user must not get the connection: "inside MULTI (2
// commands queued)", "subscribed to 1 channel"; empty if it is in none.
std::string DirtOf(const Client& client);

// What to do about it: "EXEC or DISCARD".
std::string RemedyFor(const Client& client);

}  // namespace leaktrap::hiredis::internal

#endif  // LEAKTRAP_ADAPTERS_HIREDIS_CLIENT_LIST_H_
