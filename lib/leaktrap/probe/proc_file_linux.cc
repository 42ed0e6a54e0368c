#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>
#include <system_error>
#include <vector>

#include "leaktrap/probe/descriptor_reserve.h"
#include "leaktrap/probe/proc_file.h"
#include "leaktrap/system/unseen_calls.h"

namespace leaktrap::internal {
namespace {

constexpr size_t kChunk = 4096;

// As large as readdir(3)'s: each further call may miss threads, since it finds
// its place again by counting.
constexpr size_t kDirectoryChunk = 32768;

template <typename Call>
auto RetryWhenInterrupted(Call call) {
  auto result = call();
  while (result < 0 && errno == EINTR) result = call();
  return result;
}

// An open file, in the reserve's slot where there is no other.
class OpenFile {
 public:
  OpenFile(const char* path, int flags) {
    descriptor_ = Open(path, flags);
    if (descriptor_ >= 0 || (errno != EMFILE && errno != ENFILE)) return;
    const int error = errno;
    borrowed_ = GiveUpDescriptorReserve();
    errno = error;
    // Another thread may take the slot first; then this fails as before.
    if (borrowed_) descriptor_ = Open(path, flags);
  }

  ~OpenFile() {
    const int error = errno;
    if (descriptor_ >= 0) UnseenClose(descriptor_);
    if (borrowed_) TakeDescriptorReserve();
    errno = error;
  }

  OpenFile(const OpenFile&) = delete;
  OpenFile& operator=(const OpenFile&) = delete;

  // Negative if it could not be opened.
  int descriptor() const { return descriptor_; }

 private:
  static int Open(const char* path, int flags) {
    return RetryWhenInterrupted(
        [&] { return UnseenOpen(path, flags | O_RDONLY | O_CLOEXEC); });
  }

  int descriptor_ = -1;
  bool borrowed_ = false;
};

bool ParseNumber(std::string_view text, uint64_t* number) {
  const char* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, *number);
  return error == std::errc() && stop == end;
}

// Whether `name` in the open `directory` leads to the directory itself, which
// is what its own descriptor does in /proc/self/fd. (In /proc/self/task the
// same number is a thread.)
bool LeadsBack(int directory, const char* name) {
  struct stat own, entry;
  return UnseenStat(directory, &own) == 0 &&
         fstatat(directory, name, &entry, 0) == 0 &&
         own.st_dev == entry.st_dev && own.st_ino == entry.st_ino;
}

bool AppendNumbers(int directory, std::vector<uint64_t>* numbers) {
  alignas(dirent64) char buffer[kDirectoryChunk];
  for (;;) {
    const ssize_t size = RetryWhenInterrupted(
        [&] { return getdents64(directory, buffer, sizeof(buffer)); });
    if (size <= 0) return size == 0;
    for (ssize_t at = 0; at < size;) {
      const auto* entry = reinterpret_cast<const dirent64*>(buffer + at);
      at += entry->d_reclen;
      uint64_t number;
      if (!ParseNumber(entry->d_name, &number)) continue;
      if (number == static_cast<uint64_t>(directory) &&
          LeadsBack(directory, entry->d_name)) {
        continue;
      }
      numbers->push_back(number);
    }
  }
}

// Up to the end, which a chunk of so many bytes may prove to be reached.
template <typename IsLast>
bool Read(int descriptor, IsLast is_last, std::string* text) {
  // Most are short, and there may be one for each of many threads.
  char chunk[kChunk];
  for (;;) {
    const ssize_t size = RetryWhenInterrupted(
        [&] { return UnseenRead(descriptor, chunk, sizeof(chunk)); });
    if (size <= 0) return size == 0;
    text->append(chunk, size);
    if (is_last(static_cast<size_t>(size))) return true;
  }
}

}  // namespace

bool ReadProcFile(const char* path, std::string* text) {
  text->clear();
  const OpenFile file(path, 0);
  return file.descriptor() >= 0 &&
         Read(
             file.descriptor(), [](size_t) { return false; }, text);
}

bool ReadProcRecord(const char* path, std::string* text) {
  text->clear();
  const OpenFile file(path, 0);
  return file.descriptor() >= 0 &&
         Read(
             file.descriptor(), [](size_t size) { return size < kChunk; },
             text);
}

bool ListProcNumbers(const char* path, std::vector<uint64_t>* numbers) {
  const OpenFile directory(path, O_DIRECTORY);
  if (directory.descriptor() < 0) return false;
  const size_t had = numbers->size();
  if (AppendNumbers(directory.descriptor(), numbers)) return true;
  numbers->resize(had);
  return false;
}

bool ReadProcLink(const char* path, std::string* text) {
  for (size_t room = 256;; room *= 2) {
    text->resize(room);
    const ssize_t size = readlink(path, text->data(), room);
    if (size < 0) {
      text->clear();
      return false;
    }
    // A text that fills the room may have been cut.
    if (static_cast<size_t>(size) < room) {
      text->resize(size);
      return true;
    }
  }
}

}  // namespace leaktrap::internal
