#include "leaktrap/system/listings_for_test.h"

#include <dirent.h>
#include <fcntl.h>
#include <unistd.h>

#include <cstddef>
#include <fstream>
#include <map>
#include <string>

#include "leaktrap/system/unseen_calls.h"

namespace leaktrap::internal {
namespace {

template <typename Visit>
void ForEachEntry(const char* folder, Visit visit) {
  DIR* const handle = opendir(folder);
  if (handle == nullptr) return;
  while (const dirent* entry = readdir(handle)) {
    if (entry->d_name[0] != '.') {
      visit(std::string(folder) + "/" + entry->d_name);
    }
  }
  closedir(handle);
}

std::string FirstLine(const std::string& path) {
  std::ifstream file(path);
  std::string line;
  std::getline(file, line);
  return line;
}

bool Read(const std::string& path) {
  char text[1024];
  const int file = UnseenOpen(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (file < 0) return false;
  const bool had_text = UnseenRead(file, text, sizeof(text)) > 0;
  UnseenClose(file);
  return had_text;
}

}  // namespace

size_t ScanForTest(const char* folder) {
  const int handle = UnseenOpen(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (handle < 0) return 0;
  char buffer[32768];
  size_t bytes = 0;
  for (;;) {
    const ssize_t got = getdents64(handle, buffer, sizeof(buffer));
    if (got <= 0) break;
    bytes += static_cast<size_t>(got);
  }
  UnseenClose(handle);
  return bytes;
}

ListingForTest ListDescriptorsForTest() {
  ListingForTest listing;
  ForEachEntry(kDescriptorsForTest, [&](const std::string& path) {
    char target[4096];
    const ssize_t length = readlink(path.c_str(), target, sizeof(target));
    if (length > 0) listing[path].assign(target, length);
  });
  return listing;
}

ListingForTest ListThreadsForTest() {
  ListingForTest listing;
  ForEachEntry(kTasksForTest, [&](const std::string& path) {
    listing[path] = FirstLine(path + "/stat") + FirstLine(path + "/comm");
  });
  return listing;
}

size_t ReadThreadsForTest() {
  size_t read = 0;
  ForEachEntry(kTasksForTest, [&](const std::string& path) {
    read += Read(path + "/stat") && Read(path + "/comm") ? 1 : 0;
  });
  return read;
}

}  // namespace leaktrap::internal
