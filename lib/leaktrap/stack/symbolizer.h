// Function, file and line of return addresses of this process.

#ifndef LEAKTRAP_STACK_SYMBOLIZER_H_
#define LEAKTRAP_STACK_SYMBOLIZER_H_

#include <chrono>
#include <cstdint>
#include <map>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "leaktrap/stack/frame.h"
#include "leaktrap/stack/module_map.h"
#include "leaktrap/stack/symbolizer_command.h"

namespace leaktrap::internal {

// Asks a symbolizer in a process of its own, all addresses in one batch, and
// remembers what it said. Where none answers, names come from the symbol tables
// of what is loaded. Opens nothing and starts nothing until it is asked, and
// keeps nothing open. Any thread may call; others wait meanwhile.
class Symbolizer {
 public:
  struct Options {
    // Tried in this order. One that fails is not tried again in this process.
    std::vector<SymbolizerCommand> commands;
    // Why there are none, if there are none.
    std::string why_no_commands;
    // For a batch. After a time-out nothing is tried again.
    std::chrono::milliseconds time_limit = std::chrono::seconds(10);
  };

  explicit Symbolizer(Options options) : options_(std::move(options)) {}
  Symbolizer(const Symbolizer&) = delete;
  Symbolizer& operator=(const Symbolizer&) = delete;

  // LEAKTRAP_SYMBOLIZER=PATH in the environment names the program, an empty
  // value switches lines off, else FindSymbolizers() is used.
  static Options OptionsFromEnvironment();

  // The process's own, with what the environment says at the first call. Never
  // destroyed.
  static Symbolizer& OfProcess();

  // The frames of each return address, in the same order: at least one, the
  // innermost inlined first. What is looked up is the call before the address.
  std::vector<std::vector<Frame>> Symbolize(
      const std::vector<uintptr_t>& return_addresses);

  // Why those frames that have no file and line have none, in words for a
  // report, never empty. It names the program that failed, or what switched it
  // off, or the two .bazelrc lines that bring lines.
  std::string WhyNoLines() const;

 private:
  // Path and offset rather than address: another library may be loaded there.
  using Place = std::pair<std::string, uintptr_t>;

  using Known = std::map<Place, std::vector<Frame>>;

  // Adds what is known about `places`, which no answer is remembered of.
  void Learn(const std::vector<ModuleOffset>& places, Known* learnt);
  // Goes through the commands until one answers; false if none does.
  bool Ask(const std::vector<ModuleOffset>& places,
           std::vector<std::vector<Frame>>* frames);

  mutable std::mutex mutex_;
  Options options_;
  Known known_;
  std::string failure_;
};

// Symbolizer::OfProcess().Symbolize().
std::vector<std::vector<Frame>> Symbolize(
    const std::vector<uintptr_t>& return_addresses);

// The bare names (see function_name.h) of all functions of a stack, inlined
// ones too, the innermost first: what rules match. From Symbolize(), for all
// that this starts a process for addresses not seen before: a rule must not
// match or miss by whether the compiler inlined the function.
std::vector<std::string> FunctionNames(
    const std::vector<uintptr_t>& return_addresses);

}  // namespace leaktrap::internal

#endif  // LEAKTRAP_STACK_SYMBOLIZER_H_
