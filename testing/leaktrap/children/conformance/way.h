// Ways to make a descriptor, a thread or a child process, and what Leaktrap
// says of a test that forgets what it made. docs/conformance.md has a row of
// each; conformance_child tries them, and conformance_test reads what it said.
//
//   WAY(socket, kDescriptor, "socket", "close") {
//     return Close(socket(AF_INET, SOCK_DGRAM, 0));
//   }

#ifndef LEAKTRAP_CHILDREN_CONFORMANCE_WAY_H_
#define LEAKTRAP_CHILDREN_CONFORMANCE_WAY_H_

#include <dirent.h>

#include <cstdio>
#include <functional>
#include <memory>
#include <ostream>
#include <string>
#include <utility>
#include <vector>

namespace leaktrap::conformance {

// Releases what was made. Null if it cannot be had on this machine: then errno
// says why.
using Undo = std::function<void()>;

// What a report says is left behind; "" if it says nothing.
struct Left {
  const char* recorded;
  const char* unrecorded;
};

inline constexpr Left kNothing = {"", ""};
inline constexpr Left kDescriptor = {"1 descriptor", "1 descriptor"};
inline constexpr Left kDescriptors = {"2 descriptors", "2 descriptors"};
inline constexpr Left kThread = {"1 thread", "1 thread"};
inline constexpr Left kProcess = {"1 process", "1 process"};
inline constexpr Left kDescriptorAndProcess = {"1 descriptor, 1 process",
                                               "1 descriptor, 1 process"};
inline constexpr Left kDescriptorIfRecorded = {"1 descriptor", ""};
inline constexpr Left kThreadIfRecorded = {"1 thread", ""};

struct Way {
  const char* table;
  const char* name;
  Left left;
  const char* call;      // that the report names; "" if none is recorded
  const char* released;  // by what; "" if nothing can
  bool may_be_missing;   // on this machine, or for want of privileges
  Undo (*make)();
};

// Its row in docs/conformance.md, which --gtest_list_tests shows, too.
void PrintTo(const Way& way, std::ostream* out);

// A table without a way ends the program.
const std::vector<Way>& WaysOf(const std::string& table);

// Adds it to its table.
bool List(const Way& way);

// What follows is the way's function, which a report names as Make_name.
// `kTable` of its file is its table.
#define WAY(name, left, call, released)                                \
  static Undo Make_##name();                                           \
  [[maybe_unused]] static const bool is_listed_##name =                \
      List({kTable, #name, left, call, released, false, Make_##name}); \
  static Undo Make_##name()

#define WAY_IF_THERE(name, left, call, released)                      \
  static Undo Make_##name();                                          \
  [[maybe_unused]] static const bool is_listed_##name =               \
      List({kTable, #name, left, call, released, true, Make_##name}); \
  static Undo Make_##name()

Undo Close(int fd);
Undo Close(const int (&fds)[2]);
Undo Close(FILE* stream);
Undo Close(DIR* directory);

// Keeps `object` until it is to be released.
template <typename T>
Undo Keep(std::unique_ptr<T> object) {
  return [kept = std::shared_ptr<T>(std::move(object))]() mutable {
    kept.reset();
  };
}

// What is done already, or cannot be undone.
inline Undo Nothing() {
  return [] {};
}

}  // namespace leaktrap::conformance

#endif  // LEAKTRAP_CHILDREN_CONFORMANCE_WAY_H_
