#include "leaktrap/json_output.h"

#include <sys/stat.h>

#include <chrono>
#include <string>
#include <string_view>
#include <utility>

#include "absl/strings/str_cat.h"
#include "leaktrap/check/clock.h"
#include "leaktrap/output_file.h"
#include "leaktrap/system/own_process.h"
#include "leaktrap/system/unseen_calls.h"

namespace leaktrap::internal {
namespace {

constexpr char kTail[] = "\n]}\n";
constexpr size_t kTailSize = sizeof(kTail) - 1;

// The smallest page of memory there is. A write within one is done as a whole
// or not at all; between two the kernel may let the process be killed.
constexpr size_t kPage = 4096;

// How much longer than a write the time between two of them is.
constexpr int kTimesAsLong = 100;

}  // namespace

JsonOutput::JsonOutput(std::string path, const std::string& head, Clock* clock)
    : path_(std::move(path)),
      pid_(OwnPid()),
      clock_(*clock),
      document_(head + kTail) {
  Write();
}

bool JsonOutput::IsOfThisProcess() const { return pid_ == OwnPid(); }

void JsonOutput::Add(const std::string& entry, When when) {
  document_.resize(document_.size() - kTailSize);
  absl::StrAppend(&document_, has_entries_ ? ",\n" : "\n", entry, kTail);
  has_entries_ = true;
  if (when == When::kSoon &&
      clock_.Now() - tried_at_ < kTimesAsLong * try_took_) {
    return;
  }
  Write();
}

void JsonOutput::Flush() {
  if (document_.size() != written_) Write();
}

void JsonOutput::Write() {
  const auto start = clock_.Now();
  const int error = Append() ? 0 : Replace();
  problem_ = error == 0 ? "" : WriteErrorText(error);
  tried_at_ = clock_.Now();
  try_took_ = tried_at_ - start;
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
