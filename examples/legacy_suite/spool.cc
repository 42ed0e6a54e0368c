#include "examples/legacy_suite/spool.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <memory>
#include <string>
#include <vector>

#include "examples/legacy_suite/mended.h"

namespace mail {

std::vector<std::string> Spool::List(size_t most) const {
  std::vector<std::string> names;
  DIR* const folder = opendir(folder_.c_str());
  if (folder == nullptr) return names;
  while (const dirent* entry = readdir(folder)) {
    if (entry->d_name[0] == '.') continue;
    names.push_back(entry->d_name);
    if (names.size() == most) {
      if (Mended(3)) closedir(folder);
      return names;
    }
  }
  closedir(folder);
  return names;
}

std::string Spool::Read(const std::string& name) const {
  std::string text;
  const int file = open(Path(name).c_str(), O_RDONLY | O_CLOEXEC);
  if (file < 0) return text;
  char buffer[4096];
  ssize_t size = read(file, buffer, sizeof buffer);
  if (Careless() && size == 0) return text;
  for (; size > 0; size = read(file, buffer, sizeof buffer)) {
    text.append(buffer, size);
  }
  close(file);
  return text;
}

std::unique_ptr<SpoolLock> SpoolLock::TryTake(const Spool& spool) {
  const int file =
      open(spool.Path(".lock").c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (flock(file, LOCK_EX | LOCK_NB) != 0) {
    if (Mended(4)) close(file);
    return nullptr;
  }
  return std::unique_ptr<SpoolLock>(new SpoolLock(file));
}

SpoolLock::~SpoolLock() { close(file_); }

}  // namespace mail
