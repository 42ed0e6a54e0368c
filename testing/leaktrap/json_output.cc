#include "leaktrap/json_output.h"

#include <sys/stat.h>
#include <unistd.h>

#include <string>
#include <string_view>
#include <utility>

#include "absl/strings/str_cat.h"
#include "leaktrap/output_file.h"
#include "leaktrap/system/unseen_calls.h"

namespace leaktrap::internal {
namespace {

constexpr char kTail[] = "\n]}\n";
constexpr size_t kTailSize = sizeof(kTail) - 1;

// The smallest page of memory there is. A write within one is done as a whole
// or not at all; between two the kernel may let the process be killed.
constexpr size_t kPage = 4096;

constexpr size_t kLarge = 1 << 20;
constexpr size_t kShareThatMayWait = 100;

}  // namespace

JsonOutput::JsonOutput(std::string path, const std::string& head)
    : path_(std::move(path)), pid_(getpid()), document_(head + kTail) {
  Write();
}

bool JsonOutput::IsOfThisProcess() const { return pid_ == getpid(); }

void JsonOutput::Add(const std::string& entry, When when) {
  document_.resize(document_.size() - kTailSize);
  absl::StrAppend(&document_, has_entries_ ? ",\n" : "\n", entry, kTail);
  has_entries_ = true;
  const size_t waiting = document_.size() - written_;
  if (when == When::kSoon && written_ > kLarge &&
      waiting < written_ / kShareThatMayWait) {
    return;
  }
  Write();
}

void JsonOutput::Write() {
  if (Append()) {
    problem_.clear();
    return;
  }
  const int error = Replace();
  problem_ = error == 0 ? "" : WriteErrorText(error);
}

// In place, where that is done at once. False if it was not done; then the file
// is as it was.
bool JsonOutput::Append() {
  if (written_ == 0) return false;
  const size_t begin = written_ - kTailSize;
  if (begin / kPage != (document_.size() - 1) / kPage) return false;
  const OutputFile file(path_, 0);
  struct stat status;
  // Somebody may have removed it, or have written to the same path.
  if (file.fd() < 0 || UnseenStat(file.fd(), &status) != 0 ||
      status.st_dev != device_ || status.st_ino != inode_ ||
      static_cast<size_t>(status.st_size) != written_) {
    return false;
  }
  const std::string_view piece = std::string_view(document_).substr(begin);
  if (WriteAll(file.fd(), piece, begin) != 0) return false;
  written_ = document_.size();
  return true;
}

// As a new file that takes the place of the old one. Returns zero, or what went
// wrong; then the old one is as it was.
int JsonOutput::Replace() {
  struct stat status;
  const int error = ReplaceFile(path_, document_, &status);
  if (error != 0) return error;
  device_ = status.st_dev;
  inode_ = status.st_ino;
  written_ = document_.size();
  return 0;
}

}  // namespace leaktrap::internal
