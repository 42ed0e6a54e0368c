#include "examples/legacy_suite/scanner.h"

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <string>
#include <vector>

#include "examples/legacy_suite/mended.h"

namespace mail {
namespace {

std::string ReadAll(int file) {
  std::string text;
  char buffer[256];
  ssize_t size;
  while ((size = read(file, buffer, sizeof buffer)) > 0) {
    text.append(buffer, size);
  }
  return text;
}

}  // namespace

Scanner::Verdict Scanner::Scan(const std::string& path) const {
  std::vector<std::string> command = command_;
  command.push_back(path);
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) return Verdict::kUnknown;
  pid_t child;
  if (Start(command, ends[1], &child) != 0) {
    if (Mended(9)) close(ends[0]);
    if (Mended(9)) close(ends[1]);
    return Verdict::kUnknown;
  }
  close(ends[1]);
  const std::string said = ReadAll(ends[0]);
  close(ends[0]);
  if (Mended(10)) waitpid(child, nullptr, 0);
  if (said == "infected\n") return Verdict::kInfected;
  if (!Mended(10)) waitpid(child, nullptr, 0);
  return said == "clean\n" ? Verdict::kClean : Verdict::kUnknown;
}

int Scanner::Start(std::vector<std::string> command, int output, pid_t* child) {
  std::vector<char*> argv;
  for (std::string& word : command) argv.push_back(word.data());
  argv.push_back(nullptr);
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, output, STDOUT_FILENO);
  const int error =
      posix_spawn(child, argv[0], &actions, nullptr, argv.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  return error;
}

}  // namespace mail
