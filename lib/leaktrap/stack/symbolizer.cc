#include "leaktrap/stack/symbolizer.h"

#include <dlfcn.h>

#include <cstdint>
#include <cstdlib>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "leaktrap/stack/function_name.h"
#include "leaktrap/stack/symbol_table.h"
#include "leaktrap/stack/symbolizer_query.h"

namespace leaktrap::internal {
namespace {

using Frames = std::vector<Frame>;

constexpr char kVariable[] = "LEAKTRAP_SYMBOLIZER";

// Fills in the functions that are still unknown.
void AddSymbols(const std::vector<ModuleOffset>& places,
                std::vector<Frames>* frames) {
  struct Wanted {
    std::vector<uintptr_t> offsets;
    std::vector<Frame*> frames;
  };
  std::map<std::string, Wanted> by_path;
  for (size_t i = 0; i < places.size(); ++i) {
    Frame& outermost = (*frames)[i].back();
    if (!outermost.function.empty()) continue;
    Wanted& wanted = by_path[places[i].path];
    wanted.offsets.push_back(places[i].offset);
    wanted.frames.push_back(&outermost);
  }
  for (const auto& [path, wanted] : by_path) {
    const std::vector<std::string> symbols =
        FunctionSymbols(path, wanted.offsets);
    for (size_t i = 0; i < symbols.size(); ++i) {
      wanted.frames[i]->function = Demangle(symbols[i]);
    }
  }
}

// The last resort, which needs no descriptor and knows exported functions only.
// It takes the loader's lock, which a library's constructor may hold: not for
// what anything else can name.
std::string LoadersName(uintptr_t address) {
  Dl_info info;
  if (dladdr(reinterpret_cast<void*>(address), &info) == 0) return "";
  return info.dli_sname != nullptr ? Demangle(info.dli_sname) : "";
}

}  // namespace

Symbolizer::Options Symbolizer::OptionsFromEnvironment() {
  Options options;
  if (const char* path = std::getenv(kVariable)) {
    if (*path != '\0') {
      options.commands.push_back(SymbolizerAt(path));
    } else {
      options.why_no_commands =
          std::string("files and lines are switched off (") + kVariable +
          " is empty)";
    }
    return options;
  }
  const char* search_path = std::getenv("PATH");
  options.commands = FindSymbolizers(search_path ? search_path : "");
  options.why_no_commands =
      std::string(
          "neither llvm-symbolizer nor addr2line was found; install "
          "llvm or binutils, or set ") +
      kVariable;
  return options;
}

Symbolizer& Symbolizer::OfProcess() {
  static auto* const symbolizer = new Symbolizer(OptionsFromEnvironment());
  return *symbolizer;
}

std::vector<Frames> Symbolizer::Symbolize(
    const std::vector<uintptr_t>& return_addresses) {
  const std::lock_guard<std::mutex> lock(mutex_);
  const ModuleMap modules;
  std::vector<ModuleOffset> places;
  Known asked;
  std::vector<ModuleOffset> unknown;
  for (const uintptr_t address : return_addresses) {
    // The call is before the address it returns to, which may be another
    // function's.
    places.push_back(modules.Find(address - 1).value_or(ModuleOffset()));
    const Place place(places.back().path, places.back().offset);
    if (!place.first.empty() && known_.count(place) == 0 &&
        asked.try_emplace(place).second) {
      unknown.push_back(places.back());
    }
  }
  Known learnt;
  if (!unknown.empty()) Learn(unknown, &learnt);

  std::vector<Frames> result;
  for (size_t i = 0; i < places.size(); ++i) {
    const Place place(places[i].path, places[i].offset);
    Frames frames(1);
    for (const Known* known : {&known_, &learnt}) {
      const auto found = known->find(place);
      if (found != known->end()) frames = found->second;
    }
    for (Frame& frame : frames) {
      frame.module = places[i].path;
      frame.module_offset = places[i].path.empty() ? 0 : places[i].offset + 1;
      frame.address = return_addresses[i];
    }
    if (frames.back().function.empty()) {
      frames.back().function = LoadersName(return_addresses[i] - 1);
    }
    result.push_back(std::move(frames));
  }
  return result;
}

void Symbolizer::Learn(const std::vector<ModuleOffset>& places, Known* learnt) {
  std::vector<Frames> frames(places.size(), Frames(1));
  const bool answered = Ask(places, &frames);
  AddSymbols(places, &frames);
  // What a symbolizer could add another time is not remembered.
  Known& memory = answered || options_.commands.empty() ? known_ : *learnt;
  for (size_t i = 0; i < places.size(); ++i) {
    memory[Place(places[i].path, places[i].offset)] = std::move(frames[i]);
  }
}

bool Symbolizer::Ask(const std::vector<ModuleOffset>& places,
                     std::vector<Frames>* frames) {
  std::vector<SymbolizerCommand>& commands = options_.commands;
  while (!commands.empty()) {
    SymbolizerAnswer answer =
        AskSymbolizer(commands.front(), places, options_.time_limit);
    failure_ = answer.failure;
    if (!failure_.empty() && !answer.may_work_later) {
      failure_ += std::string("; ") + kVariable + "=PATH names another one";
    }
    if (answer.frames) {
      *frames = *std::move(answer.frames);
      return true;
    }
    if (answer.may_work_later) return false;
    commands.erase(commands.begin());
    if (answer.timed_out) commands.clear();
  }
  return false;
}

std::string Symbolizer::WhyNoLines() const {
  const std::lock_guard<std::mutex> lock(mutex_);
  if (!failure_.empty()) return failure_;
  if (options_.commands.empty()) return options_.why_no_commands;
  return "this code has no debug information; \"build --copt=-g1\" and "
         "\"build --strip=never\" in .bazelrc give files and lines, and so "
         "does "
         "CMAKE_BUILD_TYPE=RelWithDebInfo, or -g1 with any other build";
}

std::vector<Frames> Symbolize(const std::vector<uintptr_t>& return_addresses) {
  return Symbolizer::OfProcess().Symbolize(return_addresses);
}

std::vector<std::string> FunctionNames(
    const std::vector<uintptr_t>& return_addresses) {
  std::vector<std::string> names;
  for (const Frames& frames : Symbolize(return_addresses)) {
    for (const Frame& frame : frames) {
      if (!frame.function.empty()) names.push_back(BareName(frame.function));
    }
  }
  return names;
}

}  // namespace leaktrap::internal
