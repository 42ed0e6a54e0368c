// The file of the JSON report: one document, valid at every moment, also if the
// process is killed while it writes.

#ifndef LEAKTRAP_JSON_OUTPUT_H_
#define LEAKTRAP_JSON_OUTPUT_H_

#include <sys/types.h>

#include <chrono>
#include <cstddef>
#include <string>

#include "leaktrap/check/clock.h"

namespace leaktrap::internal {

// Of one process, for the testing thread alone. The file is opened, written and
// closed for each entry, by calls that neither the tests nor the recorder see;
// where no descriptor is left, in the slot of the reserve.
class JsonOutput {
 public:
  // `path` is absolute: a test may change the current directory. `head` is the
  // document up to the bracket that opens its entries. Writes the file, without
  // entries. `clock` is not owned.
  JsonOutput(std::string path, const std::string& head, Clock* clock);

  // Whether an entry has to be in the file when Add() is back. The others wait
  // for the next that has to, or until the last write was so long ago that
  // writing takes no more than a hundredth of the time.
  enum class When { kNow, kSoon };

  // `entry` is a JSON value. One that could not be written is tried again with
  // the next.
  void Add(const std::string& entry, When when);

  // Writes the entries that wait.
  void Flush();

  // Why the file lacks entries, but for those that wait; empty if it does not.
  const std::string& problem() const { return problem_; }

  const std::string& path() const { return path_; }

  // False in a forked child.
  bool IsOfThisProcess() const;

 private:
  void Write();
  bool Append();
  int Replace();

  const std::string path_;
  const pid_t pid_;
  Clock& clock_;
  std::string document_;
  bool has_entries_ = false;

  // The file as it was left.
  size_t written_ = 0;  // bytes; zero if there is none
  dev_t device_ = 0;
  ino_t inode_ = 0;

  // Of the last write, whether it came to be or not.
  std::chrono::steady_clock::time_point tried_at_;
  std::chrono::nanoseconds try_took_{0};
  std::string problem_;
};

}  // namespace leaktrap::internal

#endif  // LEAKTRAP_JSON_OUTPUT_H_
