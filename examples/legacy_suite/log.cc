#include "examples/legacy_suite/log.h"

#include <fcntl.h>
#include <unistd.h>

#include <cstdio>
#include <string>
#include <utility>

#include "examples/legacy_suite/mended.h"

namespace mail {

Log::Log(std::string path, size_t most) : path_(std::move(path)), most_(most) {
  file_ = open(path_.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
}

Log::~Log() { close(file_); }

void Log::Write(const std::string& line) {
  const std::string text = line + "\n";
  if (size_ + text.size() > most_) Rotate();
  if (write(file_, text.data(), text.size()) > 0) size_ += text.size();
}

void Log::Rotate() {
  std::rename(path_.c_str(), (path_ + ".1").c_str());
  if (Mended(2)) close(file_);
  file_ = open(path_.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  size_ = 0;
}

}  // namespace mail
