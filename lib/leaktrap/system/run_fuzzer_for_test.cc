// Runs a fuzz target without libFuzzer, so that it runs with every suite: over
// the files of its corpus, and over what changes at random make of them, the
// same in every run.
//
//   foo_fuzzer FOLDER|FILE...
//
// LEAKTRAP_FUZZ_ROUNDS=1000000 in the environment makes more inputs,
// LEAKTRAP_FUZZ_SEED=1 others. The input under which the program ends is kept.

#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "leaktrap/system/fuzzing_for_test.h"

// Of the sanitizers; null without any. They end the program in ways of their
// own.
extern "C" __attribute__((weak)) void __sanitizer_set_death_callback(
    void (*callback)());

namespace leaktrap::internal {
namespace {

constexpr size_t kLongestInput = 1 << 16;

// For KeepInput(), which may run in a signal's handler.
const std::vector<uint8_t>* current = nullptr;
std::string* kept_path = nullptr;

// It cannot help it if this fails: the program ends already.
void WriteAll(int fd, const void* bytes, size_t size) {
  [[maybe_unused]] const ssize_t written = write(fd, bytes, size);
}

void KeepInput() {
  if (current == nullptr) return;
  const int fd = open(kept_path->c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0644);
  if (fd < 0) return;
  WriteAll(fd, current->data(), current->size());
  close(fd);
  constexpr std::string_view kWhere = "the input is kept in ";
  WriteAll(STDERR_FILENO, kWhere.data(), kWhere.size());
  WriteAll(STDERR_FILENO, kept_path->data(), kept_path->size());
  WriteAll(STDERR_FILENO, "\n", 1);
}

void KeepInputAndEnd(int signal) {
  KeepInput();
  raise(signal);  // the handler is gone: SA_RESETHAND
}

void KeepInputAtTheEnd() {
  // A stack that has no room left is one of the ways to end.
  static char stack_of_handler[1 << 16];
  stack_t stack = {};
  stack.ss_sp = stack_of_handler;
  stack.ss_size = sizeof(stack_of_handler);
  sigaltstack(&stack, nullptr);
  struct sigaction action = {};
  action.sa_handler = KeepInputAndEnd;
  action.sa_flags = SA_ONSTACK | SA_RESETHAND;
  // SIGTERM: who waits for the test has lost patience.
  std::vector<int> signals = {SIGABRT, SIGTERM};
  if (__sanitizer_set_death_callback != nullptr) {
    __sanitizer_set_death_callback(KeepInput);
  } else {
    signals.insert(signals.end(), {SIGSEGV, SIGBUS, SIGFPE, SIGILL});
  }
  for (int signal : signals) sigaction(signal, &action, nullptr);
}

std::string KeptPath(const std::filesystem::path& program) {
  for (const char* variable : {"TEST_UNDECLARED_OUTPUTS_DIR", "TEST_TMPDIR"}) {
    const char* const folder = getenv(variable);
    if (folder != nullptr) {
      return std::string(folder) + "/crash-" + program.filename().string();
    }
  }
  return "crash-" + program.filename().string();
}

void Run(std::vector<uint8_t> input) {
  input.shrink_to_fit();  // so that a sanitizer sees what is read behind it
  current = &input;
  LLVMFuzzerTestOneInput(input.data(), input.size());
  current = nullptr;
}

using Corpus = std::vector<std::vector<uint8_t>>;

std::vector<uint8_t> BytesOf(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

Corpus ReadCorpus(const std::vector<std::string>& paths) {
  std::vector<std::filesystem::path> files;
  for (const std::string& path : paths) {
    if (!std::filesystem::is_directory(path)) {
      files.emplace_back(path);
      continue;
    }
    for (const auto& entry : std::filesystem::directory_iterator(path)) {
      files.push_back(entry.path());
    }
  }
  std::sort(files.begin(), files.end());
  Corpus corpus;
  for (const auto& file : files) corpus.push_back(BytesOf(file));
  return corpus;
}

class Mutator {
 public:
  Mutator(const Corpus& corpus, unsigned seed)
      : corpus_(corpus), random_(seed) {}

  std::vector<uint8_t> Next() {
    std::vector<uint8_t> input = Any();
    for (size_t changes = 1 + Below(5); changes > 0; --changes) Change(&input);
    if (input.size() > kLongestInput) input.resize(kLongestInput);
    return input;
  }

 private:
  // Distributions of the standard library differ from one to the other.
  size_t Below(size_t limit) { return random_() % limit; }
  const std::vector<uint8_t>& Any() { return corpus_[Below(corpus_.size())]; }

  void Change(std::vector<uint8_t>* input) {
    const size_t at = Below(input->size() + 1);
    const auto place = input->begin() + static_cast<ptrdiff_t>(at);
    const size_t size = Below(std::min<size_t>(input->size() - at, 32) + 1);
    const auto end = place + static_cast<ptrdiff_t>(size);
    switch (Below(6)) {
      case 0:
        if (size > 0) *place = static_cast<uint8_t>(*place ^ 1 << Below(8));
        break;
      case 1:
        if (size > 0) *place = Telling();
        break;
      case 2:
        input->insert(place, Telling());
        break;
      case 3:
        input->erase(place, end);
        break;
      case 4: {
        const std::vector<uint8_t> piece(place, end);
        input->insert(end, piece.begin(), piece.end());
        break;
      }
      default: {
        const std::vector<uint8_t>& other = Any();
        const size_t from = Below(other.size() + 1);
        const auto begin = other.begin() + static_cast<ptrdiff_t>(from);
        const size_t most = std::min<size_t>(other.size() - from, 64);
        const std::vector<uint8_t> piece(
            begin, begin + static_cast<ptrdiff_t>(Below(most + 1)));
        input->insert(place, piece.begin(), piece.end());
      }
    }
  }

  // Any byte, those more often that stand for limits and that texts end with.
  uint8_t Telling() {
    constexpr uint8_t kTelling[] = {0,   1,   0x7f, 0x80, 0xff, '\n', ' ',
                                    '(', ')', '"',  '\\', '=',  ':',  '<'};
    return Below(2) == 0 ? kTelling[Below(sizeof(kTelling))]
                         : static_cast<uint8_t>(random_());
  }

  const Corpus& corpus_;
  std::mt19937 random_;
};

int Setting(const char* name, int otherwise) {
  const char* const text = getenv(name);
  return text != nullptr ? std::atoi(text) : otherwise;
}

int RunAll(const std::string& program, const std::vector<std::string>& paths) {
  const Corpus corpus = ReadCorpus(paths);
  if (corpus.empty()) {
    std::cerr << "usage: " << program << " FOLDER|FILE...: none has a file\n";
    return 2;
  }
  std::string path = KeptPath(program);
  kept_path = &path;
  KeepInputAtTheEnd();
  Run({});
  for (const auto& input : corpus) Run(input);
  const int rounds = Setting("LEAKTRAP_FUZZ_ROUNDS", 5000);
  Mutator mutator(corpus, Setting("LEAKTRAP_FUZZ_SEED", 20240229));
  for (int i = 0; i < rounds; ++i) Run(mutator.Next());
  std::cout << corpus.size() << " inputs of the corpus, " << rounds
            << " made of them\n";
  return 0;
}

}  // namespace
}  // namespace leaktrap::internal

int main(int argc, char** argv) {
  return leaktrap::internal::RunAll(argv[0], {argv + 1, argv + argc});
}
