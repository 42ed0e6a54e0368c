// Looks for viruses, by a program that does.

#ifndef EXAMPLES_LEGACY_SUITE_SCANNER_H_
#define EXAMPLES_LEGACY_SUITE_SCANNER_H_

#include <sys/types.h>

#include <string>
#include <utility>
#include <vector>

namespace mail {

class Scanner {
 public:
  enum class Verdict { kClean, kInfected, kUnknown };

  // The program, and arguments to stand before a message's path. It prints
  // "clean" or "infected".
  explicit Scanner(std::vector<std::string> command)
      : command_(std::move(command)) {}

  Verdict Scan(const std::string& path) const;

 private:
  // Starts it to write to `output`; 0, or why it could not be started.
  static int Start(std::vector<std::string> command, int output, pid_t* child);

  const std::vector<std::string> command_;
};

}  // namespace mail

#endif  // EXAMPLES_LEGACY_SUITE_SCANNER_H_
