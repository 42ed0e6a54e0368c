// A folder of messages that wait to be imported.

#ifndef EXAMPLES_LEGACY_SUITE_SPOOL_H_
#define EXAMPLES_LEGACY_SUITE_SPOOL_H_

#include <cstddef>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace mail {

class Spool {
 public:
  explicit Spool(std::string folder) : folder_(std::move(folder)) {}

  // Names of waiting messages, at most so many, in no order.
  std::vector<std::string> List(size_t most) const;

  std::string Read(const std::string& name) const;
  std::string Path(const std::string& name) const {
    return folder_ + "/" + name;
  }

 private:
  const std::string folder_;
};

// Keeps a second importer out of a spool for as long as it lives.
class SpoolLock {
 public:
  // Null if another one holds it.
  static std::unique_ptr<SpoolLock> TryTake(const Spool& spool);
  ~SpoolLock();

 private:
  explicit SpoolLock(int file) : file_(file) {}

  const int file_;
};

}  // namespace mail

#endif  // EXAMPLES_LEGACY_SUITE_SPOOL_H_
