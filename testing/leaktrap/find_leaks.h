// Looking for leaks by hand, as a value that fails nothing.
//
//   const leaktrap::Snapshot before = leaktrap::Snapshot::Take();
//   RunTheServer();
//   const leaktrap::LeakReport report = leaktrap::FindLeaks(before);
//   if (!report.empty()) std::cerr << report;

#ifndef LEAKTRAP_FIND_LEAKS_H_
#define LEAKTRAP_FIND_LEAKS_H_

#include <iosfwd>
#include <memory>
#include <string>
#include <vector>

#include "leaktrap/check/options.h"
#include "leaktrap/resource/resource.h"

namespace leaktrap {

namespace internal {
struct Snapshot;
}  // namespace internal

// What existed at one time. Cheap to copy. To be taken, and compared, by the
// thread that runs the tests; inside a test or not.
class Snapshot {
 public:
  static Snapshot Take();

 private:
  friend class LeakReport;
  std::shared_ptr<const internal::Snapshot> seen_;
};

class LeakReport {
 public:
  // Whether it was looked and nothing was found.
  bool empty() const { return could_look() && leaks_.empty(); }

  // Without what rules ignore or tolerate.
  const std::vector<Resource>& leaks() const { return leaks_; }

  // False if a probe could not look, then or now; error() says why.
  bool could_look() const { return error_.empty(); }
  const std::string& error() const { return error_; }

  friend std::ostream& operator<<(std::ostream& os, const LeakReport& report);

 private:
  friend LeakReport FindLeaks(const Snapshot& before, const Options& options);
  LeakReport(const Snapshot& before, const Options& options);

  std::vector<Resource> leaks_;
  std::string error_;
  std::string text_;
};

// What came to be since `before` and is still there, once that has settled: it
// waits as a test's end does, and calls what BeforeCheck was given. `options`
// are laid over the program's; a kind in Mode::kReport is looked for as well,
// limits on pools are not.
LeakReport FindLeaks(const Snapshot& before,
                     const Options& options = Options());

}  // namespace leaktrap

#endif  // LEAKTRAP_FIND_LEAKS_H_
