// A log file that is renewed when it is full.

#ifndef EXAMPLES_LEGACY_SUITE_LOG_H_
#define EXAMPLES_LEGACY_SUITE_LOG_H_

#include <cstddef>
#include <string>

namespace mail {

class Log {
 public:
  // At `most` bytes the file becomes `path`.1, and a new one begins.
  Log(std::string path, size_t most);
  ~Log();

  Log(const Log&) = delete;
  Log& operator=(const Log&) = delete;

  void Write(const std::string& line);

 private:
  void Rotate();

  const std::string path_;
  const size_t most_;
  size_t size_ = 0;
  int file_ = -1;
};

}  // namespace mail

#endif  // EXAMPLES_LEGACY_SUITE_LOG_H_
