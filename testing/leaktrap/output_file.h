// Writing a file so that neither the tests nor the recorder see it, also where
// no descriptor is left.

#ifndef LEAKTRAP_OUTPUT_FILE_H_
#define LEAKTRAP_OUTPUT_FILE_H_

#include <sys/stat.h>

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "leaktrap/free_descriptor.h"

namespace leaktrap::internal {

// For writing; closed at the end of its life.
class OutputFile {
 public:
  // `flags` are added to O_WRONLY | O_CLOEXEC | O_NOFOLLOW.
  OutputFile(const std::string& path, int flags);
  ~OutputFile();
  OutputFile(const OutputFile&) = delete;
  OutputFile& operator=(const OutputFile&) = delete;

  // Below zero, with errno set, if it could not be opened.
  int fd() const { return fd_; }

 private:
  std::optional<FreeDescriptor> free_descriptor_;
  int fd_ = -1;
};

// Returns zero, or what went wrong, like errno.
int WriteAll(int fd, std::string_view text, size_t offset);

// Writes `path` as a new file that takes the place of the old one, and sets
// `*status` to the new one's. Returns zero, or what went wrong, for
// WriteErrorText(); then the old one is as it was.
int ReplaceFile(const std::string& path, std::string_view text,
                struct stat* status);

std::string WriteErrorText(int error);

}  // namespace leaktrap::internal

#endif  // LEAKTRAP_OUTPUT_FILE_H_
