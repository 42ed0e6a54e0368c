// A resource as a report shows it: its identity and what was found out about
// it at the moment of looking.
//
//   for (const leaktrap::Resource& leak : report.leaks()) {
//     std::cout << leak.name << ", to be released by: " << leak.release <<
//     "\n";
//   }

#ifndef LEAKTRAP_RESOURCE_RESOURCE_H_
#define LEAKTRAP_RESOURCE_RESOURCE_H_

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "leaktrap/resource/identity.h"
#include "leaktrap/resource/origin.h"

namespace leaktrap {

// What a thread does.
struct Activity {
  // The system call in which it waits: "futex"; empty if that is not known.
  std::string syscall;

  // The descriptor that it waits on, if the call has one.
  std::optional<int> descriptor;

  // Its stack, the innermost first, as the symbolizer takes it. Empty if it
  // could not be had, for the reason of `why_not`.
  std::vector<uintptr_t> stack;
  std::string why_not;

  // How many of them are certain; the rest took a guess, and is most likely
  // right.
  size_t certain = 0;

  // Whether the last of them is the thread's outermost one.
  bool is_complete = false;
};

// Texts of a user's probe may be any: what is unfit for a line of a report is
// spelled out as \n, \r, \t or \xNN before anything looks at them.
struct Resource {
  Identity identity;

  // What rules' globs are matched against: a thread's name; a descriptor's
  // path or, for one without a path, its description ("TCP socket
  // 127.0.0.1:5001 -> 127.0.0.1:80 ESTABLISHED"); a pool's name; a process's
  // command; the name of a user's probe.
  std::string name;

  // One line for the report, without the kind: `4711 "http-body", sleeping in
  // futex_wait`, `7: TCP socket 127.0.0.1:5001 -> 127.0.0.1:80 ESTABLISHED`.
  std::string description;

  // What alike resources have in common, in words. Leaks of one kind with
  // equal `likeness` are told in one paragraph with a count: `named
  // "http-body", sleeping in futex_wait`, `TCP sockets to 127.0.0.1:80`.
  std::string likeness;

  // What to call to release it: "join or detach it (pthread_join(3))".
  std::string release;

  // How long it has existed, where that is known. The kernel keeps the time of
  // creation for threads and processes, not for descriptors.
  std::optional<std::chrono::nanoseconds> age;

  // The descriptors that it sits on: a lease's.
  std::vector<int> descriptors;

  // How a connection was given back that the next user must not get as it is:
  // "inside a transaction". Empty for everything else. Then `origin` is who
  // gave it back, and `checked_out` who had asked for it.
  std::string dirt;
  std::optional<Origin> checked_out;

  // What else may help, a line; may be empty.
  std::string hint;

  // What it does now: a thread's.
  std::optional<Activity> now;

  // Who made it. Nothing where that is not recorded at all.
  std::optional<Origin> origin;
};

}  // namespace leaktrap

#endif  // LEAKTRAP_RESOURCE_RESOURCE_H_
