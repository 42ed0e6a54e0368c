// Owns a descriptor that only we know, and reads and writes what it leads to.

#ifndef LEAKTRAP_STACK_UNSEEN_FILE_H_
#define LEAKTRAP_STACK_UNSEEN_FILE_H_

#include <sys/stat.h>
#include <sys/types.h>

#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <string>

#include "leaktrap/system/unseen_calls.h"

namespace leaktrap::internal {

class UnseenFile {
 public:
  // `descriptor` may be negative: then nothing is open.
  explicit UnseenFile(int descriptor) : descriptor_(descriptor) {}
  UnseenFile(const UnseenFile&) = delete;
  UnseenFile& operator=(const UnseenFile&) = delete;
  ~UnseenFile() {
    const int error = errno;
    if (descriptor_ >= 0) UnseenClose(descriptor_);
    errno = error;
  }

  int descriptor() const { return descriptor_; }
  bool is_open() const { return descriptor_ >= 0; }

  // In bytes; 0 if it cannot be told.
  uint64_t Size() const {
    struct stat status;
    return UnseenStat(descriptor_, &status) == 0 ? status.st_size : 0;
  }

  // All `size` bytes from `offset` on. False with errno set, or 0 if the file
  // is shorter.
  bool Read(void* buffer, size_t size, uint64_t offset) const {
    for (size_t done = 0; done < size;) {
      const ssize_t now =
          UnseenReadAt(descriptor_, static_cast<char*>(buffer) + done,
                       size - done, offset + done);
      if (now == 0) errno = 0;
      if (now == 0 || (now < 0 && errno != EINTR)) return false;
      if (now > 0) done += now;
    }
    return true;
  }

  // All of `text`, at the file's start. False with errno set.
  bool Write(const std::string& text) const {
    for (size_t done = 0; done < text.size();) {
      const ssize_t now = UnseenWriteAt(descriptor_, text.data() + done,
                                        text.size() - done, done);
      if (now < 0 && errno != EINTR) return false;
      if (now > 0) done += now;
    }
    return true;
  }

 private:
  const int descriptor_;
};

}  // namespace leaktrap::internal

#endif  // LEAKTRAP_STACK_UNSEEN_FILE_H_
