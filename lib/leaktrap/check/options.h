// What a scope forgives and how it behaves.
//
//   leaktrap::Options()
//       .IgnoreThread("log-flush*", "lives as long as main")
//       .Tolerate(leaktrap::Kind::kDescriptor, 1, "the driver's lock file")
//       .Linger(std::chrono::seconds(5))
//
// Every rule that forgives has a reason; one without is refused. Globs are
// those of fnmatch(3): `*` matches any text, slashes and all.
//
// Options are given for the whole program (LeakEnvironment, flags) and for
// single scopes (VERIFY_NO_LEAKS). Patterns of all of them add up; of counts,
// modes and times the innermost wins, and for the whole program a flag wins.

#ifndef LEAKTRAP_CHECK_OPTIONS_H_
#define LEAKTRAP_CHECK_OPTIONS_H_

#include <chrono>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "leaktrap/resource/kind.h"

namespace leaktrap {

// What becomes of a kind's leaks.
enum class Mode {
  kOff,     // not looked for
  kReport,  // printed; the test does not fail by them
  kFail,    // the test fails; the default
};

class Options {
 public:
  // Up to `n` leaks of `kind` in one scope are printed but do not fail. With
  // more than `n`, all of them are leaks.
  Options& Tolerate(Kind kind, int n, std::string reason);

  // Threads whose name matches are left out. A name has at most 15 bytes; a
  // thread that was given none carries the program's.
  Options& IgnoreThread(std::string name_glob, std::string reason);

  // Descriptors whose path or description matches are left out: "/var/log/*",
  // "eventfd", "*TCP socket*:5432 *".
  Options& IgnoreDescriptor(std::string glob, std::string reason);

  // Leases of pools whose name matches are left out.
  Options& IgnoreConnection(std::string pool_glob, std::string reason);

  // How long a difference may take to go away. Waiting ends as soon as it is
  // gone, or when nothing can make it go away any more. The default is 2 s, and
  // more under sanitizers and Valgrind.
  Options& Linger(std::chrono::nanoseconds duration);

  Options& SetMode(Kind kind, Mode mode);

  // Lays `inner` over these options.
  Options& Append(const Options& inner);

  struct Ignore {
    Kind kind;
    std::string glob;
    std::string reason;
  };
  struct Tolerance {
    int count = 0;
    std::string reason;
  };

  const std::vector<Ignore>& ignores() const { return ignores_; }
  Tolerance tolerance(Kind kind) const;
  Mode mode(Kind kind) const;
  // Nothing where the default holds.
  std::optional<std::chrono::nanoseconds> linger() const { return linger_; }

  // What was refused, a line each. Whoever uses the options fails by them.
  const std::vector<std::string>& errors() const { return errors_; }
  Options& AddError(std::string error);

 private:
  Options& AddIgnore(const char* function, Kind kind, std::string glob,
                     std::string reason);

  std::vector<Ignore> ignores_;
  std::map<Kind, Tolerance> tolerances_;
  std::map<Kind, Mode> modes_;
  std::optional<std::chrono::nanoseconds> linger_;
  std::vector<std::string> errors_;
};

}  // namespace leaktrap

#endif  // LEAKTRAP_CHECK_OPTIONS_H_
