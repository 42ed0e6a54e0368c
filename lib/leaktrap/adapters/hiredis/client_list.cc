#include "leaktrap/adapters/hiredis/client_list.h"

#include <cstdlib>
#include <map>
#include <sstream>
#include <stdexcept>
#include <utility>

namespace leaktrap::hiredis::internal {
namespace {

using Fields = std::map<std::string, std::string>;

// "id=3 addr=127.0.0.1:54144 ... name= ..."; values have no blanks, but for
// the path of a Unix socket, which goes on to the next word with a "=".
Fields FieldsOf(const std::string& line) {
  Fields fields;
  std::istringstream words(line);
  std::string last;
  for (std::string word; words >> word;) {
    const size_t equals = word.find('=');
    if (equals == std::string::npos) {
      if (!last.empty()) fields[last] += " " + word;
      continue;
    }
    last = word.substr(0, equals);
    fields[last] = word.substr(equals + 1);
  }
  return fields;
}

const std::string& Demanded(const Fields& fields, const char* name,
                            const std::string& line) {
  const auto field = fields.find(name);
  if (field == fields.end() || field->second.empty()) {
    throw std::runtime_error("CLIENT LIST tells no " + std::string(name) +
                             " in \"" + line + "\"");
  }
  return field->second;
}

int Number(const Fields& fields, const char* name) {
  const auto field = fields.find(name);
  return field == fields.end() ? 0 : std::atoi(field->second.c_str());
}

Client ClientOf(const std::string& line) {
  const Fields fields = FieldsOf(line);
  const std::string& flags = Demanded(fields, "flags", line);
  const auto has = [&](char flag) {
    return flags.find(flag) != std::string::npos;
  };
  Client client;
  client.id = std::strtoull(Demanded(fields, "id", line).c_str(), nullptr, 10);
  client.address = Demanded(fields, "addr", line);
  client.by_unix_socket = has('U');
  if (client.by_unix_socket) {  // "/run/redis.sock:0"
    client.address = client.address.substr(0, client.address.rfind(':'));
  }
  client.in_multi = has('x');
  if (client.in_multi) client.queued = Number(fields, "multi");
  client.channels = Number(fields, "sub");
  client.patterns = Number(fields, "psub");
  client.shard_channels = Number(fields, "ssub");
  client.watched = Number(fields, "watch");
  client.monitoring = has('O');
  client.blocked = has('b');
  const auto command = fields.find("cmd");
  if (command != fields.end()) client.last_command = command->second;
  return client;
}

std::string CountOf(int count, const std::string& what) {
  return std::to_string(count) + " " + what + (count == 1 ? "" : "s");
}

std::string Subscriptions(const Client& client) {
  std::string text;
  for (const auto& [count, what] :
       {std::pair(client.channels, "channel"),
        std::pair(client.patterns, "pattern"),
        std::pair(client.shard_channels, "shard channel")}) {
    if (count == 0) continue;
    text += (text.empty() ? "" : " and ") + CountOf(count, what);
  }
  return text;
}

}  // namespace

std::vector<Client> ParseClientList(const std::string& text) {
  std::vector<Client> clients;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    if (!line.empty() && line.back() == '\r') line.pop_back();
    if (!line.empty()) clients.push_back(ClientOf(line));
  }
  return clients;
}

std::string DirtOf(const Client& client) {
  if (client.in_multi) {
    return client.queued == 0
               ? "inside MULTI"
               : "inside MULTI (" + CountOf(client.queued, "command") +
                     " queued)";
  }
  if (client.subscribed()) return "subscribed to " + Subscriptions(client);
  if (client.monitoring) return "monitoring";
  if (client.blocked) {
    return "waiting for the answer to " + client.last_command;
  }
  if (client.watched > 0) {
    return "watching " + CountOf(client.watched, "key");
  }
  return "";
}

std::string RemedyFor(const Client& client) {
  if (client.in_multi) return "EXEC or DISCARD";
  if (client.subscribed()) {
    return "UNSUBSCRIBE, PUNSUBSCRIBE, or close the connection";
  }
  if (client.monitoring) return "RESET, or close the connection";
  if (client.blocked) return "read the answer, or close the connection";
  return "UNWATCH";
}

}  // namespace leaktrap::hiredis::internal
